"""Checks of every kind of file in the cache."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from coreset_engine import named_json, paths, results, store, window_map
from coreset_engine.datasets import uploads
from coreset_engine.errors import EngineError
from coreset_engine.executors import table
from coreset_engine.names import counted
from coreset_engine.store import database, exclusions, row_sums, snapshot
from coreset_engine.training import folds, weights
from coreset_engine.verification.finding import Finding, has_sum, inspect
from coreset_engine.verification.images import verify_images
from coreset_engine.verification.searches import verify_searches


def verify_run(run: str) -> list[Finding]:
    """Return what was found of every file of a run.

    Raises:
        UnknownNameError: the name can't be a run's.
        RunError: there is no such run.
    """
    folder = paths.run_folder(run)
    if not (folder / store.FILE_NAME).exists():
        store.RunFile(folder)  # says how to find those that exist
    return list(_files_of_run(folder))


def verify_all(mend: bool = False) -> list[Finding]:
    """Return what was found of everything in the cache.

    Args:
        mend: make anew what can be made exactly as it was: window maps, and image sets whose source has not changed.
    """
    return list(_everything(mend))


def _everything(mend: bool) -> Iterator[Finding]:
    """Yield what is found, kind by kind."""
    for folder in sorted(path for path in paths.runs_folder().glob("*") if path.is_dir()):
        yield from _files_of_run(folder)
    yield from verify_images(mend)
    yield from _database("results", results.path(), results.MIGRATIONS, ("results", "notes"), results.problems)
    yield from _database("jobs", table.table_path(), table.MIGRATIONS, ("jobs", "flags"), table.problems)
    for path in sorted((paths.cache_root() / "maps").glob("*.npz")):
        yield inspect(
            "window map", path, partial(window_map.files.is_checked, path.stem), _remover(path) if mend else None
        )
    for path in sorted((paths.cache_root() / "exclusions").glob("*/*.json")):
        yield inspect("exclusion", path, partial(_exclusion, path))
    for path in sorted((paths.cache_root() / "views").glob("*.json")):
        yield inspect("saved view", path, partial(has_sum, path))
    yield from verify_searches(_remover if mend else None)
    for path in uploads.folders():
        yield inspect("upload", path, partial(uploads.check, path))
    for path in sorted(paths.retrainings_folder().glob("*.pt")):
        yield inspect("checkpoint", path, partial(_checkpoint, path))


def _files_of_run(folder: Path) -> Iterator[Finding]:
    """Yield what is found of the files of a run that exist."""
    if (folder / "run.json").exists():
        yield inspect("run.json", folder / "run.json", partial(has_sum, folder / "run.json"))
    if (folder / store.FILE_NAME).exists():
        yield inspect(
            "dynamics", folder / store.FILE_NAME, partial(_dynamics, folder), note=partial(_lost_flags, folder)
        )
    for path in sorted(folder.glob("snapshot*.h5")):
        yield inspect("snapshot", path, partial(snapshot.check, path))
    if (folder / weights.FILE_NAME).exists():
        yield inspect("weights", folder / weights.FILE_NAME, partial(weights.check, folder))
    for path in sorted(folder.glob("checkpoint.pt")):
        yield inspect("checkpoint", path, partial(_checkpoint, path))
    for path in sorted(folder.glob("fold-*.json")):
        yield inspect("fold", path, partial(folds.check_file, path))


def _dynamics(folder: Path) -> bool:
    """Return whether a run's dynamics have all sums.

    Raises:
        RunError: something in them does not match its sum.
    """
    file = store.RunFile(folder)
    file.read("labels")
    if damaged := file.damaged_epochs():
        raise EngineError(
            f"{folder.name}: damaged epochs: {', '.join(map(str, damaged))}. Restore the run from a copy, or record it "
            "again."
        )
    return file.format_version > 1


def _lost_flags(folder: Path) -> str:
    """Return a sentence where whole epochs have lost the flag that says so, "" where none has.

    Raises:
        RunError: the file can't be read any more.
    """
    lost = [] if store.is_being_written(folder) else store.RunFile(folder).lost_flags()
    if not lost:
        return ""
    which = ", ".join(map(str, lost[:10])) + (", …" if len(lost) > 10 else "")
    return (
        f"{folder.name}: {counted(len(lost), '{epoch has|epochs have} lost the flag of being whole')} ({which}), but "
        f"{'matches its' if len(lost) == 1 else 'match their'} checksums and "
        f"{'is' if len(lost) == 1 else 'are'} counted as whole."
    )


def _exclusion(path: Path) -> bool:
    """Return whether a set of excluded rows has a sum.

    Raises:
        EngineError: it is damaged.
    """
    checked = has_sum(path)
    exclusions.load(str(named_json.unsealed(path)[0].get("dataset_sha256")), path.stem)
    return checked


def _checkpoint(path: Path) -> bool:
    """Return whether a checkpoint has a sum.

    Raises:
        RunError: it is damaged.
    """
    import torch

    from coreset_engine.training import checkpoints

    checkpoints.read(path, torch.device("cpu"))
    return checkpoints.is_checked(path)


def _database(
    kind: str,
    path: Path,
    migrations: tuple[database.Migration, ...],
    tables: tuple[str, ...],
    problems: Callable[[], list[str]],
) -> Iterator[Finding]:
    """Yield what is found of a database that exists, and how many of its rows have no sum."""
    if not path.exists():
        return

    def look() -> bool:
        database.quick_check(path)
        if told := problems():
            raise EngineError(" ".join(told))
        rows = [row for name in tables for row in database.read(path, migrations, f"SELECT * FROM {name}")]
        states = [row_sums.state_of(row) for row in rows]
        if "damaged" in states:
            what = "a note" if kind == "results" else "whether the queue is paused"
            raise EngineError(f"{path}: {what} does not match its checksum and is left out. Write it again.")
        return "unchecked" not in states

    yield inspect(kind, path, look)


def _remover(path: Path) -> Callable[[], str]:
    """Return what deletes a file of the cache that is made again when it is asked for."""

    def remove() -> str:
        path.unlink()
        return "It was deleted."

    return remove
