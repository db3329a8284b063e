"""Processes that tests start."""

import subprocess


def end(process):
    """End a process and wait for it."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
