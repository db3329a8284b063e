"""Packs: facts and arrays as one stream of bytes that a browser unpacks without a library.

A pack is the zlib stream of: `CEX1`; the length of the header as uint32, little-endian; the header, JSON in UTF-8 padded
with spaces to a multiple of 8 bytes, with the facts and under "arrays" the type, shape and offset of each array; the arrays,
each from a multiple of 8 bytes on, counted from the end of the header. `scripts/pack.js` reads it.
"""

import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"CEX1"
LEVEL = 6  # of zlib: 9 takes three times as long for 1 % less
TYPES = (
    "uint8",
    "int8",
    "uint16",
    "int16",
    "uint32",
    "int32",
    "float32",
    "float64",
)  # those of JavaScript's typed arrays


def packed(facts: Mapping[str, Any], arrays: Mapping[str, NDArray]) -> bytes:
    """Return facts and arrays as one pack.

    Args:
        facts: what JSON can say; "arrays" is taken.
        arrays: of one of TYPES, by name.

    Raises:
        ValueError: an array is of another type.
    """
    places, parts, offset = {}, [], 0
    for name, array in arrays.items():
        if array.dtype.name not in TYPES:
            raise ValueError(f"{name} is {array.dtype}; a browser reads {', '.join(TYPES)}.")
        data = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
        places[name] = {"type": array.dtype.name, "shape": array.shape, "offset": offset}
        parts.append(data + b"\0" * (-len(data) % 8))
        offset += len(parts[-1])
    header = json.dumps({**facts, "arrays": places}, separators=(",", ":"), allow_nan=False).encode()
    header += b" " * (-len(header) % 8)
    return zlib.compress(b"".join([MAGIC, len(header).to_bytes(4, "little"), header, *parts]), LEVEL)


def unpacked(data: bytes) -> tuple[dict[str, Any], dict[str, NDArray]]:
    """Return the facts and arrays of a pack.

    Raises:
        ValueError: the bytes are no pack.
    """
    try:
        plain = zlib.decompress(data)
    except zlib.error as error:
        raise ValueError(f"The bytes are no pack: {error}.") from error
    if plain[:4] != MAGIC:
        raise ValueError("The bytes are no pack: they begin otherwise.")
    start = 8 + int.from_bytes(plain[4:8], "little")
    facts = json.loads(plain[8:start])
    arrays = {}
    for name, place in facts.pop("arrays").items():
        count = int(np.prod(place["shape"]))
        found = np.frombuffer(plain, np.dtype(place["type"]).newbyteorder("<"), count, start + place["offset"])
        arrays[name] = found.reshape(place["shape"])
    return facts, arrays
