"""The command that makes images of DICOM and NIfTI files."""

import sys
from pathlib import Path
from typing import Any, get_args

import click
from tqdm import tqdm

from coreset_engine.cli.folder_options import label_options
from coreset_engine.cli.process import Process
from coreset_engine.conversion import options
from coreset_engine.conversion.window import PRESETS
from coreset_engine.names import counted

_BAR = "{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}"


@click.command("convert")
@click.argument("source", metavar="IN", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="F.npz: images, classes, hashes of patients."
)
@click.option("--size", type=int, default=64, show_default=True, help="Height and width in pixels.")
@click.option(
    "--window",
    default="tag",
    show_default=True,
    help="Which values become black and white: tag (what each file says), full, robust (0.5 % to 99.5 %), CENTRE/WIDTH as "
    f"40/400, or of CT {', '.join(PRESETS)}.",
)
@click.option("--fit", type=click.Choice(get_args(options.Fit)), default="crop", show_default=True)
@click.option("--orientation", type=click.Choice(get_args(options.Orientation)), default="standard", show_default=True)
@click.option(
    "--axis", type=click.Choice(get_args(options.Axis)), default="axial", show_default=True, help="Of volumes."
)
@click.option(
    "--slices", default="all", show_default=True, help="Of a volume or a file of frames: all, middle, or how many."
)
@click.option(
    "--volumes", is_flag=True, help="Keep NIfTI volumes whole, and make volumes of DICOM series: cubes of --size."
)
@click.option(
    "--burnt-in",
    type=click.Choice(get_args(options.BurntIn)),
    default="refuse",
    show_default=True,
    help="What to do with files that say that text is burnt into the picture.",
)
@click.option("--group-by", type=click.Choice(get_args(options.GroupBy)), default="patient", show_default=True)
@click.option(
    "--split-by",
    type=click.Choice(get_args(options.SplitBy)),
    default="group",
    show_default=True,
    help="What stays in one split where splits are drawn.",
)
@label_options
@click.option("--salt", metavar="FILE", help="Salt of the hashes; made when missing [conversion.salt in the cache].")
@click.option("--key", metavar="F.csv", help="Write which file each image came from, too. Keep it apart from F.npz.")
@click.pass_obj
def convert_(process: Process, source: Path, out: Path, **given: Any) -> None:
    """Write the DICOM and NIfTI files of IN, a folder or a CSV, as an .npz that `record` reads and that names nobody.

    IN has one sub-folder per class, or its classes stand in a CSV. Patients and studies are hashed under a salt that lies
    apart; all other tags stay behind. What can't be read is named, and left out.
    """
    from coreset_engine.conversion.pack import convert

    told = {name: value for name, value in given.items() if value is not None}
    with tqdm(
        total=1000, desc="reading files", file=sys.stderr, bar_format=_BAR, disable=not sys.stderr.isatty()
    ) as bar:

        def watch(share: float) -> None:
            """Move the bar, and tell the table of jobs."""
            bar.update(int(share * 1000) - bar.n)
            process.worker.tell(share, f"{share:.0%} of the files read")

        done = convert(source, out, watch=watch, **told)
    for file, reason in done.unread.items():
        click.echo(f"Not read: {file}: {reason}.", err=True)
    for sentence in (*done.left_out, *done.sentences):
        click.echo(sentence, err=True)
    counts = ", ".join(f"{count:,} {split}" for split, count in done.counts.items())
    classes = counted(len(done.class_names), "{class|classes}")
    kind = "volumes" if given["volumes"] else "images"
    click.echo(
        f"{counts} {kind} of {classes} written to {out}. The salt of the hashes is in {done.salt}: keep it apart."
    )
