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

function picture(data, place) {
  const { sprite, columns, width, height, zoom, count } = data;
  return {
    width: `${width * zoom}px`,
    height: `${height * zoom}px`,
    backgroundImage: `url(${sprite})`,
    backgroundSize: `${columns * width * zoom}px ${Math.ceil(count / columns) * height * zoom}px`,
    backgroundPosition: `-${(place % columns) * width * zoom}px -${Math.floor(place / columns) * height * zoom}px`,
  };
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
    let place = 0;
    for (const { head, cards } of data.groups) {
      const group = made("div", cards.length > 1 ? "group many" : "group", box);
      if (head) made("div", "head", group, head);
      const members = made("div", "members", group);
      for (const { row, title, text } of cards) {
        const card = made("div", "card", members);
        card.dataset.row = row;
        if (data.sprite) {
          const image = made("button", "picture", card);
          image.type = "button";
          image.setAttribute("aria-label", `Row ${row}, ${title}: look at it`);
          Object.assign(image.style, picture(data, place));
        }
        place += 1;
        const about = made("div", "about", card);
        made("div", "title", about, title);
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
    const image = card.querySelector(".picture");
    input.checked = ticked.has(row);
    card.classList.toggle("ticked", input.checked);
    input.onchange = () => {
      card.classList.toggle("ticked", input.checked);
      box.last = Math.max((box.last ?? 0) + 1, Date.now());
      open.set(row, { on: input.checked, at: box.last });
      tell({});
    };
    const look = (kind) => () => {
      tell({ opened: row });
      afterDialog(() => box.querySelector(`[data-row="${row}"] ${kind}`));
    };
    card.querySelector(".link").onclick = look(".link");
    if (image) {
      image.classList.toggle("course", data.courses.includes(row));
      image.onclick = look(".picture");
    }
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
