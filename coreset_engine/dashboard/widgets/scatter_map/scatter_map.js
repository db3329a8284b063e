// A map of samples: densities as a picture, a few samples as points, areas that are drawn with a lasso or as a box. Python
// hears of an area once, when it is finished, and applies it to all samples; it also finds the sample nearest to a click.
// What the mouse points at is told beside it, with its image once that has come; the legend hides points. Both stay here.
const EDGE = { left: 52, right: 10, top: 8, bottom: 40 };
const FULL = 65535;
const REACH = 8; // px from the mouse to a point that is told
const CLICK = 4; // px that a click may move
const TIP = 112; // px, wished width of an image beside the mouse
// Escape belongs first to what is open above the page, and to fields that are written in
const BUSY = "[role=dialog], [role=listbox], [role=menu], [data-testid=stPopoverBody]";

// what does not change with the areas comes through an element of its own, which is sent once and not with every area
export default function mount(component) {
  const root = component.parentElement.querySelector(".map");
  clearTimeout(root.later); // of data that are no longer asked for
  const plain = window.coresetMaps?.get(component.data.name);
  if (plain) return show(component, plain);
  root.later = setTimeout(() => mount(component), 30);
  return () => clearTimeout(root.later);
}

function ticks(low, high, most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const found = [];
  for (let n = Math.ceil(low / step); n * step <= high; n++) found.push(n * step);
  return found;
}

const brief = (value) => String(Number(value.toPrecision(3)));

