"""Long loops run only where they are asked for by their marker: `pytest -m hard tests/hard`."""

import pytest


def pytest_collection_modifyitems(config, items):
    """Skip long loops unless `-m` names them."""
    for item in items:
        if item.get_closest_marker("hard") and "hard" not in config.option.markexpr:
            item.add_marker(pytest.mark.skip(reason="long: ask for it with -m hard"))
