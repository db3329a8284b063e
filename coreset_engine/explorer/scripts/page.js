// What the page's elements share: each asks for its part by name once the run's constant part is there.
const MOUNTS = {
  bands({ data, root, live, setTriggerValue }) {
    const { state, exact, limits } = data;
    if (root.dataset.drawn !== root.dataset.wanted || !root.childElementCount) {
      live.state = { ...state };
      root.replaceChildren();
      root.dataset.drawn = root.dataset.wanted;
      const tell = (moved, number) => setTriggerValue("moved", { ...moved, number, holds: live.run ? live.address : "" });
      root.leave?.();
      root.leave = mountBands(root, live, live.course, limits, tell);
    }
    rest(live, { state, ...exact });
  },
  histogram: ({ data, root, live }) => mountHistogram(root, live, data.told, data.colours),
  classes: ({ data, root, live, setTriggerValue }) =>
    mountClasses(root, live, data.told, data.colours, (name) => setTriggerValue("chosen", name)),
  courses: ({ data: { told }, root, live }) =>
    mountCourses(root, live, {
      ...told,
      epochs: live.course.epochs,
      values: told.thousandths?.map((course) => course.map((value) => value / 1000)) ?? told.rows.map((row) => courseOf(live.run, row)),
    }),
};

const SHEET = new CSSStyleSheet();
SHEET.replaceSync(STYLE);

window.coresetExplorer = {
  ready: ({ run }) => Boolean(window.coresetLive?.[run]?.course),
  live: liveRun,
  followTiles,
  // How an image is cut from the sheets that the browser holds.
  cutOf(live, row, side) {
    const { width, height } = live.run.atlas, zoom = zoomOf(live, side);
    return { ...cutOf(live, placeOf(live.run, row), zoom), width: width * zoom, height: height * zoom };
  },
  mount(component) {
    const { data, parentElement } = component;
    const root = parentElement.querySelector(".explorer"), live = liveRun(data.run), home = root.getRootNode();
    if (!home.adoptedStyleSheets.includes(SHEET)) home.adoptedStyleSheets.push(SHEET);
    const whole = { ...component, root, live };
    if (data.view === "bands") { // stays as it is while its run does: drawn anew, it would lose the hand and the keys
      root.dataset.wanted = `${data.run} ${live.address} ${"late" in data.state} ${data.state.fixed} ${JSON.stringify(data.limits)}`;
      MOUNTS.bands(whole);
      return undefined;
    }
    root.leave?.();
    root.replaceChildren();
    root.leave = MOUNTS[data.view](whole);
    return undefined;
  },
};

// The sliders of the sidebar tell Python when they are let go; until then the page follows what they show.
const CONTROLS = { early: "early", late: "late", length: "length", start: "start", width: "length", rate: "rate" };

function followSidebar(live) {
  const sidebar = document.querySelector("[data-testid=stSidebar]");
  if (!sidebar) return;
  window.coresetSidebar?.disconnect();
  window.coresetSidebar = new MutationObserver(() => {
    const { state, rest: told } = live;
    if (!live.listeners.size) return; // the page that follows was left; others have these sliders, too
    if (live.held || !state?.form || !told || told.seq < live.sent) return; // what it shows may be of an older move
    const shown = {};
    for (const [control, name] of Object.entries(CONTROLS)) {
      const input = sidebar.querySelector(`.st-key-${control} input[type=range]`);
      if (input && name in state && Number(input.value) !== told.state[name]) shown[name] = Number(input.value);
    }
    if (Object.keys(shown).length) move(live, { ...told.state, ...shown }, Object.keys(shown)[0]);
    else if (live.result || live.frame) {
      still(live, told.state);
      notify(live);
    }
  });
  const attributes = ["value", "aria-valuetext", "aria-valuenow"];
  window.coresetSidebar.observe(sidebar, { subtree: true, attributeFilter: attributes });
}

export default function ({ data: { run, course, address }, setTriggerValue }) {
  const live = liveRun(run);
  followSidebar(live);
  const fresh = live.address !== address;
  Object.assign(live, { course, address, epochs: course.epochs });
  if (!fresh) return;
  const at = new URL(`${address}/`, document.baseURI);
  live.run = live.result = null;
  live.loading = false;
  live.sheet = sheetsOf((number) => new URL(`sheet-${number}.png`, at).href);
  // where one more epoch was recorded since the page ran (409) it runs again and gives the new address, at most once a second
  loadRun(live, async () => {
    const answer = await fetch(new URL("run.pack", at));
    if (answer.status === 409) setTimeout(() => live.address === address && setTriggerValue("stale", address), 1000);
    if (!answer.ok) throw new Error(await answer.text());
    return answer.arrayBuffer();
  });
}
