// Histogram of the scores, classes kept, and error norms of some samples: at rest as Python computed them, while the hand moves
// as the browser does.

// Width, font and colours of a chart's ground; they are asked for once per move of the hand, since the browser lays out the
// whole page to answer.
function groundOf(root, kept) {
  if (kept && root.ground) return root.ground;
  const style = getComputedStyle(root), line = style.getPropertyValue("--st-border-color") || "#ccc";
  const width = Math.max(120, root.clientWidth), scale = window.devicePixelRatio || 1;
  return (root.ground = { width, scale, font: `12px ${style.fontFamily}`, ink: style.color, line });
}

// A canvas as wide as its parent, for one drawing; returns its context and its size in CSS pixels.
function canvasOf(root, height, label, kept = false) {
  const canvas = root.querySelector("canvas") ?? root.appendChild(document.createElement("canvas"));
  const { width, scale, font, ink, line } = groundOf(root, kept);
  const fits = canvas.width === Math.round(width * scale) && canvas.height === Math.round(height * scale);
  if (!fits) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  }
  setAttributes(canvas, { role: "img", "aria-label": label });
  const pen = canvas.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  if (!kept || !fits) pen.font = font; // it asks for the page's styles
  return { canvas, pen, width, height, ink, line };
}

const shortNumber = (value) => (value === 0 ? "0" : Number(value.toPrecision(2)).toString());

// Round values from low to high for an axis, about `wanted` of them.
function ticksOf(low, high, wanted) {
  if (!Number.isFinite(high - low)) return []; // it would never come to an end
  const raw = (high - low) / wanted, power = 10 ** Math.floor(Math.log10(raw || 1));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= raw) ?? power;
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-6; at += step) found.push(at);
  return found;
}

// Strokes the upper edge of bars whose tops lie at these heights.
function outline(pen, tops, left, wide, colour) {
  pen.strokeStyle = colour;
  pen.beginPath();
  tops.forEach((top, bin) => {
    pen.lineTo(left + bin * wide, top);
    pen.lineTo(left + (bin + 1) * wide, top);
  });
  pen.stroke();
}

// `told`: {low, high, every, own, cut, label} of the exact scores.
function mountHistogram(root, live, told, colours) {
  const tip = htmlElement("div", { class: "tip", hidden: "" });
  root.append(tip);
  let shown = told;
  const draw = () => {
    const { result } = live;
    shown = result ? { ...result.bins, cut: result.threshold, label: told.label } : told;
    const { low, high, every, own, cut } = shown, height = 284;
    const all = every.reduce((sum, one) => sum + one, 0), kept = own.reduce((sum, one) => sum + one, 0);
    const alt = `Histogram of the ${told.label}: ${commas(kept)} of ${commas(all)} samples kept`;
    const { pen, width, ink, line } = canvasOf(root, height, alt, inHand(live));
    const box = { left: 46, right: width - 10, top: 34, bottom: height - 40 };
    const most = Math.log10(Math.max(10, ...every)), floor = Math.log10(0.7);
    const y = (count) => box.bottom - ((Math.log10(count) - floor) / (most * 1.04 - floor)) * (box.bottom - box.top);
    const x = (value) => box.left + ((value - low) / (high - low)) * (box.right - box.left);
    pen.fillStyle = ink;
    pen.strokeStyle = line;
    pen.textAlign = "right";
    for (let power = 0; power <= most; power++) {
      const at = Math.round(y(10 ** power)) + 0.5;
      pen.beginPath();
      pen.moveTo(box.left, at);
      pen.lineTo(box.right, at);
      pen.stroke();
      pen.fillText(commas(10 ** power), box.left - 5, at + 4);
    }
    const wide = (box.right - box.left) / every.length;
    for (const [counts, colour] of [[every, colours.all], [own, colours.kept]]) {
      pen.fillStyle = colour;
      pen.globalAlpha = counts === every ? 0.25 : 1; // all data: an outline with a pale ground, since black or white is heavy
      counts.forEach((count, bin) => {
        if (count) pen.fillRect(box.left + bin * wide, y(count), wide + 0.3, box.bottom - y(count));
      });
      pen.globalAlpha = 1;
      if (counts === every) outline(pen, every.map((count) => (count ? y(count) : box.bottom)), box.left, wide, colour);
    }
    pen.fillStyle = ink;
    pen.textAlign = "center";
    for (const at of ticksOf(low, high, 5)) if (x(at) < box.right - 12) pen.fillText(shortNumber(at), x(at), box.bottom + 15);
    pen.fillText(told.label, (box.left + box.right) / 2, height - 6);
    pen.textAlign = "left";
    pen.fillText("samples (log)", box.left - 40, 27);
    let at = box.left + 60;
    for (const [text, colour] of [["Full data", colours.all], ["coreset", colours.kept]]) {
      pen.fillStyle = colour;
      pen.fillRect(at, 5, 12, 9);
      pen.fillStyle = ink;
      pen.fillText(text, at + 17, 14);
      at += 34 + pen.measureText(text).width;
    }
    if (cut === null || cut === undefined) return;
    pen.fillStyle = colours.cut;
    pen.fillRect(x(cut) - 1, box.top - 6, 2, box.bottom - box.top + 6);
    pen.fillStyle = ink;
    pen.textAlign = x(cut) > width - 60 ? "right" : "left";
    pen.fillText("cut", x(cut) + (x(cut) > width - 60 ? -5 : 5), box.top + (x(cut) < box.left + 45 ? 8 : 0)); // below the axis's name
  };
  root.onpointermove = ({ offsetX, offsetY }) => {
    const { low, high, every, own } = shown;
    const bin = Math.floor(((offsetX - 46) / (root.clientWidth - 56)) * every.length);
    tip.hidden = !(bin >= 0 && bin < every.length);
    if (tip.hidden) return;
    const edge = (place) => shortNumber(low + ((high - low) * place) / every.length);
    tip.textContent = `${edge(bin)} to ${edge(bin + 1)}: ${commas(every[bin])} samples, ${commas(own[bin])} kept`;
    tip.style.left = `${Math.min(offsetX + 12, root.clientWidth - 190)}px`;
    tip.style.top = `${Math.max(0, offsetY - 34)}px`;
  };
  root.onpointerleave = () => (tip.hidden = true);
  return drawn(root, live, draw);
}

