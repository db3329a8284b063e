"""Work on disks of every size up to the one it needs: it ends with one sentence, and goes on where there is room again."""

import os
import subprocess
from pathlib import Path

from tests.hard import kills
from tests.hard.nursery import Nursery

SIZES = 50
PAGE = os.sysconf("SC_PAGE_SIZE")


def may_mount(folder):
    """Whether this process may mount a file system."""
    mounted = _mount(folder, "size=1m")
    if mounted:
        subprocess.run(["umount", folder], check=True)
    return mounted


def _mount(folder, options):
    return not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False, capture_output=True
    ).returncode


def used(folder):
    """How many bytes a folder's files take on a disk."""
    return sum(-(-path.stat().st_size // PAGE) * PAGE + PAGE for path in Path(folder).rglob("*"))


def fill_disks(images, cache, tally):
    """Record and retrain on disks of rising sizes; each is then given room, and what was begun must end undisturbed.

    Args:
        images: file of them.
        cache: an empty folder, on which the disks are mounted.
        tally: its tries are the sizes, spread evenly over a little more than what all of it needs.
    """
    record = ["record", "--dataset", images, *kills._OPTIONS, "--epochs", kills.EPOCHS, "--run", "full", "--resume"]
    retrain = ["retrain", "full", "--method", "aum", "--rate", 0.3, "--epochs", 2, "--device", "cpu"]
    with Nursery() as nursery:
        assert (nursery.run(record), nursery.run(retrain)) == (0, 0)
        whole, needed = kills.contents("full"), used(cache) * 1.25
        subprocess.run(["find", cache, "-mindepth", "1", "-delete"], check=True)
        for number in range(1, SIZES + 1, SIZES // tally.wanted):
            assert _mount(cache, f"size={int(needed * number / SIZES)}")
            try:
                _on_one(tally, nursery, (record, retrain), whole, cache)
            finally:
                subprocess.run(["umount", cache], check=True)
            tally.tried()


def _on_one(tally, nursery, commands, whole, cache):
    """Run the commands on a disk that may be too small, look at what is left, give it room and run them again."""
    codes = []
    for command in commands:
        codes.append(nursery.run(command))
        tally.expect(codes[-1] in (0, 2), f"{command[0]} ended with {codes[-1]}")
        if codes[-1]:
            break
    run = "full" if "full" in kills.store.run_names() else ""
    tally.keep(codes[0] != 0 or (run and kills.contents(run) == whole), "a recording that ended well")
    subprocess.run(["mount", "-o", "remount,size=1g", cache], check=True)
    tally.expect(not kills.damaged(), f"{[found.detail for found in kills.damaged()]}")
    for command in commands:
        tally.expect(nursery.run(command) == 0, f"{command[0]} does not go on")
    tally.expect(kills.contents("full") == whole, "the dynamics are others")
    tally.expect(len(kills.figures()) == 2, "result rows are missing, or there twice")
