"""The Label issues page."""
