"""The one table of pages: file, title, icon, place in the menu, shared controls, controls of its own, former addresses.

A page that is not here has no menu entry, no link and no saved views. The menu, links, saved views, the help on keys, the
tests of all pages and the screenshots read this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Controls = Literal["all", "windows", "run", "retraining", "recording", "none"]


@dataclass(frozen=True)
class Page:
    """One page of the app.

    Attributes:
        file: from the root of the app; the last part of its name is the page's address.
        title: its heading and its name in the menu.
        icon: name of a Material symbol.
        group: pages of one group stand together in the menu; "" for a page that is reached by links alone.
        controls: which of the shared controls it has, a key of `links.KINDS`.
        local: keys of the controls that begin anew whenever the page is opened, unless its address says otherwise.
    """

    file: str
    title: str
    icon: str
    group: str = ""
    controls: Controls = "all"
    local: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """Return its name in the address, as "Explore"; "" for the Overview."""
        return "" if self.file == "app.py" else Path(self.file).stem.partition("_")[2]


# in the order of the work: record, explore, train, look up
PAGES = (
    Page("app.py", "Overview", "home", "overview", "none"),
    Page("pages/1_Record.py", "Record", "fiber_manual_record", "record", "recording", ("tab",)),
    Page("pages/2_Explore.py", "Explore", "tune", "explore", local=("class", "page", "samples", "group", "sort")),
    Page("pages/3_Windows.py", "Windows", "grid_on", "explore", "windows"),
    Page("pages/4_Data_map.py", "Data map", "scatter_plot", "explore", local=("class",)),
    Page("pages/5_Label_issues.py", "Label issues", "flag", "explore", "run", ("class", "page", "pair", "samples")),
    Page("pages/6_Compare.py", "Compare", "compare", "explore"),
    Page("pages/7_Experiments.py", "Experiments", "replay", "train", "retraining"),
    Page("pages/8_Results.py", "Results", "monitoring", "train", "none", ("tab",)),
    Page("pages/9_Methods.py", "Methods", "menu_book", "methods", "none"),
    Page("pages/10_Sample.py", "Sample", "image_search"),
)


@dataclass(frozen=True)
class Former:
    """What has become of a page that had an address of its own.

    Attributes:
        address: where it is now.
        query: what its address says beside what the former one said, as which tab is open.
    """

    address: str
    query: Mapping[str, str] = field(default_factory=dict)


# An address here counts only while no page of the table has it.
FORMER = {
    "Window_map": Former("Windows"),
    "Suspects": Former("Label_issues"),
    "Retrain": Former("Experiments"),
    "Papers": Former("Results", {"tab": "Papers"}),
    "Bring_dynamics": Former("Record", {"tab": "Import dynamics"}),
}
LOCAL = tuple(dict.fromkeys(key for page in PAGES for key in page.local))
_BY_ADDRESS = {page.address: page for page in PAGES}
_BY_FILE = {page.file: page for page in PAGES}
_BY_TITLE = {page.title: page for page in PAGES}


def at(address: str) -> Page:
    """Return the page of an address, as "Explore"; KeyError where there is none."""
    return _BY_ADDRESS[address]


def of_file(file: str) -> Page:
    """Return the page of a file, as "pages/2_Explore.py"; KeyError where there is none."""
    return _BY_FILE[file]


def titled(title: str) -> Page:
    """Return the page of a title; KeyError where there is none."""
    return _BY_TITLE[title]


def known(address: str) -> bool:
    """Return whether a page has an address now."""
    return address in _BY_ADDRESS


def moved(address: str) -> Former | None:
    """Return what has become of a former address; None for one that a page has, or never had."""
    return None if known(address) else FORMER.get(address)


def menu() -> list[list[Page]]:
    """Return the pages of the menu, group by group."""
    groups: dict[str, list[Page]] = {}
    for page in PAGES:
        if page.group:
            groups.setdefault(page.group, []).append(page)
    return list(groups.values())
