"""Executors: how jobs are started, watched, cancelled and resumed as processes of their own."""
