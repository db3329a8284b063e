// Reads a pack (explorer/pack.py): returns its facts, with the arrays as typed arrays under `arrays`.
const PACK_TYPES = {
  uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, int16: Int16Array,
  uint32: Uint32Array, int32: Int32Array, float32: Float32Array, float64: Float64Array,
};

async function unpack(bytes) {
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(plain).arrayBuffer();
  const magic = String.fromCharCode(...new Uint8Array(buffer, 0, 4));
  if (magic !== "CEX1") throw new Error("these bytes are no pack");
  const start = 8 + new DataView(buffer).getUint32(4, true);
  const facts = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, start - 8)));
  for (const [name, { type, shape, offset }] of Object.entries(facts.arrays)) {
    const count = shape.reduce((product, side) => product * side, 1);
    facts.arrays[name] = new PACK_TYPES[type](buffer, start + offset, count);
  }
  return facts;
}
