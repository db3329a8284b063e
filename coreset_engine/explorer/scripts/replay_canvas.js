// Draws the samples of a replay at one place in time on a canvas: points straight into its pixels, since 4,000 circles drawn
// one by one take more than a frame; axes, trails and rings with the pen.
const REPLAY_EDGE = { left: 56, right: 12, top: 10, bottom: 42 };
const REPLAY_PHASES = 4; // places between two px at which a point can lie

// A point's pixels for each place between px: offsets in the data of a picture so wide, and how much they cover.
function replaySprites(radius, isDiamond, wide) {
  const reach = Math.ceil(radius) + 1;
  const found = [];
  for (let py = 0; py < REPLAY_PHASES; py++) {
    for (let px = 0; px < REPLAY_PHASES; px++) {
      const [offsets, covers] = [[], []];
      for (let dy = -reach; dy <= reach; dy++) {
        for (let dx = -reach; dx <= reach; dx++) {
          const [x, y] = [dx - px / REPLAY_PHASES, dy - py / REPLAY_PHASES];
          const far = isDiamond ? Math.abs(x) + Math.abs(y) : Math.hypot(x, y);
          const cover = Math.min(1, Math.max(0, radius + 0.5 - far));
          if (cover > 0) {
            offsets.push(4 * (dy * wide + dx));
            covers.push(cover);
          }
        }
      }
      found.push({ offsets: Int32Array.from(offsets), covers: Float32Array.from(covers) });
    }
  }
  return found;
}

function replayStamp(data, wide, sprites, x, y, colour, opacity) {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const phase = Math.floor((y - top) * REPLAY_PHASES) * REPLAY_PHASES + Math.floor((x - left) * REPLAY_PHASES);
  const { offsets, covers } = sprites[phase];
  const at = 4 * (top * wide + left);
  const [red, green, blue] = colour;
  for (let n = 0; n < offsets.length; n++) {
    const pixel = at + offsets[n];
    const cover = covers[n] * opacity;
    data[pixel] += (red - data[pixel]) * cover;
    data[pixel + 1] += (green - data[pixel + 1]) * cover;
    data[pixel + 2] += (blue - data[pixel + 2]) * cover;
  }
}

// The picture of a canvas, as long as its size and its axes stay: where numbers lie, the pixels, the frame around them.
function replayPicture(canvas, root, pack, [x, y]) {
  const made = replayPen(canvas);
  if (!made) return null;
  const { pen, width, height, scale } = made;
  const style = replayStyle(root);
  const inner = { width: width - REPLAY_EDGE.left - REPLAY_EDGE.right, height: height - REPLAY_EDGE.top - REPLAY_EDGE.bottom };
  if (inner.width < 40 || inner.height < 40) return null;
  const axes = [x, y].map((key) => ({ title: replayTitle(pack, key), values: replayValues(pack, key), limits: replayLimits(pack, key) }));
  const room = Math.ceil(8 * scale); // around the pixels, so that no point leaves them
  const wide = Math.round(inner.width * scale) + 2 * room;
  const high = Math.round(inner.height * scale) + 2 * room;
  const image = pen.createImageData(wide, high);
  const small = inner.width < 500;
  const picture = {
    pen, width, height, scale, style, inner, axes, room, wide, high, image,
    words: new Uint32Array(image.data.buffer),
    empty: replayWord(replayRgb(style.paper)),
    dots: replaySprites((small ? 1.7 : 2.3) * scale, false, wide),
    diamonds: replaySprites((small ? 3.2 : 4.2) * scale, true, wide),
    outlines: replaySprites((small ? 4.4 : 5.6) * scale, true, wide),
    ink: replayRgb(style.ink),
    x: new Float32Array(pack.count),
    y: new Float32Array(pack.count),
  };
  replayFrame(picture);
  return picture;
}

function replayWord([red, green, blue]) {
  return new Uint32Array(Uint8Array.of(red, green, blue, 255).buffer)[0];
}

const replayX = ({ axes: [{ limits: [low, high] }], inner }, value) =>
  REPLAY_EDGE.left + ((value - low) / (high - low)) * inner.width;
const replayY = ({ axes: [, { limits: [low, high] }], inner }, value) =>
  REPLAY_EDGE.top + ((high - value) / (high - low)) * inner.height;

function replayFrame(picture) {
  const { pen, width, height, style, inner, axes } = picture;
  pen.clearRect(0, 0, width, height);
  pen.fillStyle = pen.strokeStyle = style.ink;
  pen.font = `12px ${style.font}`;
  pen.textAlign = "center";
  const [across, upwards] = axes.map(({ limits }, one) => replayTicks(...limits, one ? inner.height / 50 : inner.width / 70));
  for (const value of across) pen.fillText(replayBrief(value), replayX(picture, value), height - REPLAY_EDGE.bottom + 15);
  pen.fillText(axes[0].title, REPLAY_EDGE.left + inner.width / 2, height - 7, inner.width);
  pen.textAlign = "right";
  for (const value of upwards) pen.fillText(replayBrief(value), REPLAY_EDGE.left - 5, replayY(picture, value) + 4);
  pen.save();
  pen.translate(12, REPLAY_EDGE.top + inner.height / 2);
  pen.rotate(-Math.PI / 2);
  pen.textAlign = "center";
  pen.fillText(axes[1].title, 0, 0, inner.height);
  pen.restore();
}

