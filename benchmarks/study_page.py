"""The study's page from its rows: numbers, tables and figures, written into docs/study.md and docs/images/study.

python benchmarks/study_page.py
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import study_figures as figures
import study_numbers as numbers
import study_tables as tables
import study_words as words
import yaml

PAGE = tables.ROOT / "docs" / "study.md"
AT_30 = ("random stratified", "random tempered, cut", "eva early", "eva late")
START, END = "<!-- {} -->", "<!-- end of {} -->"


def all_tables() -> dict[str, str]:
    """Return every table of the page by its mark."""
    plan, found = yaml.safe_load(tables.PLAN.read_text()), tables.rows()
    lines, goal = plan["lines"], plan["goal"]
    return {
        "against random": tables.against_random(found, lines, goal),
        "means": tables.means(found, lines, goal),
        "accuracy": tables.against_random(found, lines, numbers.ACCURACY),
        "at 30 %": tables.at_rate(found, AT_30, "0.3", (goal, numbers.ACCURACY)),
        "proxies": numbers.proxy_table(),
        "forms": numbers.form_table(),
        "noise": numbers.noise_table(),
    }


def page(text: str) -> str:
    """Return the page with its tables and numbers made anew."""
    for name, table in all_tables().items():
        start, end = START.format(name), END.format(name)
        text = f"{text[: text.index(start)]}{start}\n{table.strip()}\n{text[text.index(end) :]}"
    return words.filled(text)


def main() -> None:
    """Write the page and its figures."""
    PAGE.write_text(page(PAGE.read_text()))
    figures.FOLDER.mkdir(parents=True, exist_ok=True)
    for name, drawn in figures.FIGURES.items():
        (figures.FOLDER / name).write_text(drawn())


if __name__ == "__main__":
    main()
