"""How folders, columns and tags call the splits."""

import re

_SPELLINGS = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "dev": "val"}
_SPELLINGS |= {"test": "test", "testing": "test"}


def split_of(name: str) -> str:
    """Return the split that a folder's name means in any case and usual spelling, "" for none."""
    plain = re.sub(r"[^a-z]", "", name.casefold())
    return _SPELLINGS.get(plain) or _SPELLINGS.get(re.sub(r"(set|data|images|split)$", "", plain), "")
