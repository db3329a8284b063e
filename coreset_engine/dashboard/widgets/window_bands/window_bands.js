// The two windows over the mean error norm of every class. While a window is dragged, the chart and a histogram of the
// scores of a few hundred samples follow in the browser; Python hears of it once, when the window is let go.
const SVG = "http://www.w3.org/2000/svg";
const BINS = 60;

function element(name, attributes, parent) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent.append(made);
  return made;
}

// "variance" and "mean" add up those of both windows; "normalized" divides each window's by its sum over the samples
function scores({ values, count, epochs }, { early, late, length }, form) {
  const found = new Float64Array(count);
  for (const start of [early, late]) {
    const part = new Float64Array(count);
    let total = 0;
    for (let n = 0; n < count; n++) {
      let sum = 0, squares = 0;
      for (let t = start - 1; t < start - 1 + length; t++) {
        const value = values[n * epochs + t];
        sum += value;
        squares += value * value;
      }
      part[n] = form === "mean" ? sum / length : squares / length - (sum / length) ** 2;
      total += part[n];
    }
    for (let n = 0; n < count; n++) found[n] += form === "normalized" ? part[n] / (total || 1) : part[n];
  }
  return found;
}

// what does not change with the windows comes through an element of its own, which is sent once and not with every move
export default function mount(component) {
  const plain = window.coresetScrub?.[component.data.name];
  if (plain) show(component, plain);
  else {
    const later = setTimeout(() => mount(component), 30);
    return () => clearTimeout(later);
  }
  return undefined;
}

function show({ data, parentElement, setTriggerValue }, plain) {
  const root = parentElement.querySelector(".scrub");
  const { windows, rate, form } = data;
  const { epochs, top, means, colours, names } = plain;
  const state = { ...windows };
  root.hidden = false;
  root.querySelector(".last").textContent = epochs;
  const svg = root.querySelector("svg");
  svg.setAttribute("viewBox", `0.5 0 ${epochs} ${top}`);
  svg.setAttribute("preserveAspectRatio", "none");
  const held = svg.getRootNode().activeElement?.dataset.band; // drawn anew, a band would lose the keyboard's focus
  svg.replaceChildren();
  const legend = means.map((line, c) => {
    const points = line.map((value, t) => `${t + 1},${top - value}`).join(" ");
    const drawn = element("polyline", { class: "line", points, stroke: colours[c] }, svg);
    const entry = document.createElement("span");
    const swatch = document.createElement("i");
    swatch.style.background = colours[c];
    entry.append(swatch, names[c]);
    entry.onpointerenter = entry.onpointerleave = ({ type }) => {
      root.classList.toggle("one", type === "pointerenter");
      drawn.classList.toggle("this", type === "pointerenter");
    };
    return entry;
  });
  root.classList.remove("one");
  root.querySelector(".classes").replaceChildren(...legend);
  element("line", { class: "axis", x1: 0.5, x2: epochs + 0.5, y1: top, y2: top }, svg);

  const limits = (name) =>
    name === "early" ? [1, state.late - state.length] : [state.early + state.length, epochs - state.length + 1];
  const said = root.querySelector(".said");
  const bars = root.querySelector(".bars");
  bars.replaceChildren(...Array.from({ length: BINS }, () => document.createElement("span")));

  const bands = ["early", "late"].map((name) => {
    const band = element("rect", { class: `band ${name}`, y: 0, height: top, tabindex: 0, role: "slider" }, svg);
    band.dataset.band = name;
    band.setAttribute("aria-label", name === "early" ? "early window" : "late window");
    // the band's faint colour alone would not be seen by everyone
    const edges = [0, 1].map(() => element("line", { class: `edge ${name}`, y1: 0, y2: top }, svg));
    return [name, band, edges];
  });

  const end = (name) => `${state[name]}–${state[name] + state.length - 1}`;

  function draw(moving) {
    for (const [name, band, edges] of bands) {
      const [low, high] = limits(name);
      edges.forEach((edge, right) => {
        for (const side of ["x1", "x2"]) edge.setAttribute(side, state[name] - 0.5 + right * state.length);
      });
      band.setAttribute("x", state[name] - 0.5);
      band.setAttribute("width", state.length);
      band.setAttribute("aria-valuemin", low);
      band.setAttribute("aria-valuemax", high);
      band.setAttribute("aria-valuenow", state[name]);
      band.setAttribute("aria-valuetext", `epochs ${end(name)}`);
    }
    said.textContent = `t_e ${end("early")}   t_l ${end("late")}` + (moving ? "   let go to apply" : "");
    const found = scores(plain, state, form);
    const ordered = Float64Array.from(found).sort();
    const cut = ordered[Math.max(0, Math.min(ordered.length - 1, Math.floor((1 - rate) * ordered.length)))];
    const highest = ordered[ordered.length - 1] || 1;
    const counts = new Array(BINS).fill(0);
    for (const value of found) counts[Math.min(BINS - 1, Math.floor((value / highest) * BINS))]++;
    const most = Math.log1p(Math.max(...counts));
    counts.forEach((count, bin) => {
      const bar = bars.children[bin];
      bar.style.height = `${(100 * Math.log1p(count)) / most}%`;
      bar.className = ((bin + 1) / BINS) * highest > cut ? "kept" : "";
    });
  }

  const tell = () => {
    if (state.early !== windows.early || state.late !== windows.late)
      setTriggerValue("moved", { early: state.early, late: state.late });
    draw(false);
  };
  const move = (name, start) => {
    const [low, high] = limits(name);
    state[name] = Math.round(Math.min(high, Math.max(low, start)));
  };
  for (const [name, band] of bands) {
    band.onpointerdown = (event) => {
      band.setPointerCapture(event.pointerId);
      const perEpoch = svg.getBoundingClientRect().width / epochs;
      const begun = { x: event.clientX, start: state[name] };
      band.onpointermove = (next) => {
        move(name, begun.start + (next.clientX - begun.x) / perEpoch);
        draw(true);
      };
      band.onpointerup = band.onpointercancel = () => {
        band.onpointermove = band.onpointerup = band.onpointercancel = null;
        tell();
      };
    };
    band.onkeydown = (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 }[event.key];
      if (!step) return;
      event.preventDefault();
      move(name, state[name] + step);
      tell();
    };
  }
  draw(false);
  bands.find(([name]) => name === held)?.[1].focus({ preventScroll: true });
}
