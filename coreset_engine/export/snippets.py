"""Lines of Python that load an exported coreset for training in PyTorch, as they are copied beside every export."""

import os
from pathlib import Path

from coreset_engine.datasets import ImageSet, library
from coreset_engine.export.files import can_hold

_READ = {
    "csv": ("pandas", 'rows = pandas.read_csv({file})["index"].tolist()  # of the train split, the best-ranked first'),
    "npy": ("numpy", "rows = numpy.load({file}).tolist()  # of the train split, ascending"),
    "txt": ("numpy", "rows = numpy.loadtxt({file}, int, ndmin=1).tolist()  # of the train split, ascending"),
    "json": ("json", 'rows = json.loads(Path({file}).read_text())["indices"]  # of the train split, ascending'),
}
_PACKAGES = {
    "hf.zip": (
        "import shutil",
        "",
        "from datasets import load_dataset",
        "",
        "shutil.unpack_archive({file}, {folder})",
        'train = load_dataset("imagefolder", data_dir={folder})["train"]  # {columns}',
    ),
    "fiftyone.zip": (
        "import shutil",
        "",
        "import fiftyone",
        "",
        "shutil.unpack_archive({file}, {folder})",
        "samples = fiftyone.Dataset.from_dir({folder}, fiftyone.types.FiftyOneDataset)",
        'kept = samples.match_tags("coreset")  # other tags: train, validation, test, label issue',
    ),
}
_NUMBERS = (  # names that look like numbers, or like missing values, are read as such from metadata.csv
    'labels = pandas.read_csv({table}).set_index("index")["label"]  # as numbers, those of the run',
    'train = train.add_column("number", labels.loc[list(train["row"])].tolist())',
)
_ASSERTION = (
    "# medmnist's own classes open this file, too, but their len() asserts the official number of samples: len(), repr()",
    "# and a shuffling DataLoader raise an AssertionError. A TensorDataset is as long as the arrays are.",
)


def loader(kind: str, file: str, images: ImageSet | None) -> str:
    """Return lines of Python whose `train` is a coreset as a PyTorch data set; "" for a kind that holds nothing to load.

    Rows become a `Subset` of the full train split, the arrays of a .npz a `TensorDataset`, pictures an `ImageFolder`.

    Args:
        kind: of the file, as `export.KINDS` names them.
        file: its name.
        images: that the run was recorded on; None where they are not known here.
    """
    if kind in _READ:
        return _subset(kind, file, images)
    if images is not None and not can_hold(kind, images):
        return ""
    if kind in _PACKAGES and images is not None:
        return _package(kind, file, images)
    if images is None or kind == "html" or (kind == "zip" and images.multi_label):
        return ""
    return _pictures(file, images) if kind == "zip" else _tensors(file, images)


def _package(kind: str, file: str, images: ImageSet) -> str:
    """Return lines that unpack a .zip and open it by the package it is for."""
    folder, lines = file.removesuffix(f".{kind}"), list(_PACKAGES[kind])
    columns = "image, row, and 0 or 1 for each label" if images.multi_label else "image, label (a name), row"
    if kind == "hf.zip" and not images.multi_label:
        lines = [*lines[:2], "import pandas", *lines[2:], *_NUMBERS]
    given = {"file": repr(file), "folder": repr(folder), "table": repr(f"{folder}/coreset.csv"), "columns": columns}
    return "\n".join(line.format(**given) for line in lines)


def _subset(kind: str, file: str, images: ImageSet | None) -> str:
    """Return lines that take the rows of a file from the full train split."""
    module, read = _READ[kind]
    imports, full = _full(images)
    imports = {f"import {module}", "from torch.utils.data import Subset", *imports}
    imports |= {"from pathlib import Path"} if kind == "json" else set()
    return "\n".join([*_ordered(imports), "", *full, read.format(file=repr(file)), "train = Subset(full, rows)"])


