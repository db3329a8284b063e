// What the page's elements share: each asks for its part by name once the run's constant part is there.
const MOUNTS = {
  bands({ data, root, live, setTriggerValue }) {
    const { state, exact, limits } = data;
    if (root.dataset.drawn !== root.dataset.wanted || !root.childElementCount) {
      live.state = { ...state };
      root.replaceChildren();
      root.dataset.drawn = root.dataset.wanted;
      const tell = (moved, number) => setTriggerValue("moved", { ...moved, number });
      root.leave?.();
      root.leave = mountBands(root, live, live.course, limits, tell);
    }
    rest(live, { state, ...exact });
  },
  histogram: ({ data, root, live }) => mountHistogram(root, live, data.told, data.colours),
  classes: ({ data, root, live, setTriggerValue }) =>
    mountClasses(root, live, data.told, data.colours, (name) => setTriggerValue("chosen", name)),
  courses: ({ data, root, live }) => mountCourses(root, live, data.told),
};

window.coresetExplorer = {
  ready: ({ run }) => Boolean(window.coresetLive?.[run]?.course),
  live: liveRun,
  followTiles,
  mount(component) {
    const { data, parentElement } = component;
    const root = parentElement.querySelector(".explorer"), live = liveRun(data.run);
    const whole = { ...component, root, live };
    if (data.view === "bands") { // stays as it is while its run does: drawn anew, it would lose the hand and the keys
      root.dataset.wanted = `${data.run} ${live.address} ${"late" in data.state} ${JSON.stringify(data.limits)}`;
      MOUNTS.bands(whole);
      return undefined;
    }
    root.leave?.();
    root.replaceChildren();
    root.leave = MOUNTS[data.view](whole);
    return undefined;
  },
};

export default function ({ data: { run, course, address } }) {
  const live = liveRun(run);
  const fresh = live.address !== address;
  Object.assign(live, { course, address, epochs: course.epochs });
  if (!fresh) return;
  const at = new URL(`${address}/`, document.baseURI);
  live.run = live.result = null;
  live.loading = false;
  live.sheet = (number) => new URL(`sheet-${number}.png`, at).href;
  loadRun(live, async () => {
    const answer = await fetch(new URL("run.pack", at));
    if (!answer.ok) throw new Error(await answer.text());
    return answer.arrayBuffer();
  });
}
