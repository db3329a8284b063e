"""The Results page with its tab of papers."""
