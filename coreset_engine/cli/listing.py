"""Commands on runs that exist: list them, check one."""

import click

from coreset_engine import export, store, tables
from coreset_engine.cli.options import as_json_option, json_text
from coreset_engine.errors import EngineError


@click.command()
@as_json_option("All facts as JSON.")
def runs(as_json: bool) -> None:
    """List the runs in the cache."""
    rows = [store.run_summary(name) for name in store.run_names()]
    for row in rows:
        row["synthetic"] = not row["problem"] and export.is_synthetic(row["dataset"], row["dataset_sha256"])
    columns = [
        "run",
        "dataset",
        "architecture",
        "epochs_done",
        "epochs",
        "samples",
        "classes",
        "val_accuracy",
        "mebibytes",
    ]
    click.echo(json_text(rows) if as_json else tables.table(rows, [*columns, "synthetic", "problem"]))


@click.command()
@click.argument("run")
def verify(run: str) -> None:
    """Check every recorded epoch of RUN against its checksum."""
    found = store.verify(run)
    if found["damaged"]:
        epochs = ", ".join(map(str, found["damaged"]))
        raise EngineError(f"{run}: damaged epochs: {epochs}. Restore the run from a copy, or record it again.")
    click.echo(f"{run}: {found['epochs_done']} of {found['epochs']} epochs recorded, all of them whole.")
