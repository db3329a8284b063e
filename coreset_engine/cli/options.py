"""What commands share: options they have in common, lists of values, and lists as JSON."""

import json
import math
from collections.abc import Callable
from typing import Any

import click

from coreset_engine import argv, budgets, export, methods, store, training_modes
from coreset_engine.budgets.groups import GROUP_BUDGETS
from coreset_engine.budgets.hard_cutoff import BY, EVIDENCE, check
from coreset_engine.budgets.places import KINDS
from coreset_engine.config import AUGMENTATIONS, DEVICES, LOSSES, NORMALISATIONS, VIEWS
from coreset_engine.coreset import CoresetSpec
from coreset_engine.datasets import ImageSet, corruptions, library
from coreset_engine.errors import ConfigError, DatasetError
from coreset_engine.recommended import AUTO, OPTIONS


class Lists(click.Command):
    """A command whose repeatable options also take several values at once: `--seeds 0 1 2`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Spread `--seeds 0 1 2` to `--seeds 0 --seeds 1 --seeds 2` before click reads it."""
        names = {name for p in self.params if isinstance(p, click.Option) and p.multiple for name in p.opts}
        spread: list[str] = []
        current = ""
        for arg in args:
            if arg.startswith("-"):
                current = arg if arg in names else ""
                spread.append(arg)
            elif current and spread[-1] != current:
                spread += [current, arg]
            else:
                spread.append(arg)
        return super().parse_args(ctx, spread)


def json_text(rows: list[dict[str, Any]] | dict[str, Any]) -> str:
    """Return rows, or one thing's facts, as JSON; of what JSON has not NaN becomes null, infinity "inf"."""
    return json.dumps(_plain(rows), indent=1, allow_nan=False)


def _plain(value: Any) -> Any:
    """Return plain values with None in place of NaN and "inf" in place of infinity."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value


def as_json_option(text: str) -> Callable:
    """Return the option `--json`."""
    return click.option("--json", "as_json", is_flag=True, help=text)


METHOD = click.option(
    "--method", required=True, help="Method; `methods` lists them; auto is the recommended selection."
)

EARLY = click.option("--early", type=int, help="t_e: first epoch of the early window, from 1.")

LATE = click.option("--late", type=int, help="t_l: first epoch of the late window.")

WINDOWS = click.option(
    "--windows",
    "pairs",
    multiple=True,
    metavar="E/L",
    help="Several pairs of windows by their first epochs, each a coreset of its own: in place of --early and --late.",
)

LENGTH = click.option("--length", type=int, help="K: epochs per window [10].")

OPTION = click.option("--option", "extra", multiple=True, metavar="K=V", help="Any option of the method or the rule.")

AVERAGE = click.option(
    "--average", multiple=True, metavar="RUN", help="Further runs (seeds) whose scores are averaged in."
)

SNAPSHOT = click.option(
    "--snapshot",
    type=int,
    metavar="EPOCH",
    help="Epoch of the snapshot that methods of features, rule diverse and class budgets drop read [the last].",
)

EXCLUDE = click.option(
    "--exclude",
    metavar="SET|FILE",
    help="Rows that are never kept: a set saved on the Label issues page, by its name; or a .csv with a column `index`, a "
    ".npy, or a .txt with one row number a line.",
)

CLASS_BUDGET = click.option(
    "--class-budget",
    default="none",
    show_default=True,
    metavar="KIND",
    help=f"How classes share the places: {', '.join(KINDS)}; tempered:tau=0.5 takes class sizes to the power τ.",
)


def possible_cutoffs(context: click.Context, option: click.Parameter, given: Any) -> Any:
    """Return β, or each of several, as given; NaN is none, and not the same as leaving it out.

    Raises:
        ConfigError: one is not possible.
    """
    for base in given if option.multiple else [given]:
        check(base)
    return given


HARD_CUTOFF = click.option(
    "--hard-cutoff",
    type=float,
    default=0.0,
    callback=possible_cutoffs,
    metavar="BETA",
    help="Leave out the samples hardest by AUM, class by class: β at α = 10 %, e.g. 0.3 [none].",
)

HARD_CUTOFF_BY = click.option(
    "--hard-cutoff-by",
    default=BY,
    show_default=True,
    metavar="EVIDENCE",
    help=f"What the cut-off goes by: {', '.join(EVIDENCE)}; folds needs a run recorded with --folds, and global cuts from "
    "all samples together.",
)


GROUP_BUDGET = click.option(
    "--group-budget",
    default="none",
    show_default=True,
    metavar="KIND",
    help=f"How groups, as patients, share the places: {', '.join(GROUP_BUDGETS)}; whole keeps or leaves out each of them.",
)


def shared_options(command: Callable) -> Callable:
    """Return a command with the options of budgets and of the hard cut-off, by their names in `budgets.SHARED`."""
    for option in (GROUP_BUDGET, HARD_CUTOFF_BY, HARD_CUTOFF, CLASS_BUDGET):
        command = option(command)
    return command


RULE = click.option("--rule", default="top", show_default=True, help="Selection rule; `methods` lists them.")


MODE_WORDS = f"{', '.join(training_modes.all_modes())}; options as NAME:key=value,…"


AUGMENTATION = click.option(
    "--augmentation", type=click.Choice(AUGMENTATIONS), help="What --augment does [as the run]."
)
SCHEDULE = click.option(
    "--schedule",
    help="Of the learning rate: cosine, constant, cosine:0.0001 for one that ends there, cosine-epochs for one that falls "
    "from epoch to epoch, or cosine-full for one that spans the steps of all the data [the run's].",
)
NORMALISATION = click.option(
    "--normalisation",
    type=click.Choice(NORMALISATIONS),
    help="channels brings each channel of the train split to mean 0 and deviation 1, with the run's numbers where it was "
    "recorded so [as the run].",
)
NESTEROV = click.option(
    "--nesterov/--no-nesterov", default=None, help="Nesterov's momentum or the plain one [as the run]."
)
VIEW = click.option(
    "--view",
    type=click.Choice(VIEWS),
    help="centre shows images that are not augmented by their middle 7/8, enlarged, as usual on ImageNet [as the run].",
)
LOSS = click.option("--loss", type=click.Choice(LOSSES), help="Of the trainings; ordinal for grades [the run's].")
DROP_LAST = click.option(
    "--drop-last", is_flag=True, help="Train without the last batch of an epoch where it is not full."
)


def training_options(command: Callable) -> Callable:
    """Return a command with the options of trainings that stand in for a part of the run's recipe."""
    for option in (VIEW, NESTEROV, NORMALISATION, DROP_LAST, LOSS, SCHEDULE, AUGMENTATION):
        command = option(command)
    return command