// Draws when something changes and when the width does, until the element is gone; while the hand moves, only what is on the
// screen.
function drawn(root, live, draw) {
  let hidden = false, due = false;
  const follow = () => {
    due = hidden && inHand(live);
    if (!due) draw();
  };
  const width = new ResizeObserver(() => {
    root.ground = null;
    draw();
  });
  const sight = new IntersectionObserver((entries) => {
    hidden = !entries.at(-1).isIntersecting;
    if (due) follow();
  });
  width.observe(root);
  sight.observe(root);
  const leave = listen(live, root, follow);
  return () => {
    width.disconnect();
    sight.disconnect();
    leave();
  };
}

// `told`: {names, counts: [[all, kept, A?], …], chosen}; a class is a button that shows its images.
function mountClasses(root, live, told, colours, choose) {
  const groups = [["Full data", colours.all], ["coreset", colours.kept], ["A", colours.a]].slice(0, told.counts[0]?.length ?? 2);
  const legend = htmlElement("div", { class: "legend" });
  for (const [text, colour] of groups) legend.append(htmlElement("span", {}, htmlElement("i", { style: `background:${colour}` }), text));
  const lines = told.names.map((name, c) => {
    const bars = groups.map(([, colour]) => htmlElement("b", { style: `background-image:linear-gradient(${colour},${colour})` }));
    const said = htmlElement("small", {});
    const line = htmlElement("button", { type: "button", "data-class": c }, htmlElement("span", { class: "name" }, name),
      htmlElement("span", { class: "bars" }, ...bars), htmlElement("span", {}, said));
    line.onclick = () => choose(name);
    return { line, bars, said, name };
  });
  root.append(legend, ...lines.map(({ line }) => line), htmlElement("p", {}, "share of the samples (%); the numbers are samples kept and in all"));
  return listen(live, root, ({ result }) => {
    const counts = told.counts.map((row, c) => (result ? [row[0], result.perClass[c], row[2]] : row));
    const sums = groups.map((_, g) => counts.reduce((sum, row) => sum + row[g], 0) || 1);
    if (live.run?.sampled && result) sums[1] = result.held || 1;
    const most = Math.max(...counts.flatMap((row) => groups.map((_, g) => row[g] / sums[g])), 1e-9);
    lines.forEach(({ line, bars, said, name }, c) => {
      bars.forEach((bar, g) => (bar.style.backgroundSize = `${(100 * counts[c][g]) / sums[g] / most}% 100%`));
      setText(said, `${commas(counts[c][1])} / ${commas(counts[c][0])}`);
      if (inHand(live)) return;
      const shares = groups.map(([text], g) => `${text} ${((100 * counts[c][g]) / sums[g]).toFixed(1)} %`).join(", ");
      setAttributes(line, { title: `Show its images. ${shares}`, "aria-pressed": told.chosen === name });
    });
  });
}

