"""Uploads: above the limit, of own images; and two browsers that do not see each other's state."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser import becomes, context_of, running_app, settled


@pytest.mark.browser
def test_a_file_above_the_limit_is_refused_with_a_sentence(chromium, folder, tmp_path):
    large = tmp_path / "large.npz"
    large.write_bytes(bytes((1 << 20) + 1))
    with (
        running_app(folder, "--server.maxUploadSize", "1") as address,
        context_of(chromium, address, policed=True) as context,
    ):
        page = context.new_page()
        page.goto("/Record?tab=Import+dynamics")
        page.locator("input[type=file]").set_input_files(str(large))
        page.get_by_text("File must be 1.0MB or smaller").wait_for()


@pytest.mark.browser
def test_what_one_browser_moves_stays_as_it_is_in_another(chromium, app):
    with context_of(chromium, app) as one, context_of(chromium, app) as other:
        first, second = one.new_page(), other.new_page()
        first.goto("/Explore?run=tiny&rate=0.3")
        second.goto("/Explore?run=tiny&rate=0.7")
        first.get_by_test_id("stSlider").first.wait_for()
        second.get_by_test_id("stSlider").first.wait_for()
        before = second.url
        sliders = first.get_by_test_id("stSlider").get_by_role("slider")
        sliders.last.focus()
        first.keyboard.press("ArrowRight")
        becomes(first, lambda: "rate=0.3" not in first.url or "rate=0.31" in first.url, True)
        second.wait_for_timeout(1000)
        assert second.url == before


def scans(path):
    """Write a zip of one folder with two class folders of grey pictures, one broken, and a file of another kind."""
    with zipfile.ZipFile(path, "w") as archive:
        for value, name in ((40, "a"), (200, "b")):
            for number in range(12):
                picture = io.BytesIO()
                Image.fromarray(np.full((28, 28), value + number, np.uint8)).save(picture, "png")
                archive.writestr(f"My scans/{name}/{number}.png", picture.getvalue())
        archive.writestr("My scans/a/scan.dcm", b"DICM")
        archive.writestr("My scans/b/cut.png", b"")
    return path


@pytest.mark.browser
def test_an_uploaded_zip_is_checked_mended_named_and_kept_in_mind(chromium, app, tmp_path):
    with context_of(chromium, app) as context:
        page = context.new_page()
        page.goto("/Record")
        page.locator("input[type=file]").set_input_files(str(scans(tmp_path / "scans.zip")))
        page.get_by_text("cut.png").wait_for()
        expect(page.get_by_role("button", name="Start recording")).to_be_disabled()
        page.get_by_text("Leave out broken pictures", exact=True).click()
        expect(page.get_by_role("button", name="Start recording")).to_be_enabled()
        settled(page)
        page.get_by_role("button", name="Check the images").click()
        page.get_by_text("18 train, 2 val, 4 test images; 2 classes; grey; 64 x 64 px.").wait_for()
        page.get_by_text("Left out: 1 picture that can't be read (b/cut.png).").wait_for()
        page.get_by_text("Left out: 1 file of a kind that is not read (.dcm 1).").wait_for()
        names = page.get_by_role("textbox", name="Names of the classes")
        expect(names).to_have_value("a\nb")
        pictures = page.get_by_test_id("stImage").locator("img")
        expect(pictures).to_have_count(12)
        becomes(page, lambda: pictures.first.evaluate("picture => picture.naturalWidth > 0"), True)
        names.fill("healthy\nill")
        names.press("Control+Enter")
        page.get_by_test_id("stImage").get_by_text("healthy").first.wait_for()
        seed = page.get_by_label("Seed", exact=True).and_(page.locator("input"))
        seed.fill("7")
        seed.press("Enter")
        page.wait_for_url("**record_seed=7**")
        settled(page)
        page.get_by_role("link", name="Overview").click()
        page.get_by_role("heading", name="Overview").wait_for()
        page.get_by_role("link", name="Record", exact=True).click()
        for turn in range(2):
            expect(names).to_have_value("healthy\nill")
            expect(seed).to_have_value("7")
            if not turn:
                settled(page)
                page.reload()
