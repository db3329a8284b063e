// Small parts that replay.js and replay_course.js share: elements, colours, and time that passes.
function replayElement(name, properties, ...children) {
  const { dataset, ...plain } = properties ?? {};
  const made = Object.assign(document.createElement(name), plain);
  Object.assign(made.dataset, dataset ?? {});
  made.append(...children);
  return made;
}

// a field under its label, as one element
function replayField(text, field) {
  field.setAttribute("aria-label", text); // a list under its label would have its entries in its name
  return replayElement("label", {}, replayElement("span", { textContent: text }), field);
}

function replaySelect(options, chosen, onChange) {
  const made = replayElement("select", {});
  made.append(...options.map(([value, text]) => replayElement("option", { value, textContent: text })));
  made.value = chosen;
  made.onchange = () => onChange(made.value);
  return made;
}

// any colour of a style sheet as [red, green, blue]
function replayRgb(colour) {
  const pen = (replayRgb.pen ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true }));
  pen.clearRect(0, 0, 1, 1);
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  return pen.getImageData(0, 0, 1, 1).data.slice(0, 3);
}

// the colours and the font of the page around an element
function replayStyle(root) {
  const style = getComputedStyle(root);
  const named = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  return {
    ink: style.color,
    paper: named("--st-background-color", "#ffffff"),
    accent: named("--st-primary-color", "#0072b2"),
    font: named("--st-font", "sans-serif"),
  };
}

// a canvas as large as it is shown, in px of the screen; returns its pen in px of the page, or null where it is not shown
function replayPen(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  if (!width || !height) return null;
  const scale = window.devicePixelRatio || 1;
  const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const pen = canvas.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  return { pen, width, height, scale };
}

function replayTicks(low, high, most) {
  const rough = (high - low) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const found = [];
  for (let n = Math.ceil(low / step); n * step <= high; n++) found.push(n * step);
  return found;
}

const replayBrief = (value) => String(Number(value.toPrecision(3)));

// no wish for stillness
function replayMayMove() {
  return !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

// A button and a slider over epochs. `onMove` hears of every place in time, a number from 1 to `epochs` that is whole
// when nothing plays. Returns { elements, place, play, pause, seek, isPlaying, setSpeed }.
function replayClock(root, epochs, speed, start, onMove) {
  const button = replayElement("button", { type: "button", className: "replay-play" });
  const slider = replayElement("input", { type: "range", min: 1, max: epochs, step: 1 });
  slider.setAttribute("aria-label", "Epoch");
  const told = replayElement("span", { className: "replay-epoch" });
  let [place, perSecond, last, frame] = [start, speed, 0, 0];

  function show() {
    const epoch = Math.round(place);
    if (Number(slider.value) !== epoch || !told.textContent) slider.value = epoch;
    const text = `epoch ${epoch} of ${epochs}`;
    if (told.textContent !== text) {
      told.textContent = text;
      slider.setAttribute("aria-valuetext", text);
    }
    onMove(place);
  }

  function step(now) {
    if (!root.isConnected) return pause();
    place = Math.min(epochs, place + (Math.min(100, now - last) / 1000) * perSecond);
    last = now;
    frame = place < epochs ? requestAnimationFrame(step) : 0;
    show();
    if (!frame) name();
  }

  function name() {
    button.textContent = frame ? "Pause" : "Play";
    root.dataset.playing = frame ? "yes" : "no";
  }

  function play() {
    if (frame || epochs < 2) return;
    if (place >= epochs) place = 1;
    frame = requestAnimationFrame((now) => {
      last = now;
      step(now);
    });
    name();
  }

  function pause() {
    cancelAnimationFrame(frame);
    frame = 0;
    name();
  }

  function seek(epoch) {
    pause();
    place = Math.min(epochs, Math.max(1, epoch));
    show();
  }

  root.onkeydown = (event) => {
    if (event.key.startsWith("Arrow")) event.stopPropagation(); // a page may have the same keys for something else
  };
  button.onclick = () => (frame ? pause() || seek(Math.round(place)) : play());
  slider.oninput = () => seek(Number(slider.value));
  name();
  return {
    elements: [button, slider, told],
    get place() { return place; },
    get isPlaying() { return frame !== 0; },
    play, pause, seek, show,
    setSpeed: (value) => (perSecond = value),
  };
}