def _full(images: ImageSet | None) -> tuple[set[str], list[str]]:
    """Return the imports and the lines whose `full` is the train split that rows are counted in."""
    if images is None:
        return set(), ["full = ...  # your own data set, in the order in which it was recorded"]
    if images.homepage == "https://medmnist.com" and not images.corruption:
        root = os.environ.get("MEDMNIST_ROOT", "")
        given = ['split="train"', "download=True", f"size={images.side}", *([f"root={root!r}"] if root else [])]
        return {"import medmnist"}, [f"full = medmnist.{images.title}({', '.join(given)})"]
    if _is_file_as_it_was(images):
        lines = [f"arrays = numpy.load({images.spec!r})", *_as_tensors(images, "full")]
        return {"import numpy", "import torch", "from torch.utils.data import TensorDataset"}, lines
    lines = [f"images = library.cached({images.name!r}, {images.sha256!r})  # those the run was recorded on"]
    lines += ['arrays = {"train_images": numpy.array(images.images["train"])}']
    lines += ['arrays["train_labels"] = numpy.array(images.labels["train"])']
    imports = {"import numpy", "import torch", "from torch.utils.data import TensorDataset"}
    return imports | {"from coreset_engine.datasets import library"}, [*lines, *_as_tensors(images, "full")]


def _is_file_as_it_was(images: ImageSet) -> bool:
    """Return whether images are a file's arrays as they stand there: nothing injected, scaled or changed since."""
    file = images.spec.lower().endswith(".npz") and Path(images.spec).is_file()
    return file and not (images.corruption or images.read_as or library.changed_since(images))


def _as_tensors(images: ImageSet, name: str) -> list[str]:
    """Return lines that make a `TensorDataset` of `arrays`: pixels from -1 to 1, channels first, labels as classes."""
    sides = ", ".join(map(str, images.size))
    order = ", ".join(map(str, range(1, 1 + len(images.size))))
    axes = f".reshape(-1, 1, {sides})" if images.channels == 1 else f".permute(0, {1 + len(images.size)}, {order})"
    labels = ".float()" if images.multi_label else ".long().flatten()"
    return [
        f'pixels = torch.from_numpy(arrays["train_images"]).float(){axes} / 127.5 - 1',
        f'labels = torch.from_numpy(arrays["train_labels"].astype("int64")){labels}',
        f"{name} = TensorDataset(pixels, labels)",
    ]


def _tensors(file: str, images: ImageSet) -> str:
    """Return lines that make a data set of the arrays of a .npz."""
    imports = ["import numpy", "import torch", "from torch.utils.data import TensorDataset"]
    return "\n".join([*imports, "", *_ASSERTION, f"arrays = numpy.load({file!r})", *_as_tensors(images, "train")])


_GREY = (
    "",
    "def grey(path):  # ImageFolder alone makes three equal channels of a grey picture",
    "    with Image.open(path) as picture:",
    '        return picture.convert("L")',
    "",
)


def _pictures(file: str, images: ImageSet) -> str:
    """Return lines that unpack a .zip and read its pictures; the number in a folder's name is the class."""
    folder, grey = file.removesuffix(".zip"), images.channels == 1
    given = f"{folder + '/'!r} + split{', loader=grey' if grey else ''}"
    return "\n".join(
        [
            "import shutil",
            "",
            *(["from PIL import Image"] if grey else []),
            "from torchvision.datasets import ImageFolder",
            "",
            *(_GREY if grey else ()),
            f"shutil.unpack_archive({file!r}, {folder!r})",
            f'train, val, test = (ImageFolder({given}) for split in ("train", "val", "test"))',
            "for data in (train, val, test):",
            '    classes = [int(name.split("-")[0]) for name in data.classes]  # a class may have no picture in a split',
            "    data.target_transform = classes.__getitem__",
        ]
    )


def _ordered(imports: set[str]) -> list[str]:
    """Return lines of imports in the usual order, those of one module in one line."""
    found = sorted(imports, key=lambda line: (line.startswith("from"), line))
    both = [line for line in found if line.startswith("from torch.utils.data ")]
    rest = [line for line in found if line not in both]
    return [*rest, "from torch.utils.data import " + ", ".join(line.rpartition(" ")[2] for line in both)]
