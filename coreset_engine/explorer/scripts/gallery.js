// The gallery while the hand moves: the images that a group holds now, cut from sheets of thumbnails that are fetched when one
// of them is first shown. At rest the element that owns `box` draws it.

// `told`: {group, only, most, skip, marks}; `atRest()` draws what Python chose; `choose(row)` opens an image.
function followTiles(box, live, told, atRest, choose) {
  let own = false;
  const draw = () => {
    const { run, result } = live;
    if (!result || !run) {
      if (own) atRest();
      own = false;
      return;
    }
    const places = groupRows(run, result, told.group, told.skip + told.most, told.only).rows.slice(told.skip);
    live.tiles = places.map((n) => (run.sampled ? run.arrays.rows[n] : n));
    if (!run.atlas || !live.sheet) return;
    if (!own) box.replaceChildren();
    own = true;
    showTiles(box, live, places, told, choose);
  };
  return listen(live, box, draw);
}

function showTiles(box, live, places, told, choose) {
  const { run, result } = live, { columns, per, width, height } = run.atlas;
  const zoom = Math.max(1, Math.round((told.side ?? 84) / width));
  while (box.children.length > places.length) box.lastChild.remove();
  places.forEach((n, place) => {
    const button = box.children[place] ?? box.appendChild(tile(choose));
    const row = run.sampled ? run.arrays.rows[n] : n;
    const [picture, mark, name] = button.children;
    if (button.dataset.row !== String(row)) {
      const at = run.arrays.atlas[n], sheet = Math.floor(at / per), within = at % per;
      const lines = Math.ceil(Math.min(per, run.samples - sheet * per) / columns);
      button.dataset.row = row;
      button.style.width = `${width * zoom}px`;
      Object.assign(picture.style, {
        width: `${width * zoom}px`, height: `${height * zoom}px`,
        backgroundImage: `url("${live.sheet(sheet)}")`,
        backgroundSize: `${columns * width * zoom}px ${lines * height * zoom}px`,
        backgroundPosition: `-${(within % columns) * width * zoom}px -${Math.floor(within / columns) * height * zoom}px`,
      });
      name.textContent = told.names ? `${row}\n${captionOf(run, row)}` : row;
    }
    const state = told.group in told.marks ? told.group : result.kept[n] ? "kept" : "dropped";
    mark.style.background = told.marks[state];
    const about = `Row ${row}, ${captionOf(run, row)}, ${state}`;
    if (button.title !== about) {
      button.title = about;
      button.setAttribute("aria-label", about);
    }
  });
}

function tile(choose) {
  const part = (name) => htmlElement("span", { class: name });
  const button = htmlElement("button", { type: "button" }, part("picture"), part("mark"), part("name"));
  button.onclick = () => choose(Number(button.dataset.row));
  return button;
}
