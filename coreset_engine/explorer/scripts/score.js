// Scores and selections of all samples in the browser, as the engine defines them (scores/, selection/, budgets/).
// A run's error norms lie by epoch as whole numbers q; the norm is top (q / 65535)^2, so that small ones keep their digits.

const BINS = 80;

// What is computed once per run and reused for every frame.
function prepareRun(pack) {
  const { norms, labels } = pack.arrays;
  const table = new Float32Array(65536);
  for (let q = 0; q < 65536; q++) table[q] = pack.top * (q / 65535) ** 2;
  const count = pack.shown, classes = pack.classes.length;
  const sizes = new Uint32Array(classes);
  if (!pack.several) for (let n = 0; n < count; n++) sizes[labels[n]]++;
  const room = () => new Float64Array(count);
  return { ...pack, norms, labels, table, count, sizes, first: room(), sums: room(), squares: room() };
}

// Adds one window's part of a score to `into`: the mean of the error norms, or their population variance (Eq. 4), whole or
// as half of its share in the sum over the samples.
function addWindow(run, start, length, form, into) {
  const { norms, table, count, first, sums, squares } = run;
  sums.fill(0);
  squares.fill(0);
  const base = (start - 1) * count;
  for (let n = 0; n < count; n++) first[n] = table[norms[base + n]];
  for (let t = start; t < start - 1 + length; t++) { // epochs from the second on, each as its distance from the first
    const at = t * count;
    for (let n = 0; n < count; n++) {
      const off = table[norms[at + n]] - first[n];
      sums[n] += off;
      squares[n] += off * off;
    }
  }
  if (form === "mean") for (let n = 0; n < count; n++) into[n] += first[n] + sums[n] / length;
  else {
    let total = 0;
    for (let n = 0; n < count; n++) {
      const mean = sums[n] / length;
      sums[n] = Math.max(0, squares[n] / length - mean * mean);
      total += sums[n];
    }
    const factor = form === "normalized" ? 0.5 / (total || 1) : 1;
    for (let n = 0; n < count; n++) into[n] += factor * sums[n];
  }
}

// The scores of all samples for `form` ("variance", "normalized" or "mean") over the windows [start, length].
function scoresOf(run, windows, form) {
  const found = new Float64Array(run.count);
  for (const [start, length] of windows) addWindow(run, start, length, form, found);
  return found;
}

// The value that stands at `place` among `values` once sorted upwards; the array is rearranged on the way.
function valueAt(values, place) {
  let low = 0, high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    const a = values[low], b = values[middle], c = values[high];
    const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    let left = low, right = high;
    while (left <= right) {
      while (values[left] < pivot) left++;
      while (values[right] > pivot) right--;
      if (left <= right) {
        const held = values[left];
        values[left++] = values[right];
        values[right--] = held;
      }
    }
    if (place <= right) high = right;
    else if (place >= left) low = left;
    else return values[place];
  }
  return values[place];
}

// The first `most` of `rows` from the highest score down (sign 1) or from the lowest up (sign -1); ties by lower row, or,
// where `back` is set, by the higher one.
function bestOf(rows, scores, most, sign, back = false) {
  let chosen = rows;
  if (rows.length > most) {
    if (!most) return [];
    const values = Float64Array.from(rows, (row) => -sign * scores[row]);
    const cut = valueAt(values, most - 1);
    chosen = Array.prototype.filter.call(rows, (row) => -sign * scores[row] <= cut);
  }
  const turn = back ? -1 : 1;
  return Array.from(chosen).sort((a, b) => sign * (scores[b] - scores[a]) || turn * (a - b)).slice(0, most);
}

// Marks the `places` best of `rows` in `kept`: the scores decide, ties go to the lower row, which comes first in `rows`.
function markBest(rows, scores, places, sign, kept) {
  if (places >= rows.length) {
    for (const row of rows) kept[row] = 1;
    return;
  }
  if (!places) return;
  const values = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) values[i] = -sign * scores[rows[i]];
  const cut = valueAt(values, places - 1);
  let left = places;
  for (const row of rows) if (-sign * scores[row] < cut) (kept[row] = 1), left--;
  for (const row of rows) {
    if (!left) break;
    if (-sign * scores[row] === cut) (kept[row] = 1), left--;
  }
}

const rounded = (value) => Math.round(value * 1e9) / 1e9;

function sizeOf(rate, samples) {
  return Math.min(samples, Math.max(1, Math.ceil(rounded(rate * samples))));
}

