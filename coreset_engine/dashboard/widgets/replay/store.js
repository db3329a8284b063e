// Takes the pack of a replay in, as bytes, and keeps it for the element that draws it; of packs seen last a few.
export default function ({ data }) {
  const known = (window.coresetReplays ??= { packs: new Map(), waiting: [] });
  unpack(data).then((pack) => {
    known.packs.delete(pack.name);
    known.packs.set(pack.name, pack);
    while (known.packs.size > 3) known.packs.delete(known.packs.keys().next().value);
    for (const take of known.waiting.splice(0)) take();
  });
}
