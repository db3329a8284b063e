"""The controls of the sidebar: run, method, rule, windows, what is left out."""
