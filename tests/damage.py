"""Damage done on purpose, and files as versions before left them."""

import json

import h5py

from coreset_engine import named_json


def flip(path, at, bit=0):
    """Change one bit of a file."""
    with open(path, "r+b") as file:
        file.seek(at)
        old = file.read(1)[0]
        file.seek(at)
        file.write(bytes([old ^ (1 << bit)]))


def offset_of(path, dataset):
    """Where a dataset of an HDF5 file begins."""
    with h5py.File(path, "r") as file:
        return file[dataset].id.get_offset()


def to_version_1(path):
    """Turn a `dynamics.h5` into what a version without sums over labels, metrics and attributes wrote."""
    with h5py.File(path, "r+") as file:
        del file["epochs/metrics_crc32"]
        for name in ("labels_crc32", "attributes_crc32"):
            del file.attrs[name]
        file.attrs["version"] = 1
    return path


def resealed(path, change):
    """Rewrite a JSON file as `change` makes its content, with the sum that belongs to it: what a program might write."""
    content, _ = named_json.unsealed(path)
    path.write_bytes(named_json.sealed(change(content)))


def without_sum(path):
    """Take the sum out of a JSON file, as versions before wrote it."""
    path.write_text(json.dumps(named_json.unsealed(path)[0]))
