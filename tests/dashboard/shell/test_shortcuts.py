"""The help text of keys is Markdown that shows every key of every place."""

from coreset_engine.dashboard.shell import shortcuts


def test_every_place_has_a_heading_and_a_line_for_each_of_its_keys():
    text = shortcuts.text()
    for place, known in shortcuts.KEYS.items():
        part = text.split(f"**{place}**")[1].split("**")[0]
        assert part.count("\n- ") == len(known)
        assert all(what in part for _, what in known)
    assert "- `Page up` `Page down` moves it by ten" in text
