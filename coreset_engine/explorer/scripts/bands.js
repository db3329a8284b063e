// The windows over the mean error norm of every class, to be dragged or moved by keys, with K and α below them.
const SVG = "http://www.w3.org/2000/svg";

function svgElement(name, attributes, parent) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent.append(made);
  return made;
}

function htmlElement(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// `course`: {epochs, top, means, names, colours} of a run; `limits`: {length: [low, high], rate: [low, high, step]};
// `tell(state)` is called when the hand lets go elsewhere than at rest.
function mountBands(root, live, course, limits, tell) {
  const { epochs, top, means, names, colours } = course;
  live.epochs = epochs;
  root.append(htmlElement("div", { class: "axis-name" }, `mean error norm, 0 to ${shortNumber(top)}`));
  const svg = svgElement("svg", {
    viewBox: `0.5 0 ${epochs} ${top}`, preserveAspectRatio: "none", role: "group",
    "aria-label": "Mean error norm of every class over the epochs, with the windows",
  }, root);
  const legend = htmlElement("div", { class: "classes" });
  means.forEach((line, c) => {
    const points = line.map((value, t) => `${t + 1},${top - value}`).join(" ");
    const drawn = svgElement("polyline", { class: "line", points, stroke: colours[c] }, svg);
    const swatch = htmlElement("i", { style: `background:${colours[c]}` });
    const entry = htmlElement("span", {}, swatch, names[c]);
    entry.onpointerenter = entry.onpointerleave = ({ type }) => {
      root.classList.toggle("one", type === "pointerenter");
      drawn.classList.toggle("this", type === "pointerenter");
    };
    legend.append(entry);
  });
  svgElement("line", { class: "axis", x1: 0.5, x2: epochs + 0.5, y1: top, y2: top }, svg);

  const said = htmlElement("div", { class: "said", role: "status" });
  const ends = ["epoch 1", `epoch ${epochs}`].map((text) => htmlElement("span", {}, text));
  const numbers = htmlElement("div", { class: "numbers" });
  const sliders = htmlElement("div", { class: "sliders" });
  root.append(htmlElement("div", { class: "foot" }, ends[0], htmlElement("div", {}, said), ends[1]), sliders, numbers, legend);

  let seen = "", timer = null;
  const shown = () => JSON.stringify(live.state);
  const moving = () => live.held || timer !== null;
  const hold = () => {
    if (moving()) return;
    live.held = true;
    seen = shown();
  };
  const release = () => {
    clearTimeout(timer);
    timer = null;
    live.held = false;
    if (shown() === seen && !live.alone) {
      still(live, live.state);
      notify(live);
    } else {
      window.coresetMoves = (window.coresetMoves ?? 0) + 1;
      live.sent = window.coresetMoves;
      tell(live.state, live.sent);
    }
  };
  // keys come one by one: Python hears of them when no further one follows at once
  const keyed = () => {
    clearTimeout(timer);
    timer = setTimeout(release, 180);
    live.held = true;
  };

  const bands = ("late" in live.state ? ["early", "late"] : ["start"]).map((name) => {
    const kind = name === "late" ? "late" : "early";
    const label = name === "start" ? "window" : name;
    const handle = live.state.fixed ? {} : { tabindex: 0, role: "slider", "aria-label": label, "aria-valuemin": 1 };
    const band = svgElement("rect", { class: `band ${kind}`, y: 0, height: top, "data-band": name, ...handle }, svg);
    // the band's faint colour alone would not be seen by everyone
    const edges = [0, 1].map(() => svgElement("line", { class: `edge ${kind}`, y1: 0, y2: top }, svg));
    if (live.state.fixed) { // it begins with the first epoch
      band.style.cursor = "auto";
      return [name, band, edges];
    }
    band.onpointerdown = (event) => {
      hold();
      band.setPointerCapture(event.pointerId);
      const perEpoch = svg.getBoundingClientRect().width / epochs;
      const begun = { x: event.clientX, at: live.state[name] };
      band.onpointermove = (next) => {
        const to = Math.round(begun.at + (next.clientX - begun.x) / perEpoch);
        if (to !== live.state[name]) move(live, { [name]: to });
      };
      band.onpointerup = band.onpointercancel = () => {
        band.onpointermove = band.onpointerup = band.onpointercancel = null;
        release();
      };
    };
    band.onkeydown = (event) => {
      const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
      const end = { Home: 1, End: epochs }[event.key];
      if (!step && !end) return;
      event.preventDefault();
      event.stopPropagation(); // the page has the same keys for something else
      hold();
      move(live, { [name]: end ?? live.state[name] + step });
      keyed();
    };
    return [name, band, edges];
  });

  const inputs = [
    ["length", "length K", limits.length, (value) => value],
    ["rate", "share kept α", limits.rate, (value) => `${+(100 * value).toFixed(1)} %`],
  ].filter(([name, , given]) => given && name in live.state).map(([name, text, [low, high, step = 1], say]) => {
    const input = htmlElement("input", { type: "range", min: low, max: high, step, "aria-label": text });
    const value = htmlElement("output", {});
    input.oninput = () => {
      hold();
      move(live, { [name]: Number(input.value) });
      keyed();
    };
    input.onpointerdown = hold;
    input.onkeydown = (event) => event.stopPropagation();
    sliders.append(htmlElement("label", {}, htmlElement("span", {}, text), input, htmlElement("div", {}, value)));
    return [name, input, value, say];
  });

  return listen(live, root, () => {
    const { state, result, run } = live, last = epochs - state.length + 1;
    for (const [name, band, edges] of bands) {
      const at = state[name];
      edges.forEach((edge, right) => {
        const x = at - 0.5 + right * state.length;
        setAttributes(edge, { x1: x, x2: x });
      });
      const most = name === "early" ? last - state.length : last;
      const told = { x: at - 0.5, width: state.length };
      if (!state.fixed) {
        Object.assign(told, { "aria-valuemax": most, "aria-valuenow": at });
        told["aria-valuetext"] = `epochs ${at} to ${at + state.length - 1}`;
        if (name === "late") told["aria-valuemin"] = 1 + state.length;
      }
      setAttributes(band, told);
    }
    for (const [name, input, value, say] of inputs) {
      if (Number(input.value) !== state[name]) input.value = state[name];
      setText(value, String(say(state[name])));
    }
    const range = (at) => `${at}–${at + state.length - 1}`;
    const windows = "late" in state ? `t_e ${range(state.early)}   t_l ${range(state.late)}` : range(state.start);
    setText(said, windows + (result && !live.alone ? "   let go to apply" : ""));
    setText(numbers, !run && live.failed ? live.failed : numbersOf(live));
  });
}

// What a move does, in one line; at rest whether browser and Python agree.
function numbersOf(live) {
  const { result, difference, run, rest: told } = live;
  if (!result && difference)
    return difference.off
      ? `The preview of this selection differs in ${commas(difference.off)} of ${commas(difference.size)} samples; all that stands here is exact.`
      : "";
  if (!result) return "";
  const parts = [
    `kept ${commas(result.held)}`, `entering ${commas(result.entering)}`, `leaving ${commas(result.leaving)}`,
  ];
  if (run.arrays.wrong) parts.push(`label errors kept ${commas(result.errors)} of ${commas(run.errors)}`);
  const before = live.alone ? "compared with the first selection" : "compared with the last selection";
  const beside = told?.pinned ? "compared with A" : before;
  const of = run.sampled ? `, of a sample of ${commas(run.count)} by class` : "";
  return `${parts.join(" · ")} (${beside}${of})`;
}
