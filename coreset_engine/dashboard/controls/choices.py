"""Words that stand for a choice in the address and in selectors, the same on every page."""

NOTHING = "none"  # for no set of excluded rows, so no set can be called so
ALL = "all"  # for every class, or every pair of classes
AUTOMATIC = "chosen automatically"  # shown in a field that may stay empty
BY_TRAINING = "each training's own"  # a seed that is not given is that of the retraining
