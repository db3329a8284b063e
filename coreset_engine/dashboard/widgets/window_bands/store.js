// Keeps what the chart of the windows needs of a run, for the element that draws it.
export default function ({ data }) {
  const bytes = Uint8Array.from(atob(data.values), (sign) => sign.charCodeAt(0));
  (window.coresetScrub ??= {})[data.name] = { ...data, values: new Uint16Array(bytes.buffer) };
}