DEVICE = click.option("--device", type=click.Choice(DEVICES), default="auto", show_default=True)


def corruption_options(command: Callable) -> Callable:
    """Return a command with the options that plant wrong labels and spoiled images into the train split."""
    planted = (
        click.option("--label-noise", type=float, default=0.0, help="Share of the train labels made wrong."),
        click.option(
            "--corrupt", type=click.Choice(corruptions.KINDS), default="none", help="How train images are spoiled."
        ),
        click.option("--corrupt-share", type=float, default=0.0, help="Share of the train images that are spoiled."),
        click.option("--corrupt-strength", type=float, default=corruptions.STRENGTH, show_default=True),
        click.option("--corrupt-seed", type=int, default=0, show_default=True),
    )
    for option in reversed(planted):
        command = option(command)
    return command


# of `corruption_options`, what each sets
CORRUPTION_FIELDS = {"label_noise": "label_noise", "corrupt": "image", "corrupt_share": "image_share"}
CORRUPTION_FIELDS |= {"corrupt_strength": "strength", "corrupt_seed": "seed"}


def asked_corruption(given: dict[str, Any]) -> corruptions.Corruption:
    """Return what the options of `corruption_options` ask for.

    Raises:
        ConfigError: a value is not possible, or of no effect.
    """
    asked = corruptions.Corruption(**{field: given[name] for name, field in CORRUPTION_FIELDS.items()})
    if given["corrupt_strength"] != corruptions.STRENGTH and not asked.image_share:
        raise ConfigError("--corrupt-strength changes nothing without --corrupt. Give both, or leave it out.")
    if given["corrupt_seed"] and not asked:
        raise ConfigError("--corrupt-seed changes nothing without --label-noise or --corrupt. Leave it out.")
    return asked


def given_options(
    method: str,
    early: int | None,
    late: int | None,
    length: int | None,
    extra: tuple[str, ...],
) -> dict[str, Any]:
    """Return the options given in words of their own and as K=V.

    Raises:
        ConfigError: the method has no use for a window word.
    """
    given = {name: value for name, value in (("early", early), ("late", late), ("length", length)) if value is not None}
    known = OPTIONS if method == AUTO else methods.get(method).options
    strange = [name for name in given if name not in known]
    if strange:
        raise ConfigError(f"Method {method} has no option {strange[0]!r}. It has: {', '.join(known) or 'none'}.")
    return given | argv.key_values(extra, beside=given)


def spec_of(run: str, method: str, rate: float, **given: Any) -> CoresetSpec:
    """Return the coreset that the options of a command mean.

    Args:
        run: name of the run.
        method: name of the method.
        rate: α.
        given: values of `RULE`, `EARLY`, `LATE`, `LENGTH`, `OPTION`, `AVERAGE`, `EXCLUDE`, `SNAPSHOT` and of
            `shared_options`; what a command does not have may be left out.

    Raises:
        EngineError: an option does not exist, is missing, of no effect or has an impossible value.
    """
    early, late, length = (given.get(name) for name in ("early", "late", "length"))
    spec = CoresetSpec(
        run,
        method,
        given_options(method, early, late, length, given.get("extra", ())),
        given.get("rule", "top"),
        rate=rate,
        average=given.get("average", ()),
        exclusion=given.get("exclude") or "",
        snapshot=given.get("snapshot"),
        **budgets.given(given),
    )
    if method != AUTO:
        budgets.refuse_idle(spec.hard_cutoff, given.get("hard_cutoff_by", BY), None, "none")
    return spec


def images_for(info: store.RunInfo, kind: str) -> ImageSet | None:
    """Return the images of a run where a kind of file needs them, and for a report where they are there.

    Raises:
        DatasetError: they are needed, and missing or changed.
    """
    if not info.dataset_sha256:
        return None  # dynamics of another origin; a file that needs images says so
    if kind in export.NEED_IMAGES:
        return library.cached(info.dataset, info.dataset_sha256, verify=True)
    if kind != "html":
        return None
    try:
        return library.cached(info.dataset, info.dataset_sha256, verify=True)
    except DatasetError:
        return None  # imported dynamics have none; the report is made without
