"""Components of our own, a folder each with its Python, JavaScript and CSS."""