// Places in proportion to `counts` by the largest remainders (budgets/places.py: apportion).
function apportioned(size, counts) {
  const all = counts.reduce((sum, count) => sum + count, 0) || 1;
  return topUp(counts.map((count) => (size * count) / all), size, (rest) => -rest);
}

// The whole parts of `exact`, and what is missing to `size` to the largest fractions; ties to the lower class.
function topUp(exact, size, by) {
  const places = exact.map((share) => Math.floor(share + 1e-9));
  let left = size - places.reduce((sum, count) => sum + count, 0);
  const order = exact.map((share, c) => [by(share - places[c]), c]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  for (const [, c] of order) {
    if (left-- <= 0) break;
    places[c]++;
  }
  return places;
}

// As many places for every class, or all it has (budgets/places.py: evenly).
function evenly(size, counts) {
  const places = counts.map(() => 0);
  let left = size;
  const order = counts.map((count, c) => [count, c]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  order.forEach(([count, c], visited) => {
    places[c] = Math.min(count, Math.floor(left / (counts.length - visited)));
    left -= places[c];
  });
  return places;
}

// t_c = clip(λ w_c, lo, n_c) with Σ t_c = M (budgets/places.py: exact_shares), in whole numbers.
function sharedOut(counts, size, kind, tau) {
  const filled = counts.map((count) => (count > 0 ? 1 : 0));
  const classes = filled.reduce((sum, one) => sum + one, 0);
  const low = size >= classes ? filled : counts.map(() => 0);
  const power = { proportional: 1, tempered: tau, equal: 0 }[kind];
  const weights = counts.map((count) => (count > 0 ? count ** power : 0));
  const sum = (at) => counts.reduce((all, count, c) => all + share(at, c), 0);
  const share = (at, c) => (weights[c] ? Math.min(counts[c], Math.max(low[c], at * weights[c])) : 0);
  const own = counts.map((_, c) => c).filter((c) => weights[c]);
  const breaks = [...new Set(own.flatMap((c) => [low[c] / weights[c], counts[c] / weights[c]]))].sort((a, b) => a - b);
  const above = breaks.findIndex((at) => sum(at) >= size);
  let factor = breaks[Math.max(0, above)];
  if (above > 0) {
    const [below, beyond] = [sum(breaks[above - 1]), sum(breaks[above])];
    factor = breaks[above - 1] + ((size - below) / (beyond - below)) * (breaks[above] - breaks[above - 1]);
  }
  return topUp(counts.map((_, c) => share(factor, c)), size, (rest) => -rounded(rest));
}

function placesOfRule(budget, rate, counts, size) {
  if (budget === "equal") return evenly(size, counts);
  if (budget === "exact") return apportioned(size, counts);
  const places = counts.map((count) => { // each class on its own, halves to the even number as Python rounds
    const exact = rate * count, whole = Math.floor(exact);
    return exact - whole === 0.5 ? whole + (whole % 2) : Math.round(exact);
  });
  if (!places.some(Boolean)) places[counts.indexOf(Math.max(...counts))] = 1;
  return places;
}

// Which samples the hard cut-off leaves out (budgets/hard_cutoff.py), null where none is asked for.
function cutOff(run, rate, base) {
  if (!base) return null;
  const { labels, sizes, count, against } = run, { hardness } = run.arrays;
  const most = Array.from(sizes, (size, c) => {
    const beta = Math.min(0.5, Math.max(base * Math.sqrt(0.1 / rate), against[c]));
    return Math.floor(rounded(beta * size));
  });
  const cut = new Uint8Array(count);
  for (let n = 0; n < count; n++) cut[n] = hardness[n] < most[labels[n]] ? 1 : 0;
  return cut;
}

// Which samples a state keeps: {kept, cut, size, threshold}; the threshold only where one divides all samples.
function keptOf(run, scores, state) {
  const { count, labels } = run, sign = state.keep === "lowest" ? -1 : 1;
  const size = sizeOf(state.rate, count), kept = new Uint8Array(count);
  const cut = cutOff(run, state.rate, state.cutoff);
  const free = [];
  for (let n = 0; n < count; n++) if (!state.excluded?.[n]) free.push(n);
  const pooled = (rows, places) => {
    const left = cut ? rows.filter((row) => !cut[row]) : rows;
    return left.length >= places ? left : rows;
  };
  const byClass = (rows) => {
    const groups = Array.from(run.sizes, () => []);
    for (const row of rows) groups[labels[row]].push(row);
    return groups;
  };
  if (state.budget !== "none") {
    const groups = byClass(free);
    const places = sharedOut(groups.map((rows) => rows.length), size, state.budget, state.tau);
    groups.forEach((rows, c) => places[c] && markBest(pooled(rows, places[c]), scores, places[c], sign, kept));
  } else {
    const rows = pooled(free, size);
    if (state.rule === "balanced") {
      const groups = byClass(rows).filter((group) => group.length);
      const places = placesOfRule(state.ruleBudget, state.rate, groups.map((group) => group.length), size);
      groups.forEach((group, c) => markBest(group, scores, places[c], sign, kept));
    } else markBest(rows, scores, size, sign, kept);
  }
  let threshold = null;
  if (state.rule === "top" && state.budget === "none")
    for (let n = 0; n < count; n++)
      if (kept[n] && (threshold === null || sign * scores[n] < sign * threshold)) threshold = scores[n];
  return { kept, cut, size, threshold };
}

// All and kept samples in equal bins from the lowest to the highest score.
function histogramOf(scores, kept) {
  let low = Infinity, high = -Infinity;
  for (const value of scores) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(high > low)) high = low + 1;
  const every = new Array(BINS).fill(0), own = new Array(BINS).fill(0), factor = BINS / (high - low);
  for (let n = 0; n < scores.length; n++) {
    const bin = Math.min(BINS - 1, Math.floor((scores[n] - low) * factor));
    every[bin]++;
    own[bin] += kept[n];
  }
  return { low, high, every, own };
}

// Samples of each class among those that a mask marks; a sample of several labels counts for each.
function classesOf(run, mask) {
  const { labels, count, several } = run, classes = run.classes.length, found = new Array(classes).fill(0);
  for (let n = 0; n < count; n++) {
    if (!mask[n]) continue;
    if (several) for (let c = 0; c < classes; c++) found[c] += labels[n * classes + c];
    else found[labels[n]]++;
  }
  return found;
}

// All that follows from a state: scores, the selection, its histogram, its classes, and what it keeps of injected errors.
// `before` is the mask that entering and leaving are counted against.
function resultOf(run, state, before) {
  const scores = scoresOf(run, windowsOf(state), state.form);
  const found = { state, scores, ...keptOf(run, scores, state) };
  let entering = 0, leaving = 0, errors = 0, held = 0;
  const { wrong } = run.arrays;
  for (let n = 0; n < run.count; n++) {
    held += found.kept[n];
    if (wrong && wrong[n] && found.kept[n]) errors++;
    if (before && found.kept[n] !== before[n]) found.kept[n] ? entering++ : leaving++;
  }
  return {
    ...found, entering, leaving, errors, held, before,
    bins: histogramOf(scores, found.kept),
    perClass: classesOf(run, found.kept),
  };
}

const windowsOf = ({ early, late, start, length }) =>
  late === undefined ? [[start, length]] : [[early, length], [late, length]];

// The first `most` rows of a group, in its order (analysis/coresets.py: members), of one class where `only` is its number.
function groupRows(run, result, group, most, only = -1) {
  const { scores, kept, cut, before, state } = result, sign = state.keep === "lowest" ? -1 : 1;
  const rows = [], { labels, several, count } = run, classes = run.classes.length;
  const fits = (n) => only < 0 || (several ? labels[n * classes + only] : labels[n] === only);
  if (group === "boundary") return boundary(run, result, most, fits, sign);
  const wanted = {
    kept: (n) => kept[n],
    dropped: (n) => !kept[n],
    entering: (n) => before && kept[n] && !before[n],
    leaving: (n) => before && !kept[n] && before[n],
    "cut off": (n) => cut && cut[n],
  }[group];
  for (let n = 0; n < count; n++) if (fits(n) && wanted(n)) rows.push(n);
  const chosen = group === "dropped" ? bestOf(rows, scores, most, -sign, true) : bestOf(rows, scores, most, sign);
  return { total: rows.length, rows: chosen };
}

// Samples by how near their place in the ranking is to the last kept one's, above and below in turn.
function boundary(run, { scores, size }, most, fits, sign) {
  const every = Uint32Array.from({ length: run.count }, (_, n) => n), top = new Uint8Array(run.count);
  markBest(every, scores, size, sign, top);
  const above = [], below = [];
  for (const n of every) (top[n] ? above : below).push(n);
  const half = Math.min(run.count, 8 * most); // of one class there may be few near the cut
  const up = bestOf(above, scores, half, -sign, true), down = bestOf(below, scores, half, sign);
  const rows = [];
  for (let i = 0; i < Math.max(up.length, down.length) && rows.length < most; i++)
    for (const row of [up[i], down[i]]) if (row !== undefined && fits(row) && rows.length < most) rows.push(row);
  let total = 0;
  for (const n of every) total += fits(n) ? 1 : 0;
  return { total, rows };
}
