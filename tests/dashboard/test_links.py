"""Addresses of links say every control's value as Streamlit itself writes it."""

from coreset_engine.dashboard import links


def test_an_address_has_every_value_and_clears_what_is_empty():
    controls = {
        "rate": 0.1,
        "early": 4,
        "average": ["a b", "c&d"],
        "rule_seed": None,
        "differ": True,
        "exclude": "none",
    }
    assert links.address("Sample", controls) == (
        "Sample?rate=0.1&early=4&average=a+b&average=c%26d&rule_seed=&differ=true&exclude=none"
    )


def test_an_empty_list_clears_its_control():
    assert links.address("Explore", {"average": []}) == "Explore?average="
