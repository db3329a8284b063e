// Keeps the images of a map's points for the element that draws it: all in one picture, sent once. The data are the length
// of a head in four bytes, the head as JSON, and a PNG. Without data it asks for them, when the page is drawn: 3,000 images
// are 1.7 MB. Where nothing can point without a press, as on a phone, they are not needed.
export default function ({ data, parentElement, setTriggerValue }) {
  clearTimeout(parentElement.later);
  if (!data) {
    if (!window.matchMedia("(hover: hover)").matches) return;
    const ask = () => {
      if (window.coresetMapDrawn) requestIdleCallback(() => setTriggerValue("wanted", true), { timeout: 2000 });
      else parentElement.later = setTimeout(ask, 100);
    };
    parentElement.later = setTimeout(ask, 300);
    return () => clearTimeout(parentElement.later);
  }
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
