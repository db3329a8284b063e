"""All images of a run as FiftyOne opens them: an image-classification directory tree, with the coreset as tags."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine.analysis import label_issues
from coreset_engine.datasets import SPLITS, ImageSet
from coreset_engine.datasets.modality import png
from coreset_engine.dynamics import Dynamics
from coreset_engine.export.coreset import CoresetFile
from coreset_engine.export.pictures import class_folders, put, put_groups

KIND = "fiftyone.zip"
CORESET, LABEL_ISSUE = "coreset", "label issue"
TAGS = {"train": "train", "val": "validation", "test": "test"}  # as FiftyOne's own sets name their splits


def issue_tags(kind: str, dynamics: Dynamics) -> dict[str, NDArray[np.int64]]:
    """Return the rows that bear each further tag: label issues, as the Label issues page finds them.

    Args:
        kind: of the file to be written; others have no tags.
        dynamics: of the run; one of several labels or of losses alone knows no label issues.
    """
    if kind != KIND or dynamics.multi_label or "margin" not in dynamics.signals:
        return {}
    return {LABEL_ISSUE: label_issues.find(dynamics).rows}


def as_tree(coreset: CoresetFile, images: ImageSet, tags: Mapping[str, NDArray[np.int64]]) -> bytes:
    """Return a .zip of a folder that FiftyOne opens.

    `data/<class>/<picture>` is an `ImageClassificationDirectoryTree`; the whole folder is a `FiftyOneDataset` of FiftyOne's
    plain JSON form, whose samples have their split, "coreset" and what `tags` says as tags, the class's own name as
    `ground_truth`, and row, score and rank of the train split as fields. `groups.csv` tells the groups of images, if any.

    Args:
        coreset: what is tagged.
        images: of the run, all of which are written.
        tags: further tags of rows of the train split.
    """
    ranks = dict(zip(*(coreset.table()[name].tolist() for name in ("index", "rank")), strict=True))
    marked = {CORESET: set(coreset.indices.tolist())} | {name: set(rows.tolist()) for name, rows in tags.items()}
    folders, samples, buffer = class_folders(coreset), [], io.BytesIO()
    named: dict[str, dict[int, str]] = {}
    with zipfile.ZipFile(buffer, "w") as archive:
        for split in SPLITS:
            for row, label in enumerate(images.labels[split]):
                folder = "images" if images.multi_label else folders[label]
                sample: dict[str, Any] = {"filepath": f"data/{folder}/{split}-{row}.png", "tags": [TAGS[split]]}
                sample |= _truth(label, images.class_names) | {"row": row}
                if split == "train":
                    sample["tags"] += [name for name, rows in marked.items() if row in rows]
                    sample |= {"score": float(coreset.scores[row])} if np.isfinite(coreset.scores[row]) else {}
                    sample |= {"rank": ranks[row]} if row in ranks else {}
                named.setdefault(split, {})[row] = sample["filepath"]
                samples.append(sample)
                put(archive, sample["filepath"], png(images.thumbnail(row, split)))
        put_groups(archive, images, named)
        put(archive, "samples.json", json.dumps({"samples": samples}, indent=1, ensure_ascii=False).encode())
        info = {"classes": list(images.class_names), "coreset": coreset.manifest()}
        put(archive, "metadata.json", json.dumps({"media_type": "image", "info": info}, indent=1).encode())
    return buffer.getvalue()


def _truth(label: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the field with the class of a sample, or with all its labels."""
    if np.ndim(label) == 0:
        return {"ground_truth": {"_cls": "Classification", "label": names[label]}}
    found = [{"_cls": "Classification", "label": names[place]} for place in np.flatnonzero(label)]
    return {"ground_truth": {"_cls": "Classifications", "classifications": found}}
