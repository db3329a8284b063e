// Cards with an image, words and a box to tick. Of several events that come before Python has answered only the last one
// reaches it, so each carries all ticks that Python has not confirmed yet. Where only ticks differ the cards stay, and
// with them the focus.
function made(tag, name, parent, text) {
  const element = document.createElement(tag);
  element.className = name;
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

function picture(data, row) {
  const { sprite, columns, width, height, zoom, rows } = data;
  const place = rows.indexOf(row);
  return {
    width: `${width * zoom}px`,
    height: `${height * zoom}px`,
    backgroundImage: `url(${sprite})`,
    backgroundSize: `${columns * width * zoom}px ${Math.ceil(rows.length / columns) * height * zoom}px`,
    backgroundPosition: `-${(place % columns) * width * zoom}px -${Math.floor(place / columns) * height * zoom}px`,
  };
}

function image(parent, data, row, name, title, words) {
  const figure = made("div", "figure", parent);
  const button = made("button", `picture ${name}`, figure);
  button.type = "button";
  button.dataset.opens = row;
  button.setAttribute("aria-label", `Row ${row}, ${title}: look at it`);
  Object.assign(button.style, picture(data, row));
  if (!words) return;
  const caption = made("div", "caption", figure, words);
  caption.style.width = button.style.width;
  caption.title = words;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".cards");
  const ticked = new Set(data.ticked);
  const open = (box.unconfirmed ??= new Map());
  for (const [row, { at, on }] of open) {
    if (at <= data.seen) open.delete(row);
    else if (on) ticked.add(row);
    else ticked.delete(row);
  }
  const tell = (event) => {
    const ticks = Object.fromEntries([...open].map(([row, { on }]) => [row, on]));
    setTriggerValue("event", { ...event, ticks, at: Math.max(0, ...[...open.values()].map(({ at }) => at)) });
  };
  if (box.dataset.version !== data.version) {
    box.replaceChildren();
    const paired = data.sprite && data.groups.some(({ cards }) => cards[0].beside);
    if (paired) box.style.setProperty("--card", `${Math.max(196, 2 * data.width * data.zoom + 24)}px`);
    else box.style.removeProperty("--card");
    for (const { head, cards } of data.groups) {
      const group = made("div", cards.length > 1 ? "group many" : "group", box);
      if (head) made("div", "head", group, head);
      const members = made("div", "members", group);
      for (const { row, title, text, beside } of cards) {
        const pair = beside && data.sprite;
        const card = made("div", pair ? "card pair" : "card", members);
        card.dataset.row = row;
        if (pair) made("div", "title", card, title);
        if (data.sprite) {
          const images = made("div", "images", card);
          image(images, data, row, "", title, beside?.first);
          if (pair) image(images, data, beside.row, "beside", beside.name, beside.name);
        }
        const about = made("div", "about", card);
        if (!pair) made("div", "title", about, title);
        made("div", "text", about, text);
        const foot = made("div", "foot", about);
        const label = made("label", "", foot);
        const input = made("input", "", label);
        input.type = "checkbox";
        input.setAttribute("aria-label", `Exclude row ${row}`);
        made("span", "", label, "exclude");
        const link = made("button", "link", foot, `row ${row}`);
        link.type = "button";
        link.setAttribute("aria-label", `Look at row ${row}`);
      }
    }
    box.dataset.version = data.version;
  }
  for (const card of box.querySelectorAll(".card")) {
    const row = Number(card.dataset.row);
    const input = card.querySelector("input");
    input.checked = ticked.has(row);
    card.classList.toggle("ticked", input.checked);
    input.onchange = () => {
      card.classList.toggle("ticked", input.checked);
      box.last = Math.max((box.last ?? 0) + 1, Date.now());
      open.set(row, { on: input.checked, at: box.last });
      tell({});
    };
    const look = (button, opened) => {
      const kind = `.${[...button.classList].join(".")}`;
      button.onclick = () => {
        tell({ opened });
        afterDialog(() => box.querySelector(`[data-row="${row}"] ${kind}`));
      };
    };
    look(card.querySelector(".link"), row);
    for (const button of card.querySelectorAll(".picture")) look(button, Number(button.dataset.opens));
    card.querySelector(".picture")?.classList.toggle("course", data.courses.includes(row));
  }
  // arrows go from box to box, picture to picture, link to link; x ticks the card in which the focus is
  box.onkeydown = (event) => {
    if (event.key === "x" && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.target.closest(".card")?.querySelector("input").click();
      return;
    }
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const kind = ["picture", "link"].find((name) => event.target.classList.contains(name)) ?? "input";
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const alike = [...box.querySelectorAll(kind === "input" ? "input" : `.${kind}`)];
    alike[Math.min(alike.length - 1, Math.max(0, alike.indexOf(event.target) + step))]?.focus();
  };
}
