// What the axes of a replay show: a number of every sample for every epoch, from the pack of explorer/replay.py.
const REPLAY_AXES = {
  variability: { signal: "target_probability", kind: "std", title: "variability so far: std of p of the label" },
  confidence: { signal: "target_probability", kind: "mean", title: "confidence so far: mean p of the label" },
  target_probability: { signal: "target_probability", kind: "now", title: "p of the label in this epoch" },
  error_norm: { signal: "error_norm", kind: "now", title: "error norm in this epoch" },
  mean_error_norm: { signal: "error_norm", kind: "mean", title: "mean error norm so far" },
  std_error_norm: { signal: "error_norm", kind: "std", title: "std of the error norm so far" },
  margin: { signal: "margin", kind: "now", title: "margin in this epoch" },
  aum: { signal: "margin", kind: "mean", title: "AUM so far: mean margin" },
};

// the axes that a pack has, as [key, title]
function replayAxes(pack) {
  const found = Object.entries(REPLAY_AXES).map(([key, { title }]) => [key, title]);
  if (pack.snapshots.length) found.push(...[0, 1].map((one) => [`pc${one + 1}`, replayPcTitle(pack, one)]));
  if (pack.umap) found.push(["umap1", "UMAP 1 of the features"], ["umap2", "UMAP 2 of the features"]);
  return found;
}

// the axes with which a replay begins: those asked for, where the pack has them
function replayBegins(pack, axes) {
  const known = replayAxes(pack).map(([key]) => key);
  return axes?.every((key) => known.includes(key)) ? axes : ["variability", "confidence"];
}

function replayPcTitle(pack, one) {
  return `PC ${one + 1} of the features (${(100 * pack.shares[one]).toFixed(0)} % of the variance)`;
}

function replayTitle(pack, key) {
  if (key.startsWith("umap")) return `UMAP ${key[4]} of the features`;
  return key.startsWith("pc") ? replayPcTitle(pack, Number(key[2]) - 1) : REPLAY_AXES[key].title;
}

// (epochs x count) numbers, those of one epoch beside one another; computed once
function replayValues(pack, key) {
  pack.computed ??= {};
  const plane = { pc: [pack, pack.arrays.components], umap: [pack.umap, pack.arrays.umap] }[key.slice(0, -1)];
  return (pack.computed[key] ??= plane
    ? replayComponent(pack, ...plane, Number(key.slice(-1)) - 1)
    : replaySignal(pack, REPLAY_AXES[key]));
}

// Sums of whole numbers are exact, so mean and population standard deviation are those of what was sent.
function replaySignal(pack, { signal, kind }) {
  const codes = pack.arrays[signal];
  const [low, high] = pack.signals[signal];
  const { epochs, count } = pack;
  const unit = (high - low) / pack.full;
  const found = new Float32Array(epochs * count);
  const [sums, squares] = [new Float64Array(count), new Float64Array(count)];
  for (let t = 1, n = 0; t <= epochs; t++) {
    for (let s = 0; s < count; s++, n++) {
      const code = codes[n];
      sums[s] += code;
      squares[s] += code * code;
      const mean = sums[s] / t;
      if (kind === "now") found[n] = low + unit * code;
      else if (kind === "mean") found[n] = low + unit * mean;
      else found[n] = unit * Math.sqrt(Math.max(0, squares[s] / t - mean * mean));
    }
  }
  return found;
}

// between two snapshots a sample moves in a straight line; before the first and after the last it stands still
function replayComponent({ epochs, count }, { snapshots, spans }, codes, one) {
  const [low, high] = spans[one];
  const unit = (high - low) / 65535;
  const found = new Float32Array(epochs * count);
  for (let t = 1, n = 0; t <= epochs; t++) {
    const after = snapshots.findIndex((epoch) => epoch >= t);
    const next = after < 0 ? snapshots.length - 1 : after;
    const before = after > 0 && snapshots[after] > t ? after - 1 : next;
    const share = before === next ? 0 : (t - snapshots[before]) / (snapshots[next] - snapshots[before]);
    const [from, to] = [(2 * before + one) * count, (2 * next + one) * count];
    for (let s = 0; s < count; s++, n++) {
      found[n] = low + unit * (codes[from + s] * (1 - share) + codes[to + s] * share);
    }
  }
  return found;
}

// the range of an axis over all epochs, so that the frame stands still, with a little room
function replayLimits(pack, key) {
  const values = replayValues(pack, key);
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (key === "confidence" || key === "target_probability") [low, high] = [0, 1];
  const room = 0.02 * (high - low) || 0.5;
  return [low - room, high + room];
}

// where a sample is between two epochs
function replayAt(values, count, sample, place) {
  const t = Math.min(Math.floor(place), values.length / count);
  const now = values[(t - 1) * count + sample];
  return t * count < values.length ? now + (values[t * count + sample] - now) * (place - t) : now;
}

// what is said of a sample beside the mouse
function replayWords(pack, sample, epoch) {
  const { arrays, names, kinds } = pack;
  const words = [names[arrays.label[sample]]];
  if (arrays.prediction) words.push(`predicted ${names[arrays.prediction[(epoch - 1) * pack.count + sample]]}`);
  const kind = arrays.injected[sample];
  const shows = names[arrays.true_label?.[sample]];
  if (kind) words.push(`injected ${kinds[kind]}${kind === 3 && shows ? `: shows ${shows}` : ""}`);
  return words;
}

// what is played, in words
function replayAbout(pack) {
  const number = (value) => value.toLocaleString("en");
  const [shown, all] = pack.errors;
  const words = [
    pack.count < pack.total
      ? `A sample of ${number(pack.count)} of ${number(pack.total)}, by class`
      : `All ${number(pack.total)} samples`,
  ];
  if (all) words.push(`${shown < all ? `${number(shown)} of ` : ""}${number(all)} injected label errors among them (diamonds)`);
  return `${words.join("; ")}.`;
}

// what the axes of a PCA are, in words
function replayFeaturesAbout(pack) {
  const { snapshots, features } = pack;
  if (!snapshots.length) return "This run holds no features (snapshot.h5), so there are no axes of a PCA.";
  const last = snapshots[snapshots.length - 1];
  const axes = `PCA of ${features} features, its axes fixed from epoch ${last}`;
  if (snapshots.length < 2) return `${axes}, the only snapshot: on them samples stand still.`;
  return `${axes}; snapshots of epochs ${snapshots.join(", ")}, straight lines between them.`;
}

// what the axes of a UMAP are, in words
function replayUmapAbout({ umap, total }) {
  const number = (value) => value.toLocaleString("en");
  const of = umap.count < total ? `a sample of ${number(umap.count)} of ${number(total)} by class` : `all ${number(total)} samples`;
  const made = `UMAP of ${of}, ${umap.neighbours} neighbours, seed ${umap.seed}; far distances say little`;
  if (umap.snapshots.length < 2) return `${made}. There is one snapshot, epoch ${umap.snapshots[0]}: samples stand still.`;
  return `${made}. Each of epochs ${umap.snapshots.join(", ")} begins from the one before, straight lines between them.`;
}
