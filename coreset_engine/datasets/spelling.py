"""Names of data sets as packages and papers spell them."""

import re

from coreset_engine.datasets import all_sources

ALIASES = {"tinyimagenet200": "tinyimagenet"}  # the name of its folder


def canonical(spec: str) -> str:
    """Return a name of a data set as it is known here: "FashionMNIST", "Fashion-MNIST" and "fashion_mnist" are one.

    What is no known name in any spelling stays, as does a size behind it, e.g. of "PathMNIST_64".
    """
    if spec in all_sources() or "/" in spec or "." in spec:
        return spec
    name, parting, tail = spec.rpartition("_")
    named, side = (name, f"_{tail}") if parting and tail.isdigit() else (spec, "")
    plain = re.sub(r"[-_ ]", "", named).lower()
    plain = ALIASES.get(plain, plain)
    return f"{plain}{side}" if plain in all_sources() else spec
