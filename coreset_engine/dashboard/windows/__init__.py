"""The Window map page."""
