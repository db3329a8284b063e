"""What retrainings reached, compared: plain tables of the rows that `results.frame` gives, without Streamlit."""

from typing import TYPE_CHECKING

from coreset_engine import lazy

if TYPE_CHECKING:
    from coreset_engine.outcomes.confusions import Change, confusion_change
    from coreset_engine.outcomes.differences import against_random
    from coreset_engine.outcomes.learning import learning_curves
    from coreset_engine.outcomes.pricing import costs
    from coreset_engine.outcomes.recalls import class_recalls

__all__ = ["Change", "against_random", "class_recalls", "confusion_change", "costs", "learning_curves"]

__getattr__, __dir__ = lazy.attributes(
    __name__,
    {
        "Change": "confusions",
        "against_random": "differences",
        "class_recalls": "recalls",
        "confusion_change": "confusions",
        "costs": "pricing",
        "learning_curves": "learning",
    },
)
