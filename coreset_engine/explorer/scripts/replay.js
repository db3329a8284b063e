// A run played epoch by epoch: every sample flies over the plane of two numbers of it.
const REPLAY_SECONDS = 12; // that a whole run takes at first
const REPLAY_COLOURS = { class: "class", now: "p of the label in this epoch", injected: "injected errors", coreset: "coreset" };
const REPLAY_FIFTHS = ["p of the label 0–0.2", "0.2–0.4", "0.4–0.6", "0.6–0.8", "0.8–1"];

// Draws a replay into an element and returns { update, seek, play, pause, choose, draw }; `update` takes new options.
//   pack     of unpack()
//   options  theme     { palette: colours of the classes, kept, rest, error: colours, ramp: five colours from bad to good }
//            axes      two keys of replayAxes(), with which it begins
//            kept      (count) whether the coreset has a sample; that of the pack by default
//            onChoose  called with the row of a sample that is to be looked at
function mountReplay(root, pack, options) {
  let { theme, onChoose, kept = pack.arrays.kept } = options;
  const [x, y] = replayBegins(pack, options.axes);
  const look = { x, y, by: pack.by_class ? "class" : "now", hidden: new Set(), chosen: [], place: 1 };
  let [picture, canvas, pointed] = [null, replayElement("canvas", {}), -1];
  canvas.setAttribute("role", "img");
  const field = replayElement("div", { className: "replay-field" }, canvas);
  const tip = replayElement("div", { className: "replay-tip", hidden: true });
  tip.setAttribute("aria-hidden", "true");
  field.append(tip);
  const legend = replayElement("div", { className: "replay-legend" });
  legend.setAttribute("role", "group");
  legend.setAttribute("aria-label", "Legend; a press hides or shows");
  const trails = replayElement("div", { className: "replay-trails" });
  const about = replayElement("p", { className: "replay-about" });
  const usual = Math.max(1, pack.epochs / REPLAY_SECONDS);
  const clock = replayClock(root, pack.epochs, usual, replayMayMove() ? 1 : pack.epochs, (place) => {
    look.place = place;
    draw();
  });

  function draw() {
    picture ??= replayPicture(canvas, root, pack, [look.x, look.y]);
    if (!picture) return;
    if (look.by === "now") replayFifths(pack, look);
    replayDraw(picture, pack, look);
    if (pointed >= 0) point();
  }

  function redraw() {
    picture = null;
    draw();
  }

  function colour() {
    const { colours, texts, colourOf } = replayColouring(pack, look.by, theme, kept);
    Object.assign(look, { colours: colours.map((one) => replayRgb(one)), colourOf });
    const entries = texts.map((text, place) => replayLegendEntry(text, colours[place], place, look, draw));
    legend.replaceChildren(...entries.filter((_, place) => look.by === "now" || colourOf.includes(place)));
    if (pack.errors[0]) legend.append(replayElement("span", { className: "replay-diamond", textContent: "◆ injected label error" }));
    draw();
    list();
  }

  function choose(samples) {
    look.chosen = samples;
    list();
    draw();
  }

  // the samples with a trail, each with a button that opens it and one that takes its trail away
  function list() {
    const entries = look.chosen.map((sample) => {
      const row = pack.arrays.rows[sample];
      const open = replayElement("button", { type: "button", textContent: `Row ${row}, ${pack.names[pack.arrays.label[sample]]}` });
      open.title = "Open this sample";
      open.dataset.row = row;
      open.disabled = !onChoose;
      open.onclick = () => onChoose(row);
      const less = replayElement("button", { type: "button", textContent: "×" });
      less.setAttribute("aria-label", `Take away the trail of row ${row}`);
      less.onclick = () => choose(look.chosen.filter((other) => other !== sample));
      return replayElement("span", { className: "replay-chip" }, open, less);
    });
    trails.replaceChildren(...entries);
    if (!entries.length) trails.append("Click a sample to see its trail; Shift-click adds one.");
    else {
      const none = replayElement("button", { type: "button", textContent: "Clear trails" });
      none.onclick = () => choose([]);
      trails.append(none);
    }
  }

  function add(sample, isMore) {
    const others = isMore ? look.chosen.filter((other) => other !== sample) : [];
    choose([...others, sample]);
  }

  function point() {
    const words = replayWords(pack, pointed, Math.round(look.place));
    const numbers = picture.axes.map(({ values }) => replayBrief(replayAt(values, pack.count, pointed, look.place)));
    tip.textContent = [`Row ${pack.arrays.rows[pointed]}`, ...words, `(${numbers.join(", ")})`].join(" · ");
    const left = REPLAY_EDGE.left + (picture.x[pointed] - picture.room) / picture.scale;
    const top = REPLAY_EDGE.top + (picture.y[pointed] - picture.room) / picture.scale;
    const isRight = left > picture.width / 2;
    tip.style.left = isRight ? "" : `${left + 14}px`;
    tip.style.right = isRight ? `${picture.width - left + 14}px` : "";
    tip.style.top = `${Math.max(0, top - 12)}px`;
  }

  const nearest = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    return picture ? replayNearest(picture, pack, look, clientX - box.left, clientY - box.top) : -1;
  };
  canvas.onpointermove = (event) => {
    pointed = event.pointerType === "touch" ? -1 : nearest(event);
    tip.hidden = pointed < 0;
    canvas.style.cursor = pointed < 0 ? "" : "pointer";
    if (pointed >= 0) point();
  };
  canvas.onpointerleave = () => {
    pointed = -1;
    tip.hidden = true;
  };
  canvas.onclick = (event) => {
    const sample = nearest(event);
    if (sample >= 0) add(sample, event.shiftKey);
  };

  const row = replayElement("input", { type: "number", min: 0, max: pack.total - 1, step: 1, placeholder: "row" });
  const missing = replayElement("span", { className: "replay-missing" });
  missing.setAttribute("role", "status");
  row.onchange = () => {
    const sample = row.value === "" ? -1 : pack.arrays.rows.indexOf(Number(row.value));
    missing.textContent = sample < 0 && row.value !== "" ? `Row ${row.value} is not among those played.` : "";
    if (sample >= 0) add(sample, true);
  };
  const axis = (text, name) =>
    replayField(text, replaySelect(replayAxes(pack), look[name], (key) => {
      look[name] = key;
      tell();
      redraw();
    }));
  const colourings = Object.entries(REPLAY_COLOURS).filter(([by]) => by !== "class" || pack.by_class)
    .filter(([by]) => (by !== "coreset" || kept) && (by !== "injected" || pack.arrays.injected.some(Boolean)));
  const speeds = [0.25, 0.5, 1, 2, 4].map((factor) => [factor, replayBrief(usual * factor)]);

  function tell() {
    canvas.setAttribute("aria-label", `${pack.count} samples: ${replayTitle(pack, look.x)} across, ${replayTitle(pack, look.y)} upwards`);
    const shows = (plane) => [look.x, look.y].some((key) => key.startsWith(plane));
    const words = [replayAbout(pack)];
    if (shows("pc") || !pack.snapshots.length) words.push(replayFeaturesAbout(pack));
    if (shows("umap")) words.push(replayUmapAbout(pack));
    about.textContent = words.join(" ");
  }

  root.classList.add("replay");
  root.replaceChildren(
    replayElement("div", { className: "replay-bar" }, ...clock.elements),
    field,
    legend,
    replayElement("div", { className: "replay-bar replay-fields" },
      axis("X axis", "x"), axis("Y axis", "y"),
      replayField("Colour", replaySelect(colourings, look.by, (by) => {
        look.by = by;
        look.hidden.clear();
        colour();
      })),
      replayField("Speed (epochs/s)", replaySelect(speeds, 1, (factor) => clock.setSpeed(usual * factor))),
      replayField("Trail of row", row), missing),
    trails,
    about,
  );
  look.place = clock.place;
  tell();
  colour();
  clock.show();
  new ResizeObserver(redraw).observe(field);
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    seen.disconnect();
    clock.play();
  }, { threshold: 0.3 });
  if (replayMayMove()) seen.observe(field); // plays once it is seen
  return {
    ...{ seek: clock.seek, play: clock.play, pause: clock.pause, draw, look },
    choose: (rows) => choose(rows.map((one) => pack.arrays.rows.indexOf(one)).filter((sample) => sample >= 0)),
    update(more) {
      ({ theme, onChoose, kept } = { theme, onChoose, kept, ...more });
      if (!more.theme && look.by !== "coreset") return; // another coreset is not seen
      picture = null;
      colour();
    },
  };
}

