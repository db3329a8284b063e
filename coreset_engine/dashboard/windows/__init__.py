"""The Windows page."""
