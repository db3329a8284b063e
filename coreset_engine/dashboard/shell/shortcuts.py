"""The keyboard shortcuts of the pages, as a help text."""

from coreset_engine.dashboard.shell import pages

KEYS = {
    "Images": (
        ("← ↑ → ↓", "from image to image; Tab leaves the gallery"),
        ("Enter", "opens the image"),
    ),
    "One image in a dialog": (
        ("← →", "the images before and after it in the gallery"),
        ("Esc", "closes it; the page is as it was"),
    ),
    pages.at("Sample").title: (("← →", "the samples ranked before and after it"),),
    pages.at("Label_issues").title: (
        ("← →", "from card to card"),
        ("x", "ticks or unticks the card"),
        ("Enter", "on an image or a row: opens it"),
    ),
    f"Windows on {pages.at('Explore').title}": (
        ("← →", "moves the window by an epoch"),
        ("Page up, Page down", "moves it by ten"),
    ),
    pages.at("Data_map").title: (
        ("Shift", "while drawing: adds a further area"),
        ("Esc", "clears the areas"),
        ("← ↑ → ↓, Shift + Enter", "through the legend; shows only one of its entries"),
    ),
    "All pages": (
        ("Tab, Shift + Tab", "to the next and the last control"),
        ("r", "runs the page again"),
    ),
}


def text() -> str:
    """Return all keys as Markdown, a heading and one line per key for every place that has some."""
    parts = []
    for place, known in KEYS.items():
        lines = [f"- {' '.join(f'`{key}`' for key in keys.split(', '))} {what}" for keys, what in known]
        parts.append("\n".join([f"**{place}**", "", *lines]))
    return "\n\n".join(parts)