function replayLegendEntry(text, colour, place, look, draw) {
  const dot = replayElement("i", {});
  dot.style.background = colour;
  const entry = replayElement("button", { type: "button" }, dot, text);
  const show = () => entry.setAttribute("aria-pressed", !look.hidden.has(place));
  entry.onclick = () => {
    if (!look.hidden.delete(place)) look.hidden.add(place);
    show();
    draw();
  };
  show();
  return entry;
}

// the colours of the samples: { colours, texts, colourOf (count) }
function replayColouring(pack, by, theme, kept) {
  const { label, injected } = pack.arrays;
  if (by === "class") {
    const colours = pack.names.map((_, c) => theme.palette[c % theme.palette.length]);
    return { colours, texts: pack.names, colourOf: label };
  }
  if (by === "now") return { colours: theme.ramp, texts: REPLAY_FIFTHS, colourOf: new Uint8Array(pack.count) };
  if (by === "coreset") {
    const colourOf = Uint8Array.from(label, (_, s) => (kept[s] ? 0 : 1));
    return { colours: [theme.kept, theme.rest], texts: ["in the coreset", "not in the coreset"], colourOf };
  }
  const colours = [theme.rest, theme.palette[3], theme.palette[2], theme.error];
  return { colours, texts: pack.kinds, colourOf: injected };
}

function replayFifths(pack, look) {
  const codes = pack.arrays.target_probability;
  const from = (Math.round(look.place) - 1) * pack.count;
  for (let s = 0; s < pack.count; s++) look.colourOf[s] = Math.min(4, Math.floor((5 * codes[from + s]) / pack.full));
}
