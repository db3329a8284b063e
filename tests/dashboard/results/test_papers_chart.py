"""A paper's table as a chart, from cells written by hand."""

import numpy as np
import pandas as pd

from coreset_engine.dashboard.results import charts, papers_data


def cell(method, rate, published, ours=np.nan, dataset="organs"):
    return {"dataset": dataset, "architecture": "resnet18", "detail": "", "method": method, "rate": rate} | {
        "published": published, "ours": ours,
    }  # fmt: skip


LINES = pd.DataFrame(
    [
        cell("Full", 1.0, 0.98),
        cell("EVA", 0.3, 0.9, 0.85),
        cell("EVA", 0.1, 0.8),
        cell("EVA", 0.02, 0.6),
        cell("EVA", 0.1, 0.7, dataset="blood"),
    ]
)


def test_a_part_with_too_few_rates_has_no_chart_and_the_full_data_is_no_point():
    found = papers_data.groups(LINES)
    assert list(found) == ["organs"]
    assert found["organs"]["rate"].tolist() == [0.3, 0.1, 0.02]


def test_published_values_are_a_dotted_line_and_ours_points_of_the_same_colour():
    published, ours, full = charts.paper(papers_data.groups(LINES)["organs"], 0.98, {"EVA": "eva"})["series"]
    assert [point[:2] for point in published["data"]] == [[2.0, 60.0], [10.0, 80.0], [30.0, 90.0]]
    assert (published["lineStyle"]["type"], published["itemStyle"]["color"]) == ("dotted", "transparent")
    assert (ours["name"], [point[:2] for point in ours["data"]]) == ("EVA, ours", [[30.0, 85.0]])
    assert published["itemStyle"]["borderColor"] == ours["itemStyle"]["color"]
    assert full["markLine"]["data"] == [{"yAxis": 98.0}]
