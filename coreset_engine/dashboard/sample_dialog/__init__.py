"""The dialog of one sample, which every gallery opens."""
