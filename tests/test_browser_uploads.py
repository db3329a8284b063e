"""Uploads above the limit, and two browsers that do not see each other's state."""

import pytest

from tests.browser import becomes, context_of, running_app


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
