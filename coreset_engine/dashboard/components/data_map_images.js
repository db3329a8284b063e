// Keeps the images of a map's points for the element that draws it: all in one picture, sent once and behind all else. The
// data are the length of a head in four bytes, the head as JSON, and a PNG.
export default function ({ data }) {
  const length = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + length)));
  const known = (window.coresetMapImages ??= new Map());
  const sheet = known.get(head.name) ?? { ...head, places: new Map(head.rows.map((row, place) => [row, place])) };
  known.delete(head.name);
  known.set(head.name, sheet);
  sheet.picture ??= createImageBitmap(new Blob([data.subarray(4 + length)], { type: "image/png" })).then(
    (picture) => (sheet.picture = picture),
  );
  while (known.size > 2) known.delete(known.keys().next().value);
}
