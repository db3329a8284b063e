"""A folder of pictures in a browser: a refusal opens the fields that help, and the check then shows what is read."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser import context_of, running_app, settled


@pytest.mark.browser
def test_a_broken_picture_is_left_out_and_the_rest_is_shown_before_the_recording(chromium, folder, tmp_path):
    for name, value in (("a", 40), ("b", 200)):
        (tmp_path / "s" / name).mkdir(parents=True)
        for i in range(10):
            Image.fromarray(np.full((28, 28), value, np.uint8)).save(tmp_path / "s" / name / f"{i}.png")
    (tmp_path / "s" / "b" / "cut.png").write_bytes(b"")
    with (
        running_app(folder, CORESET_IMAGES=str(tmp_path)) as address,
        context_of(chromium, address) as context,
    ):
        page = context.new_page()
        page.goto(f"/Record?dataset={tmp_path / 's'}")
        page.get_by_role("button", name="Check the images").click()
        page.get_by_text("cut.png").wait_for()
        expect(page.get_by_role("button", name="Start recording")).to_be_disabled()
        page.get_by_text("Leave out broken pictures", exact=True).click()
        expect(page.get_by_role("button", name="Start recording")).to_be_enabled()
        settled(page)
        page.get_by_role("button", name="Check the images").click()
        page.get_by_text("14 train, 2 val, 4 test images; 2 classes; grey; 64 x 64 px.").wait_for()
        page.get_by_text("Left out: 1 picture that can't be read (b/cut.png).").wait_for()
        pictures = page.get_by_test_id("stImage").locator("img")
        expect(pictures).to_have_count(12)
        assert pictures.first.evaluate("picture => picture.naturalWidth") > 0
