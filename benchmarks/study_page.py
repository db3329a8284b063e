"""The study's pages from its rows: numbers, tables and figures, written into docs/study*.md and docs/images/study.

python benchmarks/study_page.py
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import study_figures as figures
import study_numbers as numbers
import study_ranks as ranks
import study_settings as settings
import study_tables as tables
import study_words as words
import yaml

PAGES = tuple(tables.ROOT / "docs" / name for name in ("study.md", "study_details.md", "study_tables.md"))
AT_30 = ("random stratified", "random tempered, cut", "eva early", "eva late")
START, END = "<!-- {} -->", "<!-- end of {} -->"


def all_tables() -> dict[str, str]:
    """Return every table of the pages by its mark."""
    plan = yaml.safe_load(tables.PLAN.read_text())
    lines, goal = plan["lines"], plan["goal"]
    lenet, resnet8 = ([row for one in own for row in tables.rows(one)] for own in tables.NETWORKS.values())
    return {
        "against random": "\n".join(tables.against_random(one, lines, goal) for one in settings.WHERE),
        "means": "\n".join(tables.means(one, lines, goal) for one in settings.WHERE),
        "accuracy": "\n".join(tables.against_random(one, lines, numbers.ACCURACY) for one in settings.WHERE),
        "at 30 %": tables.at_rate(lenet, AT_30, "0.3", (goal, numbers.ACCURACY)),
        "at 30 % with ResNet-8": tables.at_rate(resnet8, AT_30, "0.3", (goal, numbers.ACCURACY)),
        "held": settings.held_table(),
        "proxies": ranks.proxy_table(),
        "forms": settings.form_table(),
        "gaps": settings.gap_table(),
        "noise": settings.noise_table(),
        "searched": settings.searched_table(),
        "searched with ResNet-8": settings.searched_table("fourth resnet8"),
        "cut": settings.cut_table(),
        "cut by set": settings.cut_by_set_table(),
    }


def page(text: str) -> str:
    """Return a page with its tables and numbers made anew."""
    for name, table in all_tables().items():
        start, end = START.format(name), END.format(name)
        if start in text:
            text = f"{text[: text.index(start)]}{start}\n{table.strip()}\n{text[text.index(end) :]}"
    return words.filled(text)


def main() -> None:
    """Write the pages and their figures."""
    for file in PAGES:
        file.write_text(page(file.read_text()))
    figures.FOLDER.mkdir(parents=True, exist_ok=True)
    for name, drawn in figures.FIGURES.items():
        (figures.FOLDER / name).write_text(drawn())


if __name__ == "__main__":
    main()