// Draws one moment. `look` says: place in time, colours [[r, g, b], ...], colourOf (a place in them per sample), hidden
// (places of colours that are not drawn), chosen (samples with a trail).
function replayDraw(picture, pack, look) {
  const { pen, image, words, room, wide, scale, inner, x, y, style } = picture;
  replayPlaces(picture, pack, look.place);
  words.fill(picture.empty);
  const { data } = image;
  const { injected } = pack.arrays;
  for (const marked of [false, true]) { // label errors last, so that nothing covers them
    for (let s = 0; s < pack.count; s++) {
      if ((injected[s] === 3) !== marked || look.hidden.has(look.colourOf[s])) continue;
      const colour = look.colours[look.colourOf[s]];
      if (marked) replayStamp(data, wide, picture.outlines, x[s], y[s], picture.ink, 0.9);
      replayStamp(data, wide, marked ? picture.diamonds : picture.dots, x[s], y[s], colour, marked ? 1 : 0.8);
    }
  }
  const [left, top] = [Math.round(REPLAY_EDGE.left * scale), Math.round(REPLAY_EDGE.top * scale)];
  pen.putImageData(image, left - room, top - room, room, room, wide - 2 * room, picture.high - 2 * room);
  pen.strokeStyle = style.ink;
  pen.globalAlpha = 0.3;
  pen.lineWidth = 1;
  pen.strokeRect(REPLAY_EDGE.left + 0.5, REPLAY_EDGE.top + 0.5, inner.width - 1, inner.height - 1);
  pen.globalAlpha = 1;
  for (const sample of look.chosen) replayTrail(picture, pack, look, sample);
}

// where every sample lies in the picture's pixels
function replayPlaces({ axes, inner, room, scale, x, y }, pack, place) {
  const { count, epochs } = pack;
  const t = Math.min(Math.floor(place), epochs);
  const share = t < epochs ? place - t : 0;
  const [from, to] = [(t - 1) * count, (t < epochs ? t : t - 1) * count];
  axes.forEach(({ values, limits: [low, high] }, one) => {
    const span = (one ? -inner.height : inner.width) * scale / (high - low);
    const start = room + (one ? -high : -low) * span;
    const places = one ? y : x;
    for (let s = 0; s < count; s++) {
      places[s] = start + span * (values[from + s] + (values[to + s] - values[from + s]) * share);
    }
  });
}

// the way of a sample from the first epoch to this moment, with a ring and its row at the end
function replayTrail(picture, pack, look, sample) {
  const { pen, axes, style } = picture;
  const at = (place) => [replayX, replayY].map((to, one) => to(picture, replayAt(axes[one].values, pack.count, sample, place)));
  const line = new Path2D();
  line.moveTo(...at(1));
  for (let t = 2; t <= look.place; t++) line.lineTo(...at(t));
  const [x, y] = at(look.place);
  line.lineTo(x, y);
  pen.lineJoin = "round";
  pen.strokeStyle = style.paper;
  pen.lineWidth = 4;
  pen.stroke(line);
  pen.strokeStyle = `rgb(${look.colours[look.colourOf[sample]].join(",")})`;
  pen.lineWidth = 2;
  pen.stroke(line);
  pen.strokeStyle = style.ink;
  pen.beginPath();
  pen.arc(x, y, 8, 0, 7);
  pen.stroke();
  pen.font = `600 12px ${style.font}`;
  const isRight = x > REPLAY_EDGE.left + picture.inner.width - 60;
  pen.textAlign = isRight ? "right" : "left";
  pen.lineWidth = 3;
  pen.strokeStyle = style.paper;
  const [left, top] = [x + (isRight ? -12 : 12), Math.max(REPLAY_EDGE.top + 12, y + 4)];
  pen.strokeText(String(pack.arrays.rows[sample]), left, top);
  pen.fillStyle = style.ink;
  pen.fillText(String(pack.arrays.rows[sample]), left, top);
}

// the sample nearest to a place on the canvas among those drawn, -1 when none is within reach
function replayNearest(picture, pack, look, left, top, reach = 10) {
  const { room, scale, x, y } = picture;
  const [px, py] = [(left - REPLAY_EDGE.left) * scale + room, (top - REPLAY_EDGE.top) * scale + room];
  let [best, found] = [(reach * scale) ** 2, -1];
  for (let s = 0; s < pack.count; s++) {
    const far = (x[s] - px) ** 2 + (y[s] - py) ** 2;
    if (far < best && !look.hidden.has(look.colourOf[s])) [best, found] = [far, s];
  }
  return found;
}