function show({ data, parentElement, setTriggerValue }, plain) {
  const root = parentElement.querySelector(".map");
  const canvas = root.querySelector("canvas");
  const said = root.querySelector(".said");
  const [tip, ring] = [root.querySelector(".tip"), root.querySelector(".ring")];
  const kept = Uint8Array.from(atob(data.kept), (sign) => sign.charCodeAt(0)); // a bit a point
  const [left, right, low, high] = plain.limits;
  const pen = canvas.getContext("2d");
  const hidden = hiddenBy(root, plain.legend);
  root.path ??= null; // what is being drawn: [[x, y], ...] in px; a page that runs again meanwhile does not end it
  let size = { width: 0, height: 0 };

  const inner = () => ({ width: size.width - EDGE.left - EDGE.right, height: size.height - EDGE.top - EDGE.bottom });
  const toX = (x) => EDGE.left + ((x - left) / (right - left)) * inner().width;
  const toY = (y) => EDGE.top + ((high - y) / (high - low)) * inner().height;
  const fromX = (px) => left + ((px - EDGE.left) / inner().width) * (right - left);
  const fromY = (py) => high - ((py - EDGE.top) / inner().height) * (high - low);
  const pointX = (n) => EDGE.left + (plain.x[n] / FULL) * inner().width;
  const pointY = (n) => EDGE.top + (1 - plain.y[n] / FULL) * inner().height;

  function outline(shape) {
    const line = new Path2D();
    if (shape.kind === "box") {
      const [xs, ys] = [shape.x.map(toX), shape.y.map(toY)];
      line.rect(Math.min(...xs), Math.min(...ys), Math.abs(xs[1] - xs[0]), Math.abs(ys[1] - ys[0]));
    } else {
      shape.x.forEach((x, corner) => line[corner ? "lineTo" : "moveTo"](toX(x), toY(shape.y[corner])));
      line.closePath();
    }
    return line;
  }

  function axes(ink) {
    pen.fillStyle = pen.strokeStyle = ink;
    pen.font = "12px sans-serif";
    pen.textAlign = "center";
    const { width, height } = inner();
    pen.globalAlpha = 0.3;
    pen.strokeRect(EDGE.left + 0.5, EDGE.top + 0.5, width - 1, height - 1);
    pen.globalAlpha = 1;
    for (const x of ticks(left, right, Math.max(4, width / 90))) pen.fillText(brief(x), toX(x), size.height - EDGE.bottom + 15);
    pen.fillText(data.titles[0], EDGE.left + width / 2, size.height - 6, width);
    pen.textAlign = "right";
    for (const y of ticks(low, high, Math.max(4, height / 50))) pen.fillText(brief(y), EDGE.left - 5, toY(y) + 4);
    pen.save();
    pen.translate(12, EDGE.top + height / 2);
    pen.rotate(-Math.PI / 2);
    pen.textAlign = "center";
    pen.fillText(data.titles[1], 0, 0, height);
    pen.restore();
  }

  function points(lines, paper) {
    for (let n = 0; n < plain.rows.length; n++) {
      if (hidden.has(plain.colour[n])) continue;
      const [x, y] = [pointX(n), pointY(n)];
      const scale = canvas.width / size.width;
      const chosen = !lines.length || lines.some((line) => pen.isPointInPath(line, x * scale, y * scale, "evenodd"));
      pen.globalAlpha = chosen ? 1 : 0.25;
      pen.fillStyle = plain.legend[plain.colour[n]][1];
      pen.strokeStyle = paper;
      pen.lineWidth = 0.5;
      pen.beginPath();
      pen.arc(x, y, 2.2, 0, 7);
      pen.fill();
      pen.stroke();
    }
    pen.globalAlpha = 1;
  }

  function draw() {
    const box = canvas.getBoundingClientRect();
    if (!box.width) return;
    size = { width: box.width, height: box.height };
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(box.width * scale);
    canvas.height = Math.round(box.height * scale);
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    const style = getComputedStyle(root);
    const { width, height } = inner();
    axes(style.color);
    pen.save();
    pen.beginPath();
    pen.rect(EDGE.left, EDGE.top, width, height);
    pen.clip();
    pen.imageSmoothingEnabled = false;
    if (plain.picture.complete) pen.drawImage(plain.picture, EDGE.left, EDGE.top, width, height);
    const lines = data.shapes.map(outline);
    if (!root.dataset.bare) points(lines, style.getPropertyValue("--st-background-color") || "#fff");
    pen.lineWidth = 2;
    pen.strokeStyle = style.getPropertyValue("--st-primary-color") || style.color;
    for (const line of lines) pen.stroke(line);
    if (data.mark) cross(toX(data.mark[0]), toY(data.mark[1]), style.color);
    if (root.path) pen.stroke(drawing());
    pen.restore();
  }

  function cross(x, y, ink) {
    pen.save();
    pen.strokeStyle = ink;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(x, y, 8, 0, 7);
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      pen.moveTo(x + 5 * dx, y + 5 * dy);
      pen.lineTo(x + 15 * dx, y + 15 * dy);
    }
    pen.stroke();
    pen.restore();
  }

  function drawing() {
    const line = new Path2D();
    const [first, last] = [root.path[0], root.path[root.path.length - 1]];
    if (root.dataset.tool === "box") line.rect(first[0], first[1], last[0] - first[0], last[1] - first[1]);
    else root.path.forEach(([x, y], corner) => line[corner ? "lineTo" : "moveTo"](x, y));
    return line;
  }

  // the point at the mouse that has an image, else the nearest one, else -1
  function pointAt([x, y], sheet) {
    let [best, place] = [2 * REACH ** 2, -1];
    for (let n = 0; n < plain.rows.length; n++) {
      const far = (pointX(n) - x) ** 2 + (pointY(n) - y) ** 2;
      if (far >= REACH ** 2 || hidden.has(plain.colour[n]) || root.dataset.bare) continue;
      const rank = sheet?.places.has(plain.rows[n]) ? far : far + REACH ** 2;
      if (rank < best) [best, place] = [rank, n];
    }
    return place;
  }

  function tell(event) {
    const [x, y] = at(event);
    const sheet = window.coresetMapImages?.get(data.images);
    const n = pointAt([x, y], sheet);
    tip.hidden = ring.hidden = n < 0;
    if (n < 0) {
      said.textContent = `${brief(fromX(x))}, ${brief(fromY(y))}`;
      return;
    }
    const [legend, colour] = plain.legend[plain.colour[n]];
    const state = (kept[n >> 3] >> (n & 7)) & 1 ? "in the coreset" : "not in the coreset";
    said.textContent = `Row ${plain.rows[n]}, ${plain.texts[plain.caption[n]]}`;
    tip.querySelector("b").textContent = `Row ${plain.rows[n]}`;
    const words = new Set([plain.texts[plain.caption[n]], legend, state]);
    tip.querySelector("span").textContent = [...words].join(", ");
    tip.querySelector("i").style.background = colour;
    picture(sheet, sheet?.places.get(plain.rows[n]));
    Object.assign(ring.style, { left: `${pointX(n)}px`, top: `${pointY(n)}px` });
    beside(event.clientX, event.clientY);
  }

  // draw one image at its own size; the page enlarges it by a whole factor without interpolation
  function picture(sheet, place) {
    const image = tip.querySelector("canvas");
    image.hidden = place === undefined || !(sheet.picture instanceof ImageBitmap);
    if (image.hidden) return;
    const { width, height, columns } = sheet;
    Object.assign(image, { width, height });
    const zoom = Math.max(4, Math.round(TIP / width));
    Object.assign(image.style, { width: `${zoom * width}px`, height: `${zoom * height}px` });
    const [left, top] = [(place % columns) * width, Math.floor(place / columns) * height];
    image.getContext("2d").drawImage(sheet.picture, left, top, width, height, 0, 0, width, height);
  }

  // to the right of the mouse and below it, where the window has room
  function beside(x, y) {
    const { width, height } = tip.getBoundingClientRect();
    tip.style.left = `${x + 18 + width < window.innerWidth ? x + 18 : Math.max(0, x - 18 - width)}px`;
    tip.style.top = `${Math.max(0, Math.min(y + 14, window.innerHeight - height - 4))}px`;
  }

  function leave() {
    said.textContent = "";
    tip.hidden = ring.hidden = true;
  }

  function finish(more) {
    const [kind, drawn] = [root.dataset.tool, root.path];
    root.path = null;
    const reach = Math.max(...drawn.map(([x, y]) => Math.hypot(x - drawn[0][0], y - drawn[0][1])));
    const corners = reach <= CLICK ? drawn.slice(0, 1) : kind === "box" ? [drawn[0], drawn[drawn.length - 1]] : drawn;
    setTriggerValue("drawn", {
      kind: reach <= CLICK ? "click" : kind,
      x: corners.map(([x]) => fromX(x)),
      y: corners.map(([, y]) => fromY(y)),
      more,
    });
    draw();
  }

  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [
      Math.min(size.width - EDGE.right, Math.max(EDGE.left, event.clientX - box.left)),
      Math.min(size.height - EDGE.bottom, Math.max(EDGE.top, event.clientY - box.top)),
    ];
  };
  canvas.onpointerdown = (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    leave();
    root.path = [at(event)];
  };
  canvas.onpointermove = (event) => {
    if (!root.path) return event.pointerType === "touch" || tell(event);
    root.path.push(at(event));
    draw();
  };
  canvas.onpointerup = (event) => root.path && finish(event.shiftKey);
  canvas.onpointercancel = stop;
  canvas.onpointerleave = leave;

  function stop() {
    root.path = null;
    draw();
  }

  function escape(event) {
    if (event.key !== "Escape" || document.querySelector(BUSY)) return;
    if (event.composedPath()[0].matches?.("input, textarea, select")) return;
    if (root.path) stop();
    else if (data.shapes.length) setTriggerValue("drawn", { kind: "clear", x: [], y: [], more: false });
  }

  root.dataset.tool ??= "lasso";
  const tools = [...root.querySelectorAll("[data-tool]")];
  const press = (tool) => {
    root.dataset.tool = tool;
    for (const button of tools) button.setAttribute("aria-pressed", button.dataset.tool === tool);
  };
  for (const button of tools) button.onclick = () => press(button.dataset.tool);
  press(root.dataset.tool);
  const dots = root.querySelector(".dots");
  dots.onclick = () => {
    root.dataset.bare = root.dataset.bare ? "" : "bare";
    dots.setAttribute("aria-pressed", !root.dataset.bare);
    draw();
  };
  canvas.setAttribute("aria-label", data.about);
  drawLegend(root, plain.legend, hidden, draw);
  window.coresetMapDrawn = true; // now there is time for the images
  root.forget?.(); // Streamlit calls what is returned when the element goes, not before it shows other data
  const watch = new ResizeObserver(draw);
  watch.observe(canvas);
  plain.picture.addEventListener("load", draw);
  document.addEventListener("keydown", escape, true);
  root.forget = () => {
    watch.disconnect();
    plain.picture.removeEventListener("load", draw);
    document.removeEventListener("keydown", escape, true);
  };
  return root.forget;
}

