// A gallery: one picture holds all images at their own size; every image is a button that shows its part of it, enlarged
// by a whole factor without interpolation, and tells Python its row when it is chosen.
export default function follow(component) {
  const { data, parentElement, setTriggerValue } = component;
  const box = parentElement.querySelector(".tiles"), atRest = () => show(component, box);
  atRest();
  box.leave?.();
  box.leave = null;
  if (!data.live) return undefined;
  let later = null;
  const wait = () => { // for what follows the hand, which is sent behind the images
    const explorer = window.coresetExplorer;
    if (!explorer?.ready(data.live)) later = setTimeout(wait, 30);
    else box.leave = explorer.followTiles(box, explorer.live(data.live.run), data.live, atRest, (row) => setTriggerValue("chosen", row));
  };
  wait();
  return () => clearTimeout(later);
}

function show({ data, setTriggerValue }, box) {
  const { sprite, columns, width, height, zoom, tiles } = data;
  const picture = `url(${sprite})`;
  const size = `${columns * width * zoom}px ${Math.ceil(tiles.length / columns) * height * zoom}px`;
  const buttons = tiles.map(({ row, text, mark, about }, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.row = row;
    button.title = about;
    button.setAttribute("aria-label", about);
    button.style.width = `${width * zoom}px`;
    const image = document.createElement("span");
    image.className = "picture";
    Object.assign(image.style, {
      width: `${width * zoom}px`,
      height: `${height * zoom}px`,
      backgroundImage: picture,
      backgroundSize: size,
      backgroundPosition: `-${(place % columns) * width * zoom}px -${Math.floor(place / columns) * height * zoom}px`,
    });
    const bar = document.createElement("span");
    bar.className = "mark";
    bar.style.background = mark;
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = text;
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
    const place = buttons.indexOf(event.target);
    const perRow = Math.max(1, buttons.findIndex((b) => b.offsetTop > buttons[0].offsetTop));
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: perRow, ArrowUp: -perRow }[event.key];
    if (place < 0 || !step) return;
    event.preventDefault();
    event.stopPropagation(); // a page may have the same keys for something else
    buttons[Math.min(buttons.length - 1, Math.max(0, place + step))].focus();
  };
}