// `told`: {rows, captions, values (rows x epochs), asked, colours, epochs}; `asked` says that the rows were typed in and stay.
function mountCourses(root, live, told) {
  const legend = htmlElement("div", { class: "rows" });
  root.append(legend);
  const draw = () => {
    const { state, run, result } = live;
    let { rows, captions, values } = told;
    if (result && run && !told.asked && live.tiles?.length) {
      rows = live.tiles.slice(0, 6);
      captions = rows.map((row) => captionOf(run, row));
      values = rows.map((row) => courseOf(run, row));
    }
    const height = 250;
    const { pen, width, ink, line } = canvasOf(root, height, `Error norm over the epochs of samples ${rows.join(", ")}`,
      inHand(live));
    const box = { left: 40, right: width - 10, top: 24, bottom: height - 36 };
    const high = Math.max(1.45, ...values.map((one) => Math.max(...one)));
    const x = (epoch) => box.left + ((epoch - 0.5) / told.epochs) * (box.right - box.left);
    const y = (value) => box.bottom - (value / high) * (box.bottom - box.top);
    const windows = state ? windowsOf(state) : [];
    windows.forEach(([start, length], late) => {
      pen.fillStyle = late ? "rgba(0, 158, 115, 0.22)" : "rgba(230, 159, 0, 0.22)";
      pen.fillRect(x(start - 0.5), box.top, x(length) - x(0), box.bottom - box.top);
    });
    pen.strokeStyle = line;
    pen.fillStyle = ink;
    pen.textAlign = "right";
    for (const at of ticksOf(0, high, 4)) {
      pen.beginPath();
      pen.moveTo(box.left, Math.round(y(at)) + 0.5);
      pen.lineTo(box.right, Math.round(y(at)) + 0.5);
      pen.stroke();
      pen.fillText(shortNumber(at), box.left - 5, y(at) + 4);
    }
    pen.textAlign = "center";
    for (const at of ticksOf(1, told.epochs, 8).filter(Number.isInteger)) pen.fillText(at, x(at), box.bottom + 15);
    pen.fillText("epoch", (box.left + box.right) / 2, height - 6);
    pen.textAlign = "left";
    pen.fillText("error norm", 4, 14);
    pen.lineWidth = 1.8;
    values.forEach((course, place) => {
      pen.strokeStyle = told.colours[place % told.colours.length];
      pen.beginPath();
      course.forEach((value, t) => (t ? pen.lineTo(x(t + 1), y(value)) : pen.moveTo(x(1), y(value))));
      pen.stroke();
    });
    pen.lineWidth = 1;
    while (legend.children.length > rows.length) legend.lastChild.remove();
    rows.forEach((row, place) => {
      const entry = legend.children[place] ?? legend.appendChild(htmlElement("div", {}, htmlElement("div", {},
        htmlElement("i", { style: `background:${told.colours[place % told.colours.length]}` }), htmlElement("span", {}))));
      setText(entry.firstChild.lastChild, `row ${row}, ${captions[place]}`);
    });
  };
  return drawn(root, live, draw);
}

const placeOf = (run, row) => (run.sampled ? (run.places ??= new Map(Array.from(run.arrays.rows, (r, n) => [r, n]))).get(row) : row);

function courseOf(run, row) {
  const n = placeOf(run, row), found = new Float32Array(run.epochs);
  for (let t = 0; t < run.epochs; t++) found[t] = run.table[run.norms[t * run.count + n]];
  return found;
}

function captionOf(run, row) {
  const n = placeOf(run, row), { labels, classes, several } = run;
  if (!several) return classes[labels[n]];
  const own = classes.filter((_, c) => labels[n * classes.length + c]);
  return own.join("+") || "no label";
}
