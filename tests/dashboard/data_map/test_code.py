"""What is copied from the Data map gives the rows taken away: the command and the Python are run."""

import shlex
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from coreset_engine import CoresetSpec, export, load_run, score, select
from coreset_engine.__main__ import cli
from coreset_engine.analysis.signal_filter import matching
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.data_map import code, data
from coreset_engine.dashboard.data_map.data import Axis
from coreset_engine.data_map import areas
from coreset_engine.store import exclusions
from tests.browser import ROOT

EVA = {"early": 1, "late": 4, "length": 2, "combine": "sum"}
FILTER = "correctness < 0.9 and not class = 0"
AREA = "box_0.1_0.3_0.2_0.8~lasso_0_0.9_0.1_1_0.2_0.9"


def axis(run, name, **options):
    return Axis(name, name, "highest", options, score(run, name, **options))


@pytest.fixture
def seen(recorded):
    """Run `tiny` with an EVA coreset, cut off by CCS, and no exclusions."""
    run = load_run("tiny")
    cut = {"cutoff": 0.2, "strata": 7, "seed": 3}
    spec = CoresetSpec("tiny", "eva", EVA, "ccs", rate=0.13, rule_options=cut)
    kept = np.zeros(200, bool)
    kept[select(run, method="eva", rate=0.13, rule="ccs", cutoff=0.2, strata=7, seed=3, **EVA)] = True
    names = tuple(f"class {c}" for c in range(run.classes))
    x, y = axis(run, "variability"), axis(run, "confidence")
    nothing = np.empty(0, np.int64)
    return data.MapView(spec, run, cached.images("tiny"), names, kept, nothing, x, y)


def without_rows(seen):
    """The same where every third row is excluded."""
    rows, facts = np.arange(0, 200, 3), cached.info("tiny")
    about = {"dataset": facts.dataset, "dataset_sha256": facts.dataset_sha256, "samples": facts.samples}
    exclusions.save("wrong", rows, **about)
    kept = np.zeros(200, bool)
    options = seen.spec.all_options
    kept[select(seen.dynamics, method="eva", rate=0.13, rule="ccs", exclude=rows, **options)] = True
    return replace(seen, spec=replace(seen.spec, exclusion="wrong"), excluded=rows, kept=kept)


def under_budgets(seen):
    """The same under class budgets behind a hard cut-off."""
    spec = replace(seen.spec, class_budget="tempered:tau=0.3", hard_cutoff=0.3)
    kept = np.zeros(200, bool)
    kept[cached.coreset(spec).rows] = True
    return replace(seen, spec=spec, kept=kept)


def with_options(seen):
    """The same on axes that need options: EVA with its windows, AUM of the logits."""
    x, y = axis(seen.dynamics, "eva", **EVA), axis(seen.dynamics, "aum", space="logit")
    return replace(seen, x=x, y=y)


def with_filter(seen):
    """The same where a filter is written, too."""
    return replace(seen, filter=FILTER, found=matching(seen.dynamics, FILTER))


MAPS = {
    "plain": lambda seen: seen,
    "rows excluded": without_rows,
    "budgets and a cut-off": under_budgets,
    "axes with options": with_options,
    "filtered": with_filter,
    "filtered without an area": with_filter,
}


@pytest.fixture(params=[(name, how) for name in MAPS for how in export.HOW], ids=" ".join)
def shown(request, seen):
    """What the page shows, which set, the area as text, and the rows of the set."""
    name, how = request.param
    now = MAPS[name](seen)
    middle = (np.quantile(values, [0.2, 0.7]) for values in (now.x.values, now.y.values))
    area = AREA if name != "axes with options" else areas.to_text([areas.Shape("box", *map(tuple, middle))])
    area = "" if name == "filtered without an area" else area
    inside = data.inside(areas.parse(area), now.x, now.y, now.found)
    rows = export.combined(how, inside, now.kept, now.excluded)
    assert 0 < len(rows) < 200
    return now, how, area, inside, rows


def test_the_python_copied_gives_the_rows_taken_away(shown):
    now, how, area, _, rows = shown
    names = {}
    exec(code.python(now, how, area), names)
    np.testing.assert_array_equal(names["rows"], rows)


@pytest.mark.parametrize("kind", ["csv", "npy", "txt", "json", "npz", "html"])
def test_the_command_copied_writes_the_very_file_that_the_page_gives(kind, shown, tmp_path):
    now, how, area, inside, _ = shown
    words = shlex.split(code.command(now, how, area))
    assert words[:3] == ["python", "-m", "coreset_engine"]
    assert words[-1] == "area.csv"
    out = tmp_path / f"area.{kind}"
    cli.main([*words[3:-1], str(out)], standalone_mode=False)
    if kind == "npz":  # the archive holds the time it was made at
        with np.load(out) as file:
            np.testing.assert_array_equal(file["train_indices"], shown[-1])
        return
    assert out.read_bytes() == code.content(now, how, inside, area, kind)


def test_the_report_of_an_area_needs_no_error_norms(seen):
    bare = replace(seen.dynamics, signals={"margin": seen.dynamics.margin})
    report = code.content(replace(seen, dynamics=bare), "the area", np.ones(200, bool), AREA, "html")
    assert b"<html" in report


def test_the_page_offers_both(recorded):
    page = AppTest.from_file(str(ROOT / "pages/4_Data_map.py"), default_timeout=60)
    page.query_params.update({"run": "tiny", "area": "box_0.1_0.3_0.2_0.8", "early": "1", "late": "4", "length": "2"})
    page.query_params["set"] = "coreset + area"
    page.run()
    assert not page.exception
    command, python, *_ = (element.value for element in page.code)
    assert "--set coreset+area --method eva --rate 0.1 --rule top" in command
    names = {}
    exec(python, names)
    assert any(element.value.startswith(f"{len(names['rows'])} of 200") for element in page.caption)
