"""Runs the browser's own scripts in Chromium, without the app: what they make of a pack."""

import base64
from typing import Any

from coreset_engine.explorer import texts

HARNESS = """async ([pack, states]) => {
  const bytes = Uint8Array.from(atob(pack), sign => sign.charCodeAt(0));
  const run = prepareRun(await unpack(bytes));
  return states.map(({state, before, group, most, only}) => {
    const mask = before ? Uint8Array.from(before) : null;
    const excluded = state.excluded?.length ? excludedOf(state.excluded, run) : null;
    const result = resultOf(run, {...state, excluded}, mask);
    const {kept, cut, entering, leaving, errors, held, threshold, perClass, bins} = result;
    const rows = group ? groupRows(run, result, group, most, only ?? -1) : null;
    const scores = Array.from(result.scores);
    return {kept: Array.from(kept), cut: cut && Array.from(cut), entering, leaving, errors, held, threshold, perClass, bins,
      rows, scores};
  });
}"""


def results(page: Any, pack: bytes, states: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what the browser computes of a pack for some states, as `resultOf` gives it, with the rows of a group.

    Args:
        page: of Chromium; it may be blank.
        pack: of a run.
        states: each {"state": ..., "before": mask or None, "group": ..., "most": ..., "only": ...}.
    """
    if not page.evaluate("'resultOf' in window"):
        page.add_script_tag(content=texts.script("pack", "score", "live"))
    return page.evaluate(HARNESS, [base64.b64encode(pack).decode(), states])
