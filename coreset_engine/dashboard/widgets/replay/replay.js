// The replay as a part of the page; mountReplay draws it. The pack comes through an element of its own, which is sent once.

// The one place where the pack of a name is looked up: becomes it when it has come.
function replayPack(name) {
  const known = (window.coresetReplays ??= { packs: new Map(), waiting: [] });
  const pack = known.packs.get(name);
  if (pack) return Promise.resolve(pack);
  return new Promise((take) => known.waiting.push(take)).then(() => replayPack(name));
}

const replayBits = (text) => {
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  return (count) => Uint8Array.from({ length: count }, (_, n) => (bytes[n >> 3] >> (n & 7)) & 1);
};

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".replay");
  const onChoose = (row) => {
    setTriggerValue("chosen", row);
    afterDialog(() => root.querySelector(`[data-row="${row}"]`));
  };
  root.wanted = data.name;
  replayPack(data.name).then((pack) => {
    if (root.wanted !== data.name) return;
    const options = { theme: data.theme, kept: replayBits(data.kept)(pack.count), onChoose };
    if (root.mountedPack === pack) root.mountedReplay.update(options);
    else [root.mountedPack, root.mountedReplay] = [pack, mountReplay(root, pack, options)];
  });
}
