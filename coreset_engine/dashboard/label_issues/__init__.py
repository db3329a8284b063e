"""The Suspects page."""
