"""Training: the loop, the recorder and the evaluation. Data and model are handed in."""
