// A map of samples: densities as a picture, a few samples as points, areas that are drawn with a lasso or as a box. Python
// hears of an area once, when it is finished, and applies it to all samples; it also finds the sample nearest to a click.
const EDGE = { left: 52, right: 10, top: 8, bottom: 40 };
const FULL = 65535;
const REACH = 8; // px from the mouse to a point that is told
const CLICK = 4; // px that a click may move

// what does not change with the areas comes through an element of its own, which is sent once and not with every area
export default function mount(component) {
  const plain = window.coresetMaps?.get(component.data.name);
  if (!plain) {
    const later = setTimeout(() => mount(component), 30);
    return () => clearTimeout(later);
  }
  return show(component, plain);
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
  const [left, right, low, high] = plain.limits;
  const pen = canvas.getContext("2d");
  let path = null; // what is being drawn: [[x, y], ...] in px
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
    for (const x of ticks(left, right, width / 90)) pen.fillText(brief(x), toX(x), size.height - EDGE.bottom + 15);
    pen.fillText(data.titles[0], EDGE.left + width / 2, size.height - 6, width);
    pen.textAlign = "right";
    for (const y of ticks(low, high, height / 50)) pen.fillText(brief(y), EDGE.left - 5, toY(y) + 4);
    pen.save();
    pen.translate(12, EDGE.top + height / 2);
    pen.rotate(-Math.PI / 2);
    pen.textAlign = "center";
    pen.fillText(data.titles[1], 0, 0, height);
    pen.restore();
  }

  function points(lines, paper) {
    for (let n = 0; n < plain.rows.length; n++) {
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
    if (path) pen.stroke(drawing());
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
    const [first, last] = [path[0], path[path.length - 1]];
    if (root.dataset.tool === "box") line.rect(first[0], first[1], last[0] - first[0], last[1] - first[1]);
    else path.forEach(([x, y], corner) => line[corner ? "lineTo" : "moveTo"](x, y));
    return line;
  }

  function tell([x, y]) {
    let [best, place] = [REACH ** 2, -1];
    for (let n = 0; n < plain.rows.length; n++) {
      const far = (pointX(n) - x) ** 2 + (pointY(n) - y) ** 2;
      if (far < best) [best, place] = [far, n];
    }
    const where = `${brief(fromX(x))}, ${brief(fromY(y))}`;
    said.textContent = place < 0 ? where : `Row ${plain.rows[place]}, ${plain.texts[plain.caption[place]]}`;
  }

  function finish(more) {
    const [kind, drawn] = [root.dataset.tool, path];
    path = null;
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
    path = [at(event)];
  };
  canvas.onpointermove = (event) => {
    if (!path) return tell(at(event));
    path.push(at(event));
    draw();
  };
  canvas.onpointerup = (event) => path && finish(event.shiftKey);
  canvas.onpointercancel = () => {
    path = null;
    draw();
  };
  canvas.onpointerleave = () => {
    said.textContent = "";
  };

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
  root.querySelector(".legend").replaceChildren(
    ...plain.legend.map(([text, colour]) => {
      const entry = document.createElement("span");
      const dot = document.createElement("i");
      dot.style.background = colour;
      entry.append(dot, text);
      return entry;
    }),
  );
  const watch = new ResizeObserver(draw);
  watch.observe(canvas);
  plain.picture.addEventListener("load", draw);
  return () => {
    watch.disconnect();
    plain.picture.removeEventListener("load", draw);
  };
}
