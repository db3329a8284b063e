"""Sweeps: many retrainings of one run, planned, searched and trained side by side.

`plan` says what a sweep would train and how long that takes, `pool` trains cells in workers that stay, `search` looks for
the best windows with fewer trainings than the grid, `driver` puts them together.
"""
