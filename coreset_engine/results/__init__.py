"""What retrainings reached, compared: plain tables of the rows that `results.frame` gives, without Streamlit."""

from typing import TYPE_CHECKING

from coreset_engine import lazy

if TYPE_CHECKING:
    from coreset_engine.results.confusions import Change, confusion_change
    from coreset_engine.results.differences import against_random
    from coreset_engine.results.learning import learning_curves
    from coreset_engine.results.parts import part
    from coreset_engine.results.recalls import class_recalls
    from coreset_engine.results.result_rows import (
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
        of_run,
        ordered,
        path,
        rows,
        summarise,
    )
    from coreset_engine.results.training_costs import costs

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
    "of_run",
    "ordered",
    "part",
    "path",
    "rows",
    "summarise",
]

__getattr__, __dir__ = lazy.attributes(
    __name__,
    {
        "MIGRATIONS": "result_rows",
        "GROUP": "result_rows",
        "FIGURES": "result_rows",
        "LOWER_IS_BETTER": "result_rows",
        "NOTE_LENGTH": "result_rows",
        "UNSEARCHED": "result_rows",
        "SHORT_KEY": "result_rows",
        "REFERENCES": "result_rows",
        "path": "result_rows",
        "key_of": "result_rows",
        "append": "result_rows",
        "exists": "result_rows",
        "rows": "result_rows",
        "get": "result_rows",
        "delete": "result_rows",
        "annotate": "result_rows",
        "notes": "result_rows",
        "of_run": "result_rows",
        "label": "result_rows",
        "frame": "result_rows",
        "matching": "result_rows",
        "summarise": "result_rows",
        "data_names": "result_rows",
        "ordered": "result_rows",
        "across_architectures": "result_rows",
        "Change": "confusions",
        "against_random": "differences",
        "class_recalls": "recalls",
        "confusion_change": "confusions",
        "costs": "training_costs",
        "learning_curves": "learning",
        "part": "parts",
    },
)
