// A gallery: one picture holds all images at their own size; every image is a button that shows its part of it, enlarged
// by a whole factor without interpolation, and tells Python its row when it is chosen.
const SHEET = new CSSStyleSheet();
SHEET.replaceSync(STYLE);

export default function () {
  window.coresetTiles = follow;
}

function follow(component) {
  const { data, parentElement, setTriggerValue } = component;
  const box = parentElement.querySelector(".tiles"), home = box.getRootNode(), explorerOf = () => window.coresetExplorer;
  const cut = data.sprite ? spriteCut(data) : (row) => explorerOf().cutOf(explorerOf().live(data.live.run), row, data.live.side);
  if (!home.adoptedStyleSheets.includes(SHEET)) home.adoptedStyleSheets.push(SHEET);
  const atRest = () => show(component, box, cut);
  if (data.sprite) atRest();
  box.leave?.();
  box.leave = null;
  if (!data.live) return undefined;
  let later = null;
  const wait = () => { // for what follows the hand, which is sent behind the images
    const explorer = explorerOf();
    if (!explorer?.ready(data.live)) {
      later = setTimeout(wait, 30);
      return;
    }
    if (!data.sprite) atRest();
    box.leave = explorer.followTiles(box, explorer.live(data.live.run), { ...data.live, marks: data.marks, names: data.names }, atRest,
      (row) => setTriggerValue("chosen", row));
  };
  wait();
  return () => clearTimeout(later);
}

// How the images are cut from the one picture that came with them; the browser may have them already, see explorer/scripts.
function spriteCut({ sprite, columns, width, height, zoom, rows }) {
  const backgroundImage = `url(${sprite})`;
  const backgroundSize = `${columns * width * zoom}px ${Math.ceil(rows.length / columns) * height * zoom}px`;
  return (row, place) => ({
    width: width * zoom, height: height * zoom, backgroundImage, backgroundSize,
    backgroundPosition: `-${(place % columns) * width * zoom}px -${Math.floor(place / columns) * height * zoom}px`,
  });
}

function show({ data: { rows, states, labels, marks, names }, setTriggerValue }, box, cut) {
  const buttons = rows.map((row, place) => {
    const [label, state] = [labels, states].map(([different, of]) => different[of[place]]);
    const { width, height, ...picture } = cut(row, place), about = `Row ${row}, ${label}${state ? `, ${state}` : ""}`;
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.row = row;
    button.title = about;
    button.setAttribute("aria-label", about);
    button.style.width = `${width}px`;
    const image = document.createElement("span");
    image.className = "picture";
    Object.assign(image.style, { ...picture, width: `${width}px`, height: `${height}px` });
    const bar = document.createElement("span");
    bar.className = "mark";
    bar.style.background = marks[state];
    const name = document.createElement("span");
    name.className = "name still";
    name.style.height = names ? "31px" : "17px"; // as while the hand moves, which takes these buttons over
    name.textContent = names ? `${row}\n${label}` : row;
    button.append(image, bar, name);
    button.onclick = () => {
      setTriggerValue("chosen", row);
      afterDialog(() => box.querySelector(`[data-row="${row}"]`));
    };
    return button;
  });
  const held = [...box.children].indexOf(box.getRootNode().activeElement);
  box.replaceChildren(...buttons);
  // one stop of the Tab key for all images; arrows go from one to the next
  const stop = (chosen) => buttons.forEach((button) => (button.tabIndex = button === chosen ? 0 : -1));
  stop(buttons[Math.max(0, Math.min(held, buttons.length - 1))]);
  for (const button of buttons) button.onfocus = () => stop(button);
  if (held >= 0) buttons[Math.min(held, buttons.length - 1)]?.focus({ preventScroll: true });
  box.onkeydown = (event) => {
    const buttons = [...box.children], place = buttons.indexOf(event.target); // those of a moving hand among them
    const perRow = Math.max(1, buttons.findIndex((b) => b.offsetTop > buttons[0].offsetTop));
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: perRow, ArrowUp: -perRow }[event.key];
    if (place < 0 || !step) return;
    event.preventDefault();
    event.stopPropagation(); // a page may have the same keys for something else
    buttons[Math.min(buttons.length - 1, Math.max(0, place + step))].focus();
  };
}
