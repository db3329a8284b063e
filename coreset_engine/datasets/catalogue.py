"""What there is to record: every data set known by name, and every other one in the cache."""

import math
from typing import Any

from coreset_engine.datasets import SPLITS, all_sources, disk


def catalogue() -> list[dict[str, Any]]:
    """Return every data set known by name, and every other one in the cache, as flat dicts.

    `cached` and `corrupted` name what the cache holds of it: as its source gives it, and with planted errors. `here` tells
    whether its files lie on this machine, None where nothing needs to; `bytes` how large its images are.
    """
    entries = disk.entries()
    rows: list[dict[str, Any]] = []
    kept = [entry for entry in entries if not entry["corruption"]]
    for name, source in all_sources().items():
        here = [entry for entry in kept if entry["spec"] in {source.name_at(side) for side in source.sides}]
        rows.append(
            {
                "dataset": name,
                "title": source.title,
                "task": source.task,
                "classes": len(source.class_names) or None,
                "train": source.samples[0],
                "val": source.samples[1],
                "test": source.samples[2],
                "channels": source.channels,
                "sides": list(source.sides),
                "licence": source.licence,
                "citation": source.citation,
                "synthetic": source.synthetic,
                "here": source.here() if source.here else None,
                "bytes": source.bytes_loaded,
                "fetch": source.fetch is not None,
                "volumes": source.volumes,
                "cached": sorted(entry["name"] for entry in here),
            }
        )
    known = {name for row in rows for name in row["cached"]}
    rows += [_cached_row(entry) for entry in kept if entry["name"] not in known]
    for row in rows:
        specs = {row["dataset"], *row["cached"]}
        row["corrupted"] = sorted(e["name"] for e in entries if e["corruption"] and e["spec"] in specs)
    return rows


def _cached_row(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the catalogue row of a cached data set that came from a path."""
    row = {
        "dataset": entry["spec"],
        "title": entry["title"],
        "task": entry["task"],
        "classes": len(entry["class_names"]),
    }
    size = entry.get("size", [entry["side"]] * 2)  # entries of before are flat, or look it
    row |= dict(zip(SPLITS, entry["samples"], strict=True)) | {"channels": entry["channels"], "sides": [entry["side"]]}
    return row | {
        "licence": entry["licence"],
        "citation": "",
        "synthetic": entry["synthetic"],
        "here": None,
        "bytes": sum(entry["samples"]) * entry["channels"] * math.prod(size),
        "fetch": False,
        "volumes": len(size) == 3,
        "cached": [entry["name"]],
    }
