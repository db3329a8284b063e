"""What retrainings reached, compared: plain tables of the rows that `results.frame` gives, without Streamlit."""

from typing import TYPE_CHECKING

from coreset_engine import lazy

if TYPE_CHECKING:
    from coreset_engine.results.confusions import Change, confusion_change
    from coreset_engine.results.differences import against_random
    from coreset_engine.results.learning import learning_curves
    from coreset_engine.results.parts import part
    from coreset_engine.results.pricing import costs
    from coreset_engine.results.recalls import class_recalls
    from coreset_engine.results.table import (
        FIGURES,
        GROUP,
        LOWER_IS_BETTER,
        MIGRATIONS,
        NOTE_LENGTH,
        REFERENCES,
        SHORT_KEY,
        UNSEARCHED,
        across_architectures,
        annotate,
        append,
        data_names,
        delete,
        exists,
        frame,
        get,
        key_of,
        label,
        matching,
        notes,
        ordered,
        path,
        rows,
        summarise,
    )

__all__ = [
    "FIGURES",
    "GROUP",
    "LOWER_IS_BETTER",
    "MIGRATIONS",
    "NOTE_LENGTH",
    "REFERENCES",
    "SHORT_KEY",
    "UNSEARCHED",
    "Change",
    "across_architectures",
    "against_random",
    "annotate",
    "append",
    "class_recalls",
    "confusion_change",
    "costs",
    "data_names",
    "delete",
    "exists",
    "frame",
    "get",
    "key_of",
    "label",
    "learning_curves",
    "matching",
    "notes",
    "ordered",
    "part",
    "path",
    "rows",
    "summarise",
]

__getattr__, __dir__ = lazy.attributes(
    __name__,
    {
        "MIGRATIONS": "table",
        "GROUP": "table",
        "FIGURES": "table",
        "LOWER_IS_BETTER": "table",
        "NOTE_LENGTH": "table",
        "UNSEARCHED": "table",
        "SHORT_KEY": "table",
        "REFERENCES": "table",
        "path": "table",
        "key_of": "table",
        "append": "table",
        "exists": "table",
        "rows": "table",
        "get": "table",
        "delete": "table",
        "annotate": "table",
        "notes": "table",
        "label": "table",
        "frame": "table",
        "matching": "table",
        "summarise": "table",
        "data_names": "table",
        "ordered": "table",
        "across_architectures": "table",
        "Change": "confusions",
        "against_random": "differences",
        "class_recalls": "recalls",
        "confusion_change": "confusions",
        "costs": "pricing",
        "learning_curves": "learning",
        "part": "parts",
    },
)
