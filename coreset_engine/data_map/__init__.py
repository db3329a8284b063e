"""The data map: where samples lie, how dense they are, and areas drawn on it; plain functions on arrays."""
