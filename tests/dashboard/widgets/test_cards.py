"""What cards send to the browser."""

import numpy as np

from coreset_engine.dashboard.widgets import cards
from coreset_engine.dashboard.widgets.cards import Card, Group

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 4, 4), np.uint8)
GROUPS = [Group("", (Card(5, "liver", "a"),)), Group("two", (Card(2, "x", "b"), Card(0, "y", "c")))]


def test_cards_stay_the_same_for_the_browser_whatever_is_ticked_or_outlined():
    first, second = cards.content(GROUPS, IMAGES, {5}, []), cards.content(GROUPS, IMAGES, {2, 0, 3}, [2])
    assert first["version"] == second["version"]
    assert (first["ticked"], second["ticked"], second["courses"]) == ([5], [2, 0], [2])


def test_other_cards_or_other_pixels_are_another_version():
    other = [Group("", (Card(5, "liver", "changed"),)), GROUPS[1]]
    versions = {
        cards.content(g, i, {}, [])["version"] for g, i in ((GROUPS, IMAGES), (other, IMAGES), (GROUPS, 255 - IMAGES))
    }
    assert len(versions) == 3


def test_without_images_there_are_words_alone():
    content = cards.content(GROUPS, None, {}, [])
    assert (content["sprite"], content["rows"]) == ("", [5, 2, 0])


def test_examples_beside_stand_after_the_cards_in_the_picture_and_only_once():
    beside = [cards.Example(row, "liver", "surest heart") for row in (4, 4, 2)]
    groups = [Group("", (Card(row, "t", "e", other),)) for row, other in zip((5, 2, 0), beside, strict=True)]
    assert cards.content(groups, IMAGES, {}, [])["rows"] == [5, 2, 0, 4]
