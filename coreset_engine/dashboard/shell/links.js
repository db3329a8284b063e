// Links to other pages, each with a whole address. They are opened as the browser's own Back and Forward open theirs:
// Streamlit then takes every control from the address. Its own links make several steps of history of one click where the
// page left has values of its own in the address, and none of the first of them is the whole view.
export default function follow({ data, parentElement }) {
  window.coresetLinks = follow; // for the links that bring no script
  if (data.load) {
    window.location.replace(data.load);
    return;
  }
  const root = parentElement.querySelector(".coreset-links");
  const { unsaved, ...links } = data;
  stepByHandOnly();
  if (data.label) askBeforeLoss(unsaved);
  const told = JSON.stringify(links);
  if (root.dataset.told === told) return; // every move of a control ends up here
  root.dataset.told = told;
  root.classList.toggle("coreset-menu", Boolean(data.label));
  root.classList.toggle("coreset-button", Boolean(data.button));
  if (data.label) {
    beginWithSidebarClosed();
    root.setAttribute("role", "navigation");
    root.setAttribute("aria-label", data.label);
  }
  root.replaceChildren(...data.groups.map((group) => {
    const part = document.createElement("div");
    part.append(...group.map((link) => anchor(link, data)));
    return part;
  }));
  const here = root.querySelector("[aria-current]");
  if (here && window.coresetLinkByKey) here.focus(); // the link that was pressed is gone
  if (here) window.coresetLinkByKey = false;
  if (here) root.scrollLeft = here.offsetLeft - (root.clientWidth - here.offsetWidth) / 2;
}

// Steps of history that nobody took lead Back to half a view, and end the way Forward. Streamlit takes defaults out of an
// address one by one, a step each; and when Back is pressed quickly, a page passed by, drawn late, puts its address over that
// of the page arrived at. So until somebody uses the page its address changes in place, and that of no other is taken.
function stepByHandOnly() {
  if (window.coresetPush) return;
  const push = (window.coresetPush = window.history.pushState.bind(window.history));
  let used = false;
  for (const sign of ["pointerdown", "keydown"]) window.addEventListener(sign, () => (used = true), { capture: true });
  const arrive = (event) => {
    used = false; // another page, by Back or by a link, which watches itself
    if (event.isTrusted) watch(new URL(window.location.href));
  };
  window.addEventListener("popstate", arrive, { capture: true });
  window.history.pushState = (state, title, url) => {
    if (used) return push(state, title, url);
    const here = new URL(url ?? "", window.location.href).pathname === window.location.pathname;
    return here ? window.history.replaceState(state, title, url) : undefined;
  };
}

// A tab's ticks are gone with it: the browser asks first whether to leave.
function askBeforeLoss(unsaved) {
  if (window.coresetUnsaved === undefined) {
    window.addEventListener("beforeunload", (event) => window.coresetUnsaved && event.preventDefault());
  }
  window.coresetUnsaved = unsaved;
}

// A phone's sidebar covers the page. Streamlit opens it again where it was left open; forgotten, it begins closed there.
function beginWithSidebarClosed() {
  if (window.coresetForgetsSidebar) return;
  window.coresetForgetsSidebar = true;
  window.addEventListener("pagehide", () => {
    if (window.innerWidth > 768) return;
    const kept = Object.keys(window.localStorage).filter((name) => name.startsWith("stSidebarCollapsed-"));
    kept.forEach((name) => window.localStorage.removeItem(name));
  });
}

function anchor(link, data) {
  const made = document.createElement("a");
  if (link.icon) {
    const icon = document.createElement("span");
    icon.className = "icon";
    icon.textContent = link.icon;
    icon.ariaHidden = "true";
    made.append(icon);
  }
  made.append(link.text);
  if (link.current) made.setAttribute("aria-current", "page");
  const fresh = () => (made.href = address(link, data)); // the page's address may have changed since
  fresh();
  for (const sign of ["pointerenter", "pointerdown", "focus"]) made.addEventListener(sign, fresh);
  made.onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // a new tab or window
    event.preventDefault();
    fresh();
    window.coresetLinkByKey = event.detail === 0;
    window.coresetPush({}, "", made.href);
    window.dispatchEvent(new PopStateEvent("popstate"));
    if (link.kind !== "none") watch(new URL(made.href));
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  };
  return made;
}

// A page that is left while it is still drawn takes its controls out of the address, the new page's by then: say them again,
// until somebody uses the page, who may set a control back to its default, or goes on to another address.
function watch(address) {
  let again = 0;
  let looks = 0;
  let used = false;
  for (const sign of ["pointerdown", "keydown"]) window.addEventListener(sign, () => (used = true), { once: true, capture: true });
  window.clearInterval(window.coresetWatch);
  const timer = (window.coresetWatch = window.setInterval(() => {
    const left = used || window.location.pathname !== address.pathname;
    const here = new URLSearchParams(window.location.search);
    if (!left && [...address.searchParams.keys()].some((name) => !here.has(name))) {
      again += 1;
      window.history.replaceState({}, "", address);
      window.dispatchEvent(new PopStateEvent("popstate"));
    }
    looks += 1;
    if (left || again === 2 || looks === 20) window.clearInterval(timer);
  }, 250));
}

// What holds for another run, too: it may have fewer epochs, other images and other seeds beside it.
const OF_ANY_RUN = ["run", "method", "methods", "rate", "rates", "rule", "a", "compare"];

// The page with what it has of the controls that pages share: as this page's address says where this page has them, else
// as was last said on a page that has.
function address(link, data) {
  const has = (kind, name) =>
    data.kinds[kind].includes(name) || data.begins[kind].some((begin) => name.startsWith(begin));
  const here = new URLSearchParams(window.location.search);
  const said = Object.fromEntries([...here.keys()].map((name) => [name, here.getAll(name)]));
  const known = data.alone ? {} : { run: data.first, ...data.carried, ...said };
  const other = link.controls.run && link.controls.run[0] !== known.run?.[0];
  const kept = Object.entries(known).filter(([name]) => has(link.kind, name) && (!other || OF_ANY_RUN.includes(name)));
  const follows = Object.entries(link.follows).map(([name, of]) => [name, known[name] ?? known[of] ?? []]);
  const wanted = { ...Object.fromEntries([...kept, ...follows]), ...link.controls };
  const query = new URLSearchParams(Object.entries(wanted).flatMap(([name, values]) => values.map((value) => [name, value])));
  return (link.page || "./") + (query.size ? `?${query}` : "");
}
