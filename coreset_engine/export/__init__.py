"""Taking a coreset away: row numbers, manifest, MedMNIST-format file, pictures, report."""

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
