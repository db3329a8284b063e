"""The Results page and the Papers page."""
