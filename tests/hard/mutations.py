"""Changed files, read in processes of their own: what a reader says of a file that is not what was written.

`python -m tests.hard.mutations CACHE KIND FIRST END SEED WAYS` prints a line per change; the kind "all" is every one.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

OUTCOMES = ("caught", "unchanged", "silent", "traceback", "hang", "crash")
SECONDS = 20  # for one reading


def digest(value):
    """A value as something that can be compared, whatever it is made of."""
    import hashlib

    if isinstance(value, dict):
        return sorted((str(name), digest(one)) for name, one in value.items())
    if isinstance(value, (list, tuple)):
        return [digest(one) for one in value]
    if hasattr(value, "numpy"):
        value = value.detach().numpy()
    if isinstance(value, np.ndarray):
        plain = np.ascontiguousarray(value)
        return [str(plain.dtype), list(plain.shape), hashlib.sha256(plain.tobytes()).hexdigest()]
    return repr(value)


def read_dynamics(cache):
    from coreset_engine import load_run, store

    file, run = store.RunFile(cache / "runs" / "tiny"), load_run("tiny")
    return [file.done(), vars(file.info), file.metrics(), run.labels, {n: run.signal(n) for n in ("loss", "margin")}]


def read_snapshot(cache):
    from coreset_engine import store

    return store.read_snapshot(cache / "runs" / "tiny")


def read_weights(cache):
    from coreset_engine.pipeline.surrogate import surrogate

    return surrogate("tiny")[0].state_dict()


def read_request(cache):
    from coreset_engine import store

    return [store.read_request(cache / "runs" / "tiny"), store.read_as(cache / "runs" / "tiny")]


def read_images(cache):
    from coreset_engine import store
    from coreset_engine.datasets import library

    info = store.RunFile(cache / "runs" / "tiny").info
    found = library.cached(info.dataset, info.dataset_sha256, verify=True)
    return [found.images, found.labels, found.truth, found.class_names, found.task, found.synthetic]


def read_results(cache):
    from coreset_engine import results

    return [results.rows(), told(results.problems() if hasattr(results, "problems") else [])]


def read_jobs(cache):
    from coreset_engine.executors import table

    return [[vars(job) for job in table.rows()], told(table.problems() if hasattr(table, "problems") else [])]


def told(sentences):
    """Take a sentence about what is left out for an error: it is said."""
    from coreset_engine.errors import EngineError

    if sentences:
        raise EngineError(sentences[0])
    return sentences


def read_exclusion(cache):
    from coreset_engine.store import exclusions

    return vars(exclusions.load("ab" * 32, "wrong"))


def read_map(cache):
    from coreset_engine import window_map

    (path,) = (cache / "maps").glob("*.npz")
    return vars(window_map.load(path.stem))


def read_view(cache):
    from coreset_engine.dashboard.shell import saved_views

    return vars(saved_views.load("early"))


def read_search(cache):
    from coreset_engine.sweep import search_files

    (path,) = search_files.folder().glob("*.json")
    return search_files.load(path)


def read_checkpoint(cache):
    import torch

    from coreset_engine.training import checkpoints

    return checkpoints.read(cache / "retrainings" / "one.pt", torch.device("cpu"))


KINDS = {
    "dynamics": ("runs/tiny/dynamics.h5", read_dynamics),
    "snapshot": ("runs/tiny/snapshot.h5", read_snapshot),
    "weights": ("runs/tiny/model.safetensors", read_weights),
    "run.json": ("runs/tiny/run.json", read_request),
    "train images": ("datasets/*/train_images.npy", read_images),
    "train labels": ("datasets/*/train_labels.npy", read_images),
    "val images": ("datasets/*/val_images.npy", read_images),
    "val labels": ("datasets/*/val_labels.npy", read_images),
    "test images": ("datasets/*/test_images.npy", read_images),
    "test labels": ("datasets/*/test_labels.npy", read_images),
    "dataset.json": ("datasets/*/dataset.json", read_images),
    "results": ("results.db", read_results),
    "jobs": ("jobs.db", read_jobs),
    "exclusion": ("exclusions/*/wrong.json", read_exclusion),
    "window map": ("maps/*.npz", read_map),
    "saved view": ("views/early.json", read_view),
    "search": ("searches/*.json", read_search),
    "checkpoint": ("retrainings/one.pt", read_checkpoint),
}


def mutate(content, kind, draw):
    """Return bytes with one bit or one byte changed, cut off, or with 64 bytes of zeros."""
    changed, at = bytearray(content), draw.randrange(len(content))
    if kind == "bit":
        changed[at] ^= 1 << draw.randrange(8)
    elif kind == "byte":
        changed[at] = draw.randrange(256)
    elif kind == "cut":
        del changed[at:]
    else:
        end = min(at + 64, len(changed))
        changed[at:end] = bytes(end - at)
    return bytes(changed)


WAYS = ("bit", "bit", "bit", "bit", "bit", "bit", "bit", "byte", "cut", "zeros")


def judge(read, cache, expected):
    """What became of one reading."""
    from coreset_engine.errors import EngineError

    signal.alarm(SECONDS)
    try:
        found = digest(read(cache))
    except EngineError:
        return "caught"
    except TimeoutError:
        return "hang"
    except Exception:  # noqa: BLE001 - that is what is looked for
        return "traceback"
    finally:
        signal.alarm(0)
    return "unchanged" if found == expected else "silent"


def stop(*_):
    raise TimeoutError


def work(cache, name, numbers, seed, ways):
    """Change one kind of file again and again, and print a line for each number."""
    signal.signal(signal.SIGALRM, stop)
    pattern, read = KINDS[name]
    (path,) = cache.glob(pattern)
    content, expected = path.read_bytes(), digest(read(cache))
    others = {other: other.read_bytes() for other in path.parent.glob(f"{path.name}-*")}
    for number in numbers:
        draw = random.Random(f"{seed} {name} {number}")
        way = draw.choice(ways)
        changed = mutate(content, way, draw)
        for leftover in path.parent.glob(f"{path.name}-*"):
            leftover.unlink()
        for other, kept in others.items():
            other.write_bytes(kept)
        path.write_bytes(changed)
        print(number, way, "unchanged" if changed == content else judge(read, cache, expected), flush=True)
    path.write_bytes(content)


def figures(cache, name, count, seed=0, ways=WAYS):
    """How many of `count` changes of one kind of file ended how, and which numbers were silent or worse."""
    outcomes, bad, done = Counter(), [], 0
    with tempfile.TemporaryDirectory() as room:
        while done < count:
            own = shutil.copytree(cache, Path(room) / f"cache{done}")
            words = [sys.executable, "-m", "tests.hard.mutations", str(own), name, str(done), str(count), str(seed)]
            try:
                ended = subprocess.run(
                    [*words, ",".join(ways)], capture_output=True, text=True, timeout=SECONDS * 3 + count - done,
                    env=os.environ | {"CORESET_CACHE": str(own)}, check=False,
                )  # fmt: skip
                output, how = ended.stdout, "crash" if ended.returncode else ""
                errors = ended.stderr
            except subprocess.TimeoutExpired as slow:
                output, how, errors = (slow.stdout or b"").decode(), "hang", ""
            lines = [line.split() for line in output.splitlines()]
            if how and not lines and done == 0 and "Traceback" in errors:
                raise RuntimeError(errors[-2000:])
            if how and len(lines) < count - done:
                lines.append([str(done + len(lines)), "?", how])
            for number, way, outcome in lines:
                outcomes[outcome] += 1
                if outcome in ("silent", "traceback", "hang", "crash"):
                    bad.append(f"{way} {number} {outcome}")
            done += len(lines)
            shutil.rmtree(own)
    return {**{outcome: outcomes[outcome] for outcome in OUTCOMES}, "bad": bad}


def figures_of_all(cache, count, seed=0, ways=WAYS):
    """The same of every kind of file in one process, `count` changes each: how many ended how, by kind, and its errors."""
    with tempfile.TemporaryDirectory() as room:
        own = shutil.copytree(cache, Path(room) / "cache")
        words = [
            sys.executable,
            "-m",
            "tests.hard.mutations",
            str(own),
            "all",
            "0",
            str(count),
            str(seed),
            ",".join(ways),
        ]
        environment = os.environ | {"CORESET_CACHE": str(own)}
        ended = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    found, kind = {}, ""
    for line in ended.stdout.splitlines():
        if line.startswith("# "):
            kind = line[2:]
            found[kind] = Counter()
        else:
            found[kind][line.split()[2]] += 1
    return found, ended.stderr


if __name__ == "__main__":
    place, kind_, first, end, seed_, ways_ = sys.argv[1:]
    for one in KINDS if kind_ == "all" else (kind_,):
        if kind_ == "all":
            print("#", one, flush=True)
        work(Path(place), one, range(int(first), int(end)), int(seed_), ways_.split(","))
