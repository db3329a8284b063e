// The gallery while the hand moves: the images that a group holds now, cut from sheets of thumbnails that are fetched when one
// of them is first shown. At rest the element that owns `box` draws it.

// `told`: {group, only, most, skip, marks}; `atRest()` draws what Python chose; `choose(row)` opens an image.
function followTiles(box, live, told, atRest, choose) {
  let own = false, pause = null, places = [];
  const show = (all) => showTiles(box, live, places, told, choose, all ? null : sight);
  const sight = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) target.shown.hidden = !isIntersecting;
    if (own) show();
  });
  const draw = () => {
    clearTimeout(pause);
    const { run, result } = live;
    if (!result || !run) {
      if (own) atRest();
      own = false;
      return;
    }
    places = groupRows(run, result, told.group, told.skip + told.most, told.only).rows.slice(told.skip);
    live.tiles = places.map((n) => (run.sampled ? run.arrays.rows[n] : n));
    if (!run.atlas || !live.sheet) return;
    const held = own ? -1 : [...box.children].indexOf(box.getRootNode().activeElement);
    if (!own) for (const button of box.children) takeOver(button, choose, sight);
    own = true;
    show();
    box.children[held]?.focus({ preventScroll: true });
    if (inHand(live)) pause = setTimeout(() => own && show(true), 100);
  };
  const leave = listen(live, box, draw);
  return () => {
    clearTimeout(pause);
    sight.disconnect();
    leave();
  };
}

// `sight` tells which images are on the screen: while the hand moves, the others wait until it pauses.
function showTiles(box, live, places, told, choose, sight = null) {
  const { run, result } = live, { width, height } = run.atlas;
  const zoom = zoomOf(live, told.side ?? 84), lines = told.names ? 2 : 1;
  while (box.children.length > places.length) box.lastChild.remove();
  places.forEach((n, place) => {
    const button = box.children[place] ?? box.appendChild(tile(width * zoom, height * zoom, lines, choose, sight));
    const { shown } = button;
    if (sight && shown.hidden && inHand(live)) return;
    const row = run.sampled ? run.arrays.rows[n] : n;
    const [picture, mark, name] = button.children;
    if (shown.row !== row) {
      shown.row = button.dataset.row = row;
      name.firstChild.data = told.names ? `${row}\n${captionOf(run, row)}` : row;
      const { backgroundPosition, ...sheet } = cutOf(live, n, zoom);
      if (shown.sheet !== sheet.backgroundImage) Object.assign(picture.style, sheet);
      shown.sheet = sheet.backgroundImage;
      picture.style.backgroundPosition = backgroundPosition;
    }
    const state = told.group in told.marks ? told.group : result.kept[n] ? "kept" : "dropped";
    if (shown.state !== state) mark.style.background = told.marks[(shown.state = state)];
    if (inHand(live)) return; // nobody points at an image meanwhile
    const about = `Row ${row}, ${captionOf(run, row)}, ${state}`;
    setAttributes(button, { title: about, "aria-label": about });
  });
}

const zoomOf = ({ run }, side) => Math.max(1, Math.round(side / run.atlas.width));

// The styles that show one image of a sheet, enlarged.
function cutOf({ run, sheet }, n, zoom) {
  const { columns, per, width, height } = run.atlas;
  const at = run.arrays.atlas[n], number = Math.floor(at / per), within = at % per;
  const lines = Math.ceil(Math.min(per, run.samples - number * per) / columns);
  const across = (within % columns) * width * zoom, down = Math.floor(within / columns) * height * zoom;
  return {
    backgroundImage: sheet(number),
    backgroundSize: `${columns * width * zoom}px ${lines * height * zoom}px`,
    backgroundPosition: `-${across}px -${down}px`,
  };
}

// The sheets' pictures as styles have them, each made once from the address that `address(number)` gives.
function sheetsOf(address) {
  const made = new Map();
  return (number) => made.get(number) ?? made.set(number, `url("${address(number)}")`).get(number);
}

// An image's button; `lines` of text stand below the image.
function tile(width, height, lines, choose, sight) {
  const part = (name, text) => htmlElement("span", { class: name }, ...text);
  const button = htmlElement("button", { type: "button" }, part("picture", []), part("mark", []), part("name still", [""]));
  button.style.width = `${width}px`;
  Object.assign(button.firstChild.style, { width: `${width}px`, height: `${height}px` });
  button.lastChild.style.height = `${14 * lines + 3}px`;
  return takeOver(button, choose, sight);
}

// An image's button, new or one of those at rest, so that the first frame changes only what differs.
function takeOver(button, choose, sight) {
  const { row } = button.dataset;
  button.shown = row ? { row: Number(row), sheet: button.firstChild.style.backgroundImage } : {};
  sight?.observe(button);
  button.onclick = () => choose(Number(button.dataset.row));
  return button;
}
