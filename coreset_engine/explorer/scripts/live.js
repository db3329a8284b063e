// One run as the page's elements share it: what Python said last (`rest`), where the hand is now (`state`), and what follows
// from it (`result`, null at rest, but never in a page without Python, where `alone` is set). Elements listen; nothing is computed more often than the screen is painted.

function liveRun(name) {
  const all = (window.coresetLive ??= {});
  return (all[name] ??= {
    name, run: null, rest: null, state: null, result: null, held: false, sent: 0, listeners: new Set(), thumbs: null,
  });
}

// Whether a hand moves something now: what costs much and nobody reads meanwhile (titles, measures of the page) waits for it.
const inHand = (live) => live.held || Boolean(live.result && !live.alone);

const thousands = new Intl.NumberFormat("en-US"); // kept, since making one costs more than a chart
const commas = (value) => thousands.format(value);

// Writes what changed only: every write makes the browser look through the page once more.
function setText(node, text) {
  const { firstChild: own } = node;
  if (own?.nodeType !== Node.TEXT_NODE) node.textContent = text;
  else if (own.data !== text) own.data = text;
}

function setAttributes(node, attributes) {
  for (const [key, value] of Object.entries(attributes)) if (node.getAttribute(key) !== String(value)) node.setAttribute(key, value);
}

// Loads the run's pack once; elements are told when it is there.
async function loadRun(live, bytes) {
  if (live.loading) return;
  live.loading = true;
  try {
    live.run = prepareRun(await unpack(await bytes()));
    live.failed = "";
  } catch (error) {
    live.failed = `The live preview could not be loaded (${error.message}); everything follows when you let go.`;
    live.loading = false;
  }
  notify(live);
}

function notify(live) {
  for (const listener of [...live.listeners]) listener(live);
}

// Calls `draw` whenever something changes, until `root` is no longer on the page.
function listen(live, root, draw) {
  const follow = () => (root.isConnected ? draw(live) : live.listeners.delete(follow));
  live.listeners.add(follow);
  draw(live);
  return () => live.listeners.delete(follow);
}

// What Python computed: {state, kept (as maskOf reads it), seq}. While the hand holds something, or an answer to an older move comes late,
// the hand wins.
function rest(live, told) {
  if (told.seq < live.rest?.seq) live.sent = told.seq; // numbers begin anew after a restart of the server
  live.rest = told;
  live.excluded = null;
  if (live.held || told.seq < live.sent) return;
  still(live, told.state);
  live.difference = null;
  if (live.run && told.kept && live.state.form && !live.run.sampled) {
    const exact = maskOf(told.kept, live.run.count);
    const own = resultOf(live.run, { ...live.state, excluded: excludedOf(told.excluded, live.run) }, null);
    let off = 0;
    for (let n = 0; n < live.run.count; n++) off += own.kept[n] && !exact[n] ? 1 : 0;
    live.difference = { off, size: own.held };
  }
  notify(live);
}

// Back at rest; a frame that a busy browser still owes to the last move would take the preview up again.
function still(live, state) {
  cancelAnimationFrame(live.frame);
  live.frame = null;
  live.state = { ...state };
  live.result = null;
}

const SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The mask that a text tells (widgets/bits.py): one bit per sample, or, behind a dot, how many are passed over before the next.
const maskOf = (text, count) => {
  const mask = new Uint8Array(count);
  if (text.startsWith(".")) {
    let next = 0;
    for (const sign of text.slice(1)) {
      const passed = SIGNS.indexOf(sign);
      next += passed;
      if (passed < SIGNS.length - 1) mask[next++] = 1;
    }
    return mask;
  }
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  for (let n = 0; n < count; n++) mask[n] = (bytes[n >> 3] >> (n & 7)) & 1;
  return mask;
};

// Moves what is scored; at the next frame everything follows.
function move(live, patch, moved = Object.keys(patch)[0]) {
  const state = within({ ...live.state, ...patch }, live.epochs, moved);
  if (inHand(live) && live.result && Object.keys(state).every((name) => state[name] === live.state[name])) return; // at an end
  live.state = state;
  live.frame ??= requestAnimationFrame(() => {
    live.frame = null;
    follow(live);
  });
}

function follow(live) {
  if (live.run && live.state?.form) {
    const { rest: told, run } = live;
    const pinned = told?.pinned || told?.kept;
    if (live.compared !== pinned && !live.alone) {
      live.compared = pinned;
      const mask = pinned ? maskOf(pinned, run.sampled ? run.samples : run.count) : null;
      live.before = mask && run.sampled ? Uint8Array.from(run.arrays.rows, (row) => mask[row]) : mask;
    }
    live.excluded ??= excludedOf(told?.excluded ?? [], run);
    live.result = resultOf(run, { ...live.state, excluded: live.excluded }, live.before ?? null);
  }
  notify(live);
}

function excludedOf(rows, run) {
  if (!rows?.length) return null;
  const mask = new Uint8Array(run.count), place = new Map();
  if (run.sampled) run.arrays.rows.forEach((row, n) => place.set(row, n));
  for (const row of rows) {
    const n = run.sampled ? place.get(row) : row;
    if (n !== undefined) mask[n] = 1;
  }
  return mask;
}

// A state whose windows lie within the epochs and do not overlap; what was moved pushes the other (windows.py: legal).
// What moved may be of a longer run: the sliders show another one's values for a moment when the run is changed.
function within(state, epochs, moved) {
  const length = state.length = Math.min(state.length, state.late === undefined ? epochs : Math.floor(epochs / 2));
  if (state.late === undefined) {
    state.start = Math.min(Math.max(1, state.start), epochs - length + 1);
    return state;
  }
  const last = epochs - length + 1;
  if (moved === "late") {
    state.late = Math.min(Math.max(state.late, 1 + length), last);
    state.early = Math.max(1, Math.min(state.early, state.late - length));
  } else {
    state.early = Math.max(1, Math.min(state.early, last - length));
    state.late = Math.min(Math.max(state.late, state.early + length), last);
  }
  return state;
}
