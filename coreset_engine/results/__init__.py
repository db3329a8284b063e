"""What retrainings reached, compared: plain tables of the rows that `results.frame` gives, without Streamlit."""

from typing import TYPE_CHECKING

from coreset_engine import lazy

if TYPE_CHECKING:
    from coreset_engine.results.confusions import DENSE_CONFUSION, Change, confusion_change, stored_confusion
    from coreset_engine.results.differences import against_random
    from coreset_engine.results.learning import learning_curves
    from coreset_engine.results.mode_table import modes
    from coreset_engine.results.parts import part
    from coreset_engine.results.recalls import class_recalls
    from coreset_engine.results.result_rows import (
        FIGURES,
        GROUP,
        LOWER_IS_BETTER,
        REFERENCES,
        UNSEARCHED,
        across_architectures,
        data_names,
        frame,
        label,
        matching,
        modes_only,
        ordered,
        summarise,
        without_modes,
    )
    from coreset_engine.results.seeds import seed_components
    from coreset_engine.results.stored import (
        MIGRATIONS,
        NOTE_LENGTH,
        SHORT_KEY,
        annotate,
        append,
        delete,
        exists,
        get,
        key_of,
        keys,
        notes,
        of_run,
        path,
        problems,
        rows,
    )
    from coreset_engine.results.training_costs import costs
    from coreset_engine.results.verdict_table import verdicts
    from coreset_engine.results.without import with_and_without

__all__ = [
    "DENSE_CONFUSION",
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
    "keys",
    "label",
    "learning_curves",
    "matching",
    "modes",
    "modes_only",
    "notes",
    "of_run",
    "ordered",
    "part",
    "path",
    "problems",
    "rows",
    "seed_components",
    "stored_confusion",
    "summarise",
    "verdicts",
    "with_and_without",
    "without_modes",
]

__getattr__, __dir__ = lazy.attributes(
    __name__,
    {
        "MIGRATIONS": "stored",
        "GROUP": "result_rows",
        "FIGURES": "result_rows",
        "LOWER_IS_BETTER": "result_rows",
        "NOTE_LENGTH": "stored",
        "UNSEARCHED": "result_rows",
        "SHORT_KEY": "stored",
        "REFERENCES": "result_rows",
        "path": "stored",
        "key_of": "stored",
        "keys": "stored",
        "append": "stored",
        "exists": "stored",
        "rows": "stored",
        "problems": "stored",
        "get": "stored",
        "delete": "stored",
        "annotate": "stored",
        "notes": "stored",
        "of_run": "stored",
        "label": "result_rows",
        "frame": "result_rows",
        "matching": "result_rows",
        "modes": "mode_table",
        "modes_only": "result_rows",
        "without_modes": "result_rows",
        "summarise": "result_rows",
        "data_names": "result_rows",
        "ordered": "result_rows",
        "across_architectures": "result_rows",
        "Change": "confusions",
        "against_random": "differences",
        "class_recalls": "recalls",
        "DENSE_CONFUSION": "confusions",
        "confusion_change": "confusions",
        "stored_confusion": "confusions",
        "costs": "training_costs",
        "learning_curves": "learning",
        "part": "parts",
        "seed_components": "seeds",
        "verdicts": "verdict_table",
        "with_and_without": "without",
    },
)
