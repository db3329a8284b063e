"""The app: what its pages draw, a folder each, and what they share. Never imports torch."""
