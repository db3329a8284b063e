"""Taking a coreset away: row numbers, manifest, MedMNIST-format file, pictures, report."""

from coreset_engine.export.coreset import Coreset, coreset_of, is_synthetic, label_columns, rows_sha256
from coreset_engine.export.files import KINDS, NEED_IMAGES, as_bytes, read_rows, write, write_scores, write_table

__all__ = [
    "KINDS",
    "NEED_IMAGES",
    "Coreset",
    "as_bytes",
    "coreset_of",
    "is_synthetic",
    "label_columns",
    "read_rows",
    "rows_sha256",
    "write",
    "write_scores",
    "write_table",
]
