// The course of one sample, drawn as it plays: the class predicted in every epoch, and strips of signals below it.
const REPLAY_COURSE = { right: 16, top: 22, bottom: 34, line: 22, strip: 76, gap: 18 };
const REPLAY_SHADES = ["rgba(230, 159, 0, 0.18)", "rgba(0, 158, 115, 0.18)"];

// Draws a course (explorer/course.py, or replayCourse) into an element and returns { update, seek, play, pause }. It is drawn
// whole until it is played.
//   options  theme  { kept, error }: colours of epochs as labelled and of others
function mountCourse(root, course, { theme }) {
  const canvas = replayElement("canvas", {});
  canvas.setAttribute("role", "img");
  const field = replayElement("div", { className: "replay-field" }, canvas);
  field.style.height = field.style.minHeight = `${replayCourseHeight(course)}px`;
  const words = replayElement("p", { className: "replay-said" });
  let [place, pointed] = [course.epochs, 0];
  const clock = replayClock(root, course.epochs, Math.max(1, course.epochs / 6), course.epochs, (moved) => {
    place = moved;
    draw();
  });

  function draw() {
    const made = replayPen(canvas);
    if (!made) return;
    replayCourseDraw({ ...made, style: replayStyle(root) }, course, theme, place, pointed);
    words.textContent = replayCourseWords(course, pointed || Math.round(place));
  }

  canvas.onpointermove = ({ clientX }) => {
    const box = canvas.getBoundingClientRect();
    const left = replayCourseLeft(box.width);
    const share = (clientX - box.left - left) / (box.width - left - REPLAY_COURSE.right);
    pointed = Math.min(course.epochs, Math.max(1, Math.round(0.5 + share * course.epochs)));
    draw();
  };
  canvas.onpointerleave = () => {
    pointed = 0;
    draw();
  };
  canvas.setAttribute("aria-label", `Class predicted and ${course.strips.map(({ name }) => name).join(", ")} over ${course.epochs} epochs`);
  root.classList.add("replay");
  root.replaceChildren(replayElement("div", { className: "replay-bar" }, ...clock.elements), field, words);
  new ResizeObserver(draw).observe(field);
  clock.show();
  return {
    ...{ seek: clock.seek, play: clock.play, pause: clock.pause },
    update(more) {
      theme = more.theme ?? theme;
      draw();
    },
  };
}

// room for the names of classes and signals
const replayCourseLeft = (width) => (width < 480 ? 104 : 132);

function replayCourseHeight({ lines, strips }) {
  const { top, bottom, line, strip, gap } = REPLAY_COURSE;
  return top + line * lines.length + strips.length * (strip + gap) + bottom;
}

function replayCourseWords(course, epoch) {
  const told = course.strips.map(({ name, values }) => `${name} ${replayBrief(values[epoch - 1])}`);
  const right = course.right[epoch - 1] ? "as labelled" : "another class";
  return [`Epoch ${epoch}: predicted ${course.predicted[epoch - 1]} (${right})`, ...told].join(" · ");
}

// draws everything up to a place in time, and a line at the epoch pointed at (0: none)
function replayCourseDraw({ pen, width, height, style }, course, theme, place, pointed) {
  const { right, top, bottom, line, strip, gap } = REPLAY_COURSE;
  const left = replayCourseLeft(width);
  const wide = width - left - right;
  const x = (epoch) => left + ((epoch - 0.5) / course.epochs) * wide; // epoch 1 lies in the middle of its share
  pen.clearRect(0, 0, width, height);
  pen.font = `12px ${style.font}`;
  const high = line * course.lines.length;
  const boxes = [[top, high], ...course.strips.map((_, one) => [top + high + gap + one * (strip + gap), strip])];
  for (const [from, tall] of boxes) replayCourseBox({ pen, style }, course, x, left, wide, from, tall);
  pen.fillStyle = style.ink;
  course.windows.forEach(({ name, start, end }) => {
    pen.textAlign = "center";
    pen.fillText(name, (x(start) + x(end)) / 2, top - 7);
  });
  replayCourseLines({ pen, style }, course, theme, x, place, left);
  course.strips.forEach((one, number) => replayCourseStrip({ pen, style }, one, theme, x, place, [left, ...boxes[number + 1]]));
  pen.fillStyle = pen.strokeStyle = style.ink;
  pen.textAlign = "center";
  const ticks = replayTicks(1, course.epochs, wide / 50).filter(Number.isInteger);
  for (const epoch of ticks) pen.fillText(epoch, x(epoch), height - bottom + 15);
  pen.fillText("epoch", left + wide / 2, height - 4);
  if (!pointed && place >= course.epochs) return;
  pen.globalAlpha = 0.6;
  pen.beginPath();
  pen.moveTo(x(pointed || place), top);
  pen.lineTo(x(pointed || place), height - bottom);
  pen.stroke();
  pen.globalAlpha = 1;
}

