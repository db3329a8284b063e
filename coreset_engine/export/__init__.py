"""Taking a coreset away: row numbers, manifest, MedMNIST-format file, pictures, report."""

from typing import TYPE_CHECKING

from coreset_engine import lazy

if TYPE_CHECKING:
    from coreset_engine.export.areas import HOW, Area, Asked, How, combined, set_of_area
    from coreset_engine.export.coreset import Coreset, coreset_of, is_synthetic, label_columns, rows_sha256
    from coreset_engine.export.files import KINDS, NEED_IMAGES, as_bytes, read_rows, write, write_scores, write_table

__all__ = [
    "HOW",
    "KINDS",
    "NEED_IMAGES",
    "Area",
    "Asked",
    "Coreset",
    "How",
    "as_bytes",
    "combined",
    "coreset_of",
    "is_synthetic",
    "label_columns",
    "read_rows",
    "rows_sha256",
    "set_of_area",
    "write",
    "write_scores",
    "write_table",
]

__getattr__, __dir__ = lazy.attributes(
    __name__,
    {
        "Area": "areas",
        "Asked": "areas",
        "Coreset": "coreset",
        "HOW": "areas",
        "How": "areas",
        "KINDS": "files",
        "NEED_IMAGES": "files",
        "as_bytes": "files",
        "combined": "areas",
        "coreset_of": "coreset",
        "is_synthetic": "coreset",
        "label_columns": "coreset",
        "read_rows": "files",
        "rows_sha256": "coreset",
        "set_of_area": "areas",
        "write": "files",
        "write_scores": "files",
        "write_table": "files",
    },
)
