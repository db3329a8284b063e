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
  const room = () => new Float64Array(count), every = Uint32Array.from({ length: count }, (_, n) => n);
  return { ...pack, norms, labels, table, count, sizes, every, parts: [], first: room(), squares: room() };
}

// One window's part of a score: {values, total}, the mean of the error norms or their population variance (Eq. 4), and its sum
// over the samples. The last two are kept: the hand moves one window, and the other stays.
function partOf(run, start, length, mean) {
  const { parts, count } = run, key = `${start} ${length} ${mean}`;
  const place = parts.findIndex((one) => one.key === key);
  const fresh = () => (parts.length < 2 ? { values: new Float64Array(count) } : parts.shift());
  const part = place < 0 ? fresh() : parts.splice(place, 1)[0];
  parts.push(part); // the one that was asked for last stands last
  if (place >= 0) return part;
  part.key = key;
  return fillPart(run, start, length, mean, part);
}

function fillPart({ norms, table, count, first, squares }, start, length, mean, part) {
  const sums = part.values.fill(0), base = (start - 1) * count;
  squares.fill(0);
  for (let n = 0; n < count; n++) first[n] = table[norms[base + n]];
  for (let t = start; t < start - 1 + length; t++) { // epochs from the second on, each as its distance from the first
    const at = t * count;
    for (let n = 0; n < count; n++) {
      const off = table[norms[at + n]] - first[n];
      sums[n] += off;
      squares[n] += off * off;
    }
  }
  part.total = 0;
  for (let n = 0; n < count; n++) {
    const own = sums[n] / length;
    sums[n] = mean ? first[n] + own : Math.max(0, squares[n] / length - own * own);
    part.total += sums[n];
  }
  return part;
}

// The scores of all samples for `form` ("variance", "normalized" or "mean") over the windows [start, length]; normalised, each
// window counts half, as shares of its sum.
function scoresOf(run, windows, form) {
  const found = new Float64Array(run.count);
  for (const [start, length] of windows) {
    const { values, total } = partOf(run, start, length, form === "mean");
    const factor = form === "normalized" ? 0.5 / (total || 1) : 1;
    for (let n = 0; n < run.count; n++) found[n] += factor * values[n];
  }
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

// The scores of `rows` so that the best is the lowest.
function valuesOf(rows, scores, sign) {
  const values = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) values[i] = -sign * scores[rows[i]];
  return values;
}

// The first `most` of `rows` from the highest score down (sign 1) or from the lowest up (sign -1); ties by lower row, or,
// where `back` is set, by the higher one.
function bestOf(rows, scores, most, sign, back = false) {
  let chosen = rows;
  if (rows.length > most) {
    if (!most) return [];
    const cut = valueAt(valuesOf(rows, scores, sign), most - 1);
    chosen = [];
    for (let i = 0; i < rows.length; i++) if (-sign * scores[rows[i]] <= cut) chosen.push(rows[i]);
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
  const cut = valueAt(valuesOf(rows, scores, sign), places - 1);
  let left = places;
  for (let i = 0; i < rows.length; i++) if (-sign * scores[rows[i]] < cut) (kept[rows[i]] = 1), left--;
  for (let i = 0; i < rows.length && left; i++) if (-sign * scores[rows[i]] === cut) (kept[rows[i]] = 1), left--;
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
  const free = state.excluded ? run.every.filter((n) => !state.excluded[n]) : run.every;
  const pooled = (rows, places) => {
    const left = cut ? rows.filter((row) => !cut[row]) : rows;
    if (!cut || left.length >= places) return left;
    for (const row of rows) cut[row] = 0; // too few are left: nothing is cut here
    return rows;
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
  for (let n = 0; n < scores.length; n++) {
    if (scores[n] < low) low = scores[n];
    if (scores[n] > high) high = scores[n];
  }
  if (!(high > low)) high = low + 1;
  const every = new Uint32Array(BINS), own = new Uint32Array(BINS), factor = BINS / (high - low);
  for (let n = 0; n < scores.length; n++) {
    const bin = Math.min(BINS - 1, ((scores[n] - low) * factor) | 0);
    every[bin]++;
    own[bin] += kept[n];
  }
  return { low, high, every: Array.from(every), own: Array.from(own) };
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
  for (let n = 0; n < count; n++) if (wanted(n) && fits(n)) rows.push(n);
  const chosen = group === "dropped" ? bestOf(rows, scores, most, -sign, true) : bestOf(rows, scores, most, sign);
  return { total: rows.length, rows: chosen };
}

// Samples by how near their place in the ranking is to the last kept one's, above and below in turn.
function boundary(run, { scores, size }, most, fits, sign) {
  const { every } = run, top = new Uint8Array(run.count);
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
