"""The Data map page."""
