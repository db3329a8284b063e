"""The keys that pages know, as a help text."""

KEYS = {
    "Images": (
        ("← ↑ → ↓", "from image to image; Tab leaves the gallery"),
        ("Enter", "looks at the image"),
    ),
    "A look at one image": (
        ("← →", "the images before and after it in the gallery"),
        ("Esc", "closes it; the page is as it was"),
    ),
    "Sample": (("← →", "the samples ranked before and after it"),),
    "Suspects": (
        ("← →", "from card to card"),
        ("x", "ticks or unticks the card"),
        ("Enter", "on an image or a row: looks at it"),
    ),
    "Windows on Explore": (
        ("← →", "moves the window by an epoch"),
        ("Page up, Page down", "moves it by ten"),
    ),
    "Data map": (
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
    """Return all keys as Markdown, a heading and a line a key for every place that has some."""
    parts = []
    for place, known in KEYS.items():
        lines = [f"- {' '.join(f'`{key}`' for key in keys.split(', '))} {what}" for keys, what in known]
        parts.append("\n".join([f"**{place}**", "", *lines]))
    return "\n\n".join(parts)
