"""Options of commands that tell how a folder of pictures is read."""

from collections.abc import Callable
from typing import Any

import click

from coreset_engine.datasets.folder_options import FolderOptions


def label_options(command: Callable) -> Callable:
    """Return a command with the options that tell classes, splits and groups of the files of a folder."""
    told = (
        click.option("--labels", default="", metavar="FILE", help="CSV with the classes of a folder of pictures."),
        click.option("--name-column", default="", metavar="NAME", help="Its column with the picture's name or path."),
        click.option(
            "--label-column",
            default="",
            metavar="NAME",
            help="Its column with the class; or one-hot columns, as MEL,NV,BCC.",
        ),
        click.option("--split-column", default="", metavar="NAME", help="Its column with train, val or test, if any."),
        click.option(
            "--group-column", default="", metavar="NAME", help="Its column with patient, slide or the like, if any."
        ),
        click.option(
            "--group-prefix",
            default="",
            metavar="TEXT",
            help="Instead: a picture's name up to this says the patient, slide or the like, as _ in P01_3.png.",
        ),
        click.option(
            "--group-folder",
            is_flag=True,
            help="Instead: the folder inside a class that a picture lies in says it, as class/P01/3.png.",
        ),
    )
    for option in reversed(told):
        command = option(command)
    return command


def folder_options(command: Callable) -> Callable:
    """Return a command with the options that tell how a folder of pictures is read."""
    told = (
        click.option(
            "--multi-label",
            is_flag=True,
            help="Pictures can have several labels: --label-column names columns of 0 and 1, or one with them joined by |.",
        ),
        click.option(
            "--grades", default="", metavar="NAMES", help="The classes are grades, the lowest first: none,mild,severe."
        ),
        click.option("--skip-broken", is_flag=True, help="Leave out pictures that can't be read."),
    )
    for option in reversed(told):
        command = option(command)
    return label_options(command)


def asked_folder(given: dict[str, Any]) -> FolderOptions:
    """Return what the options of `folder_options` ask for.

    Raises:
        ConfigError: the CSV or its columns are missing, or two options contradict each other.
    """
    return FolderOptions(**{name: given[name] for name in FolderOptions.__dataclass_fields__})
