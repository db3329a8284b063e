"""The part that holds the learning curves of single retrainings."""

from coreset_engine import results
from coreset_engine.results.parts import Part

PART = Part(
    name="curves",
    order=50,
    title="Learning curves",
    words="learning curves",
    compute=lambda rows, question: results.learning_curves(rows),
    missing=lambda question: "None of these rows holds its curves. Those of a training from this version on do.",
    mixed=True,
    single=True,
    modes=True,
)
