"""Taking a coreset away: row numbers, manifest, MedMNIST-format file, pictures, report."""

from typing import TYPE_CHECKING

from coreset_engine import lazy

if TYPE_CHECKING:
    from coreset_engine.export.areas import HOW, Area, How, combined, set_of_area
    from coreset_engine.export.coreset import CoresetFile, is_synthetic, label_columns, rows_sha256, with_origin
    from coreset_engine.export.fiftyone import issue_tags
    from coreset_engine.export.files import (
        KINDS,
        NEED_IMAGES,
        as_bytes,
        can_hold,
        check_table,
        kind_of,
        known_kind,
        report_norms,
        write,
        write_scores,
        write_table,
    )
    from coreset_engine.export.snippets import loader

__all__ = [
    "HOW",
    "KINDS",
    "NEED_IMAGES",
    "Area",
    "CoresetFile",
    "How",
    "as_bytes",
    "can_hold",
    "check_table",
    "combined",
    "is_synthetic",
    "issue_tags",
    "kind_of",
    "known_kind",
    "label_columns",
    "loader",
    "report_norms",
    "rows_sha256",
    "set_of_area",
    "with_origin",
    "write",
    "write_scores",
    "write_table",
]

__getattr__, __dir__ = lazy.attributes(
    __name__,
    {
        "Area": "areas",
        "CoresetFile": "coreset",
        "HOW": "areas",
        "How": "areas",
        "KINDS": "files",
        "NEED_IMAGES": "files",
        "as_bytes": "files",
        "can_hold": "files",
        "check_table": "files",
        "combined": "areas",
        "is_synthetic": "coreset",
        "issue_tags": "fiftyone",
        "kind_of": "files",
        "known_kind": "files",
        "label_columns": "coreset",
        "loader": "snippets",
        "report_norms": "files",
        "rows_sha256": "coreset",
        "set_of_area": "areas",
        "with_origin": "coreset",
        "write": "files",
        "write_scores": "files",
        "write_table": "files",
    },
)
