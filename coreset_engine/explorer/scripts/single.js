// The one-file explorer: the page's elements over packs that stand in the file, without a server.
const GROUP_WORDS = ["kept", "boundary", "dropped", "entering", "leaving", "cut off"];
const FORM_WORDS = {
  variance: "EVA, Eq. 6", normalized: "EVA, released form", mean: "mean of both windows (exp-dual)",
};

const part = (id) => document.getElementById(id);
const bytesOf = (id) => Uint8Array.from(atob(part(id).textContent.trim()), (sign) => sign.charCodeAt(0));

// Changes the state and, without Python, keeps what follows.
function settle(live, patch) {
  move(live, patch);
  const { early, late, length, rate, form, rule, budget, tau, cutoff } = live.state;
  const words = { early, late, length, rate, form, rule, budget, tau, cutoff };
  history.replaceState(null, "", `#${new URLSearchParams(words)}`);
}

function fromAddress(state) {
  const found = { ...state };
  for (const [name, text] of new URLSearchParams(location.hash.slice(1))) {
    if (typeof state[name] === "number" && Number.isFinite(Number(text))) found[name] = Number(text);
    if (typeof state[name] === "string" && text) found[name] = text;
  }
  return found;
}

function fillSelects(live) {
  const choices = {
    form: Object.entries(FORM_WORDS),
    rule: [["top", "top"], ["balanced", "balanced (same rate per class)"]],
    budget: ["none", "proportional", "tempered", "equal"].map((name) => [name, name]),
  };
  for (const [name, entries] of Object.entries(choices)) {
    const select = part(name);
    for (const [value, text] of entries) select.append(new Option(text, value));
    if (!entries.some(([value]) => value === live.state[name])) live.state[name] = entries[0][0];
    select.value = live.state[name];
    select.onchange = () => settle(live, { [name]: select.value });
  }
  const cut = part("cutoff");
  cut.value = live.state.cutoff;
  cut.oninput = () => settle(live, { cutoff: Number(cut.value) });
  if (live.run.several) for (const name of ["rule", "budget", "cutoff"]) part(name).closest("label").remove();
}

function groupButtons(told, redraw) {
  const box = part("groups");
  const buttons = GROUP_WORDS.map((name) => {
    const button = htmlElement("button", { type: "button" }, name);
    button.onclick = () => {
      told.group = name;
      mark();
      redraw();
    };
    box.append(button);
    return button;
  });
  const mark = () => buttons.forEach((one) => one.setAttribute("aria-pressed", one.textContent === told.group));
  mark();
}

function openSample(live, course, row) {
  const { run, result } = live, n = placeOf(run, row), dialog = part("sample"), body = part("sample-body");
  const score = result.scores[n], sign = live.state.keep === "lowest" ? -1 : 1;
  let above = 0;
  for (const value of result.scores) above += sign * value > sign * score ? 1 : 0;
  body.replaceChildren();
  part("sample-title").textContent = `Row ${row}, ${captionOf(run, row)}`;
  if (run.atlas && live.sheet) {
    const box = htmlElement("div", { class: "tiles large" });
    showTiles(box, live, [n], { group: "", marks: MARK_COLOURS, side: 220 }, () => {});
    body.append(box);
  }
  const wrong = run.arrays.wrong?.[n] ? " Its label is an injected error." : "";
  const place = `place ${commas(above + 1)} of ${commas(run.count)}`;
  body.append(htmlElement("p", {}, `Score ${shortNumber(score)}, ${place}: ${result.kept[n] ? "kept" : "dropped"}.${wrong}`));
  const chart = htmlElement("div", { class: "explorer" });
  body.append(chart);
  dialog.showModal();
  const { length } = live.state, spans = ["early", "late"].map((name) => [live.state[name], live.state[name] + length - 1]);
  const windows = spans.map(([start, end], one) => ({ name: `${["t_e", "t_l"][one]} ${start}–${end}`, start, end }));
  const played = live.replay && replayCourse(live.replay.pack, row, windows);
  if (played) return mountCourse(chart, played, live.replay);
  return mountCourses(chart, live, { rows: [row], captions: [captionOf(run, row)], values: [courseOf(run, row)], asked: true,
    epochs: run.epochs, colours: course.colours });
}

