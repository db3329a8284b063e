"""The table of pages agrees with the files, and names what it refers to."""

from coreset_engine.dashboard.shell import links, pages
from tests.browser import ROOT


def test_the_table_has_every_page_once():
    files = ["app.py", *(f"pages/{path.name}" for path in (ROOT / "pages").glob("*.py"))]
    assert sorted(page.file for page in pages.PAGES) == sorted(files)
    assert len({page.title for page in pages.PAGES}) == len(files)


def test_every_page_is_of_a_kind_that_links_know():
    assert {page.controls for page in pages.PAGES} <= set(links.KINDS)


def test_an_address_is_the_end_of_the_files_name():
    assert (pages.at("").title, pages.at("Label_issues").file) == ("Overview", "pages/5_Label_issues.py")


def test_the_menu_leaves_out_pages_that_belong_to_no_group():
    titles = [page.title for group in pages.menu() for page in group]
    assert titles[:3] == ["Overview", "Record", "Explore"]
    assert "Sample" not in titles


def test_former_addresses_lead_to_pages_and_end_where_a_page_has_them():
    assert all(pages.known(former.address) for former in pages.FORMER.values())
    assert pages.moved("Window_map") == pages.Former("Windows")
    assert pages.moved("Windows") is None
    assert pages.moved("Nowhere") is None