// The places in the legend whose points are hidden; kept with the element until it has another legend.
function hiddenBy(root, legend) {
  const texts = JSON.stringify(legend.map(([text]) => text));
  if (root.legendTexts !== texts) [root.legendTexts, root.hiddenPlaces] = [texts, new Set()];
  return root.hiddenPlaces;
}

// Entries that hide and show their points: a click one of them; a double click, or with Shift, all others.
function drawLegend(root, legend, hidden, draw) {
  const entries = legend.map(([text, colour]) => {
    const entry = document.createElement("button");
    const dot = document.createElement("i");
    Object.assign(entry, { type: "button", title: "Click: hide or show. Double click or Shift: only this one." });
    dot.style.background = dot.style.borderColor = colour;
    entry.append(dot, text);
    return entry;
  });
  const [note, every] = root.querySelectorAll(".note > *");
  const show = () => {
    entries.forEach((entry, place) => entry.setAttribute("aria-pressed", !hidden.has(place)));
    every.hidden = !hidden.size;
    note.textContent = hidden.size ? `${hidden.size} hidden. An area still takes all samples within it.` : "";
    draw();
  };
  const set = (places) => {
    hidden.clear();
    for (const place of places) hidden.add(place);
    show();
  };
  const others = (place) => entries.map((_, other) => other).filter((other) => other !== place);
  const only = (place, before) => set(before.size === entries.length - 1 && !before.has(place) ? [] : others(place));
  let before = new Set();
  entries.forEach((entry, place) => {
    entry.onclick = ({ detail, shiftKey }) => {
      if (detail === 2) return only(place, before); // of two clicks the first has hidden or shown it already
      before = new Set(hidden);
      if (shiftKey) return only(place, before);
      if (detail < 2) set(hidden.has(place) ? [...hidden].filter((other) => other !== place) : [...hidden, place]);
    };
  });
  every.onclick = () => {
    set([]);
    entries[0].focus({ preventScroll: true });
  };
  const box = root.querySelector(".legend");
  const held = [...box.children].indexOf(box.getRootNode().activeElement);
  box.replaceChildren(...entries);
  // one stop of the Tab key for all classes; arrows go from one to the next
  const stop = (chosen) => entries.forEach((entry) => (entry.tabIndex = entry === chosen ? 0 : -1));
  for (const entry of entries) entry.onfocus = () => stop(entry);
  stop(entries[Math.max(0, Math.min(held, entries.length - 1))]);
  if (held >= 0) entries[Math.min(held, entries.length - 1)]?.focus({ preventScroll: true });
  box.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const place = entries.indexOf(event.target) + (step ?? 0);
    if (!step || !entries.includes(event.target)) return;
    event.preventDefault();
    entries[Math.min(entries.length - 1, Math.max(0, place))].focus();
  };
  show();
}