const MARK_COLOURS = { kept: "#0072B2", dropped: "#7F8C95", entering: "#009E73", leaving: "#D55E00", "cut off": "#B07A10" };

// The replay, of a coreset that follows the windows.
async function startReplay(live, theme, axes, onChoose) {
  const pack = await unpack(bytesOf("replay-pack")), rows = Array.from(pack.arrays.rows);
  live.replay = { pack, theme };
  const kept = () => Uint8Array.from(rows, (row) => live.result?.kept[placeOf(live.run, row)] ?? 0);
  const replay = mountReplay(part("replay"), pack, { theme, axes, kept: kept(), onChoose });
  listen(live, part("replay"), () => replay.update({ kept: kept() }));
}

async function startSingle() {
  const facts = JSON.parse(part("facts").textContent), live = liveRun(facts.run);
  live.run = prepareRun(await unpack(bytesOf("run-pack")));
  const { run } = live, dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const shades = dark ? facts.dark : facts.light;
  const course = { ...facts.course, colours: facts.course.classes.map((c) => shades[c % shades.length]) };
  // as coreset_engine/colours.py has them: all data, EVA, and a place that no method has
  const colours = { all: dark ? "#FFFFFF" : "#000000", kept: shades[0], cut: "#D55E00", a: shades[6] };
  live.sheet = sheetsOf((number) => URL.createObjectURL(new Blob([bytesOf(`sheet-${number}`)], { type: "image/webp" })));
  live.epochs = run.epochs;
  live.state = within(fromAddress(facts.state), run.epochs, "early");
  fillSelects(live);
  const first = resultOf(run, live.state, null);
  live.before = first.kept;
  live.alone = true;
  live.rest = {};
  mountBands(part("bands"), live, course, facts.limits, () => settle(live, {}));
  const bins = () => ({ ...first.bins, cut: first.threshold, label: "score" });
  mountHistogram(part("histogram"), live, bins(), colours);
  const all = classesOf(run, new Uint8Array(run.count).fill(1));
  const counts = all.map((count, c) => [count, first.perClass[c]]);
  const told = { group: "kept", only: -1, most: 48, skip: 0, marks: MARK_COLOURS };
  const classes = { names: run.classes, counts, chosen: "" };
  const redraw = () => notify(live);
  mountClasses(part("classes"), live, classes, colours, (name) => {
    classes.chosen = classes.chosen === name ? "" : name;
    told.only = run.classes.indexOf(classes.chosen);
    redraw();
  });
  groupButtons(told, redraw);
  const open = (row) => openSample(live, course, row);
  followTiles(part("tiles"), live, told, () => {}, open);
  const many = part("many");
  listen(live, many, ({ result }) => {
    const total = result ? groupRows(run, result, told.group, 0, told.only).total : 0;
    const of = classes.chosen ? ` of ${classes.chosen}` : "";
    many.textContent = `${commas(total)} samples${of}; the first 48 are shown. Press one for its trajectory.`;
  });
  mountCourses(part("courses"), live, { rows: [], captions: [], values: [], asked: false, epochs: run.epochs, colours: shades });
  part("pin").onclick = () => {
    live.before = live.result.kept;
    live.rest = { pinned: true };
    follow(live);
  };
  part("close").onclick = () => part("sample").close();
  follow(live);
  const theme = { palette: shades, kept: colours.kept, rest: colours.all, error: colours.cut, ramp: facts.ramp };
  await startReplay(live, theme, facts.axes, open);
}

startSingle().catch((error) => {
  part("problem").hidden = false;
  part("problem").textContent = `This file could not be opened: ${error.message}. It needs a browser of 2023 or newer.`;
});
