"""What is taken away of the data map, from a recorded run to a file's content."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest

from coreset_engine import CoresetSpec, export, load_run, score, select
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.data_map import code, data
from coreset_engine.dashboard.data_map.data import Axis
from coreset_engine.data_map import areas
from coreset_engine.store import exclusions

OPTIONS = {"early": 1, "late": 4, "length": 2, "combine": "sum"}
AREA = "box_0.1_0.3_0.2_0.8"
EXCLUDED = np.array([3, 50, 120])


@pytest.fixture
def seen(recorded):
    """Run `tiny` with an EVA coreset of 10 % from which three rows are excluded."""
    run = load_run("tiny")
    x = Axis("variability", "Variability", "highest", {}, score(run, "variability"))
    y = Axis("confidence", "Confidence", "lowest", {}, score(run, "confidence"))
    kept = np.zeros(200, bool)
    kept[select(run, method="eva", rate=0.1, exclude=EXCLUDED, **OPTIONS)] = True
    names = tuple(f"class {c}" for c in range(run.classes))
    facts = cached.info("tiny")
    about = {"dataset": facts.dataset, "dataset_sha256": facts.dataset_sha256, "samples": facts.samples}
    exclusions.save("wrong", EXCLUDED, **about)
    spec = CoresetSpec("tiny", "eva", OPTIONS, rate=0.1, exclusion="wrong")
    return data.MapView(spec, run, cached.images("tiny"), names, kept, EXCLUDED, x, y)


def mask(rows):
    """(200,) which samples are among some rows."""
    return np.isin(np.arange(200), rows)


@pytest.mark.parametrize("how", export.HOW)
def test_a_manifest_names_the_rows_the_map_and_what_was_excluded(how, seen):
    inside = data.inside(areas.parse(AREA), seen.x, seen.y)
    rows = export.combined(how, inside, seen.kept, EXCLUDED)
    said = json.loads(code.content(seen, how, inside, AREA, "json"))
    assert said["indices"] == rows.tolist()
    assert not set(said["indices"]) & set(EXCLUDED.tolist())
    assert (said["excluded"], said["excluded_set"]) == (3, "wrong")
    assert said["area"]["shapes"] == AREA
    assert said["method"] == ("variability" if how == "the area" else "eva")
    assert said["rate"] == len(rows) / 200


def test_a_set_has_its_images_as_a_file_of_the_format_of_the_data_set(seen):
    rows = np.array([2, 9, 77])
    with np.load(io.BytesIO(code.content(seen, "the area", mask(rows), AREA, "npz")), allow_pickle=False) as file:
        np.testing.assert_array_equal(file["train_indices"], rows)
        np.testing.assert_array_equal(file["train_images"], seen.images.images["train"][rows])


@pytest.mark.parametrize("kind", ["csv", "npy", "txt"])
def test_the_rows_of_an_area_are_read_back_from_its_files(kind, seen, tmp_path):
    (tmp_path / f"area.{kind}").write_bytes(code.content(seen, "the area", mask([2, 9, 77]), AREA, kind))
    assert sorted(exclusions.read_rows(tmp_path / f"area.{kind}")) == [2, 9, 77]


def test_a_report_of_an_area_says_where_it_was_drawn(seen):
    assert AREA in code.content(seen, "the area", mask([2, 9, 77]), AREA, "html").decode()


def test_the_coreset_of_the_page_is_that_of_the_engine(seen):
    np.testing.assert_array_equal(cached.coreset(seen.spec).kept, seen.kept)
    assert not np.array_equal(cached.coreset(replace(seen.spec, exclusion="")).kept, seen.kept)
