"""Selections as pages hold, compare, show and export them."""