function replayCourseBox({ pen, style }, course, x, left, wide, top, high) {
  const half = (x(2) - x(1)) / 2;
  course.windows.forEach(({ start, end }, one) => {
    pen.fillStyle = REPLAY_SHADES[course.windows.length === 1 ? 0 : one];
    pen.fillRect(x(start) - half, top, x(end) - x(start) + 2 * half, high);
  });
  pen.strokeStyle = style.ink;
  pen.globalAlpha = 0.25;
  pen.strokeRect(left + 0.5, top + 0.5, wide - 1, high - 1);
  pen.globalAlpha = 1;
}

// stretches of equal predictions, each on the line of its class; an epoch covers its share from edge to edge
function replayCourseLines({ pen, style }, course, theme, x, place, left) {
  const { top, line } = REPLAY_COURSE;
  pen.textAlign = "left";
  pen.fillStyle = style.ink;
  course.lines.forEach((name, one) => pen.fillText(replayShort(pen, name, left - 12), 4, top + line * one + line / 2 + 4));
  const half = (x(2) - x(1)) / 2;
  const until = place >= course.epochs ? Infinity : x(place);
  for (let first = 0, t = 1; t <= course.epochs; t++) {
    if (t < course.epochs && course.line[t] === course.line[first] && course.right[t] === course.right[first]) continue;
    const from = x(first + 1) - half;
    pen.fillStyle = course.right[first] ? theme.kept : theme.error;
    pen.fillRect(from, top + line * course.line[first] + 5, Math.max(0, Math.min(x(t) + half, until) - from), line - 10);
    first = t;
  }
}

function replayCourseStrip({ pen, style }, { name, values, limits: [low, high] }, theme, x, place, [left, top, tall]) {
  const y = (value) => top + tall - ((value - low) / (high - low)) * tall;
  pen.fillStyle = style.ink;
  pen.textAlign = "left";
  pen.fillText(name, 4, top + tall / 2 + 4);
  pen.textAlign = "right";
  pen.fillText(replayBrief(high), left - 5, top + 11);
  pen.fillText(replayBrief(low), left - 5, top + tall - 2);
  const at = (epoch) => y(replayAt(values, 1, 0, epoch));
  pen.strokeStyle = pen.fillStyle = theme.kept;
  pen.lineWidth = 1.6;
  pen.lineJoin = "round";
  pen.beginPath();
  pen.moveTo(x(1), at(1));
  for (let t = 2; t <= place; t++) pen.lineTo(x(t), at(t));
  pen.lineTo(x(place), at(place));
  pen.stroke();
  pen.lineWidth = 1;
  pen.beginPath();
  pen.arc(x(place), at(place), 3, 0, 7);
  pen.fill();
}

function replayShort(pen, text, width) {
  if (pen.measureText(text).width <= width) return text;
  let short = text;
  while (short && pen.measureText(`${short}…`).width > width) short = short.slice(0, -1);
  return `${short}…`;
}

// the course of a sample of a replay's pack, for pages that have nothing else of it; null for a row that is not in it
function replayCourse(pack, row, windows = []) {
  const sample = pack.arrays.rows.indexOf(row);
  if (sample < 0 || !pack.arrays.prediction) return null;
  const every = (array) => Array.from({ length: pack.epochs }, (_, t) => array[t * pack.count + sample]);
  const classes = every(pack.arrays.prediction);
  const label = pack.arrays.label[sample];
  const shown = [label, ...new Set(classes.filter((c) => c !== label))];
  const strips = [["error_norm", "error norm"], ["target_probability", "p of the label"], ["margin", "margin"]];
  return {
    row, windows,
    epochs: pack.epochs,
    lines: shown.map((c) => pack.names[c]),
    line: classes.map((c) => shown.indexOf(c)),
    right: classes.map((c) => Number(c === label)),
    predicted: classes.map((c) => pack.names[c]),
    strips: strips.map(([key, name]) => ({
      name, values: every(replayValues(pack, key)), limits: key === "error_norm" ? [0, 1.5] : pack.signals[key],
    })),
  };
}
