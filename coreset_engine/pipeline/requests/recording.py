"""What is asked of a recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

from coreset_engine import architectures, argv, names, paths, store
from coreset_engine.argv import Takes
from coreset_engine.config import DEVICES, IN_WORDS, Precision, Recipe, check_choice, check_folds, check_seed
from coreset_engine.datasets.corruptions import STRENGTH, Corruption
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.errors import ConfigError, RunError


@dataclass(frozen=True)
class RecordingRequest:
    """What is asked of a recording; stored as the run's `run.json`.

    Attributes:
        run: name of the run to be made.
        dataset: name of a data set, or path of a .npz or of a folder.
        architecture: of the surrogate.
        recipe: how it is trained.
        side: height in pixels, None where the data set has one only.
        probabilities: "float32", "float16" or "none"; "auto" keeps what fits `PROBABILITIES_BYTES`.
        mode: what is recorded: "train", each batch's forward pass before its update; "eval", an extra eval-mode pass over
            the clean train split at the end of every epoch.
        snapshots: epochs, from 1, after which features, logits and head are kept, besides the last one's.
        corruption: errors injected into the train split first.
        folder: how a folder of pictures is read.
        folds: K networks are trained, and each sample is scored by one that has not seen it, in eval mode; 0 for one network
            on all samples.
        class_names: of the classes in their order, in place of those that the data set has; () leaves them.
    """

    COMMAND: ClassVar[str] = "record"
    OPTIONS: ClassVar[dict[str, Takes]] = {
        **dict.fromkeys(("--dataset", "--size", "--architecture", "--epochs", "--batch-size", "--lr"), "one"),
        **dict.fromkeys(
            ("--warmup", "--precision", "--probabilities", "--mode", "--seed", "--run", "--device", "--folds"), "one"
        ),
        **dict.fromkeys((f"--{name}" for name in IN_WORDS), "one"),
        **dict.fromkeys(
            ("--label-noise", "--corrupt", "--corrupt-share", "--corrupt-strength", "--corrupt-seed"), "one"
        ),
        **dict.fromkeys(("--labels", "--name-column", "--label-column", "--split-column"), "one"),
        **dict.fromkeys(("--group-column", "--group-prefix", "--grades"), "one"),
        **dict.fromkeys(("--augment", "--no-augment", "--nesterov", "--no-nesterov"), "flag"),
        **dict.fromkeys(("--skip-broken", "--multi-label", "--group-folder"), "flag"),
        "--snapshots": "many",
        "--class-names": "many",
    }

    run: str
    dataset: str
    architecture: str
    recipe: Recipe
    side: int | None = None
    seed: int = 0
    device: str = "auto"
    probabilities: str = "auto"
    mode: Literal["train", "eval"] = "train"
    snapshots: tuple[int, ...] = ()
    corruption: Corruption = field(default_factory=Corruption)
    folder: FolderOptions = field(default_factory=FolderOptions)
    folds: int = 0
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what can't be recorded, bring snapshots into one order, and set the mode of folds, "eval".

        Raises:
            ConfigError: mode, precision, probabilities or device are unknown, seed or folds are impossible, or a snapshot
                is asked for after an epoch that does not exist, or with folds, or two classes have one name, or the
                recipe drops samples.
        """
        names.check_all(self.class_names, "The name of class", ConfigError)
        if len(set(self.class_names)) < len(self.class_names):
            twice = next(name for name in self.class_names if self.class_names.count(name) > 1)
            raise ConfigError(f"Two classes are called {names.shown(twice)}. Give each a name of its own.")
        if self.recipe.drop_last:
            raise ConfigError(
                "A recording needs every sample in every epoch, and drop_last leaves some out. Ask for it of retrainings."
            )
        check_seed(self.seed)
        check_folds(self.folds)
        object.__setattr__(self, "snapshots", tuple(sorted(set(self.snapshots))))
        for name, value, known in (
            ("mode", self.mode, ("train", "eval")),
            ("precision", self.recipe.precision, get_args(Precision)),
            ("probabilities", self.probabilities, ("auto", "float32", "float16", "none")),
            ("device", self.device, DEVICES),
        ):
            check_choice(name, value, known)
        wrong = [epoch for epoch in self.snapshots if not 1 <= epoch <= self.recipe.epochs]
        if wrong:
            raise ConfigError(
                f"A snapshot after epoch {wrong[0]} is not possible: the recording has epochs 1 to {self.recipe.epochs}."
            )
        if self.folds and self.snapshots:
            raise ConfigError(
                f"A snapshot is of one network, and {self.folds} folds have {self.folds}. Leave out snapshots or folds."
            )
        if self.folds:
            object.__setattr__(self, "mode", "eval")

    def check_size(self) -> None:
        """Refuse images of a size that the architecture can't take; only the header of a file is read for it.

        Raises:
            EngineError: it can't take them, or there is no such architecture or data set.
        """
        from coreset_engine.datasets import sizes  # brings Pillow

        size = sizes.size_of(self.dataset, self.side)
        if size is not None:
            architectures.check_size(self.architecture, *size)

    def check_augmentation(self) -> None:
        """Refuse an augmentation of images that are not augmented; of runs begun before, it stays a part of their names.

        Raises:
            ConfigError: one is asked for.
        """
        if not self.recipe.augment and self.recipe.augmentation != Recipe.augmentation:
            raise ConfigError(
                f"--augmentation {self.recipe.augmentation} needs --augment: else images stay as they are."
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values for JSON."""
        return asdict(self) | {"recipe": self.recipe.to_dict()}

    @classmethod
    def of_run(cls, run: str) -> RecordingRequest:
        """Return what was asked of an existing run.

        Raises:
            RunError: there is no such run, it was not recorded by the engine, or its `run.json` is damaged.
        """
        folder = paths.run_folder(run)
        stored = store.read_request(folder)
        if "recipe" not in stored or "dataset" not in stored:
            raise RunError(f"{run} was not recorded from a data set here, so it can't be resumed.")
        unknown = set(stored) - {known.name for known in fields(cls)}
        try:
            if unknown:
                raise ValueError(f"unknown field {', '.join(sorted(unknown))}")
            snapshots = tuple(int(epoch) for epoch in stored.get("snapshots", ()))
            parts = {"recipe": Recipe.from_dict(stored["recipe"]), "snapshots": snapshots}
            parts["corruption"] = Corruption.from_dict(stored.get("corruption", {}))
            parts["folder"] = FolderOptions.from_dict(stored.get("folder", {}))
            parts["class_names"] = tuple(map(str, stored.get("class_names", ())))
            return cls(**{**stored, **parts})
        except (TypeError, ValueError, ConfigError) as error:
            raise RunError(
                f"{folder / 'run.json'} does not say what was asked ({error}). Record the run again under a new name."
            ) from None

    @property
    def title(self) -> str:
        """Return what the list of jobs says of it."""
        return f"Record {architectures.get(self.architecture).label} on {Path(self.dataset).name} as {self.run}"

    def to_argv(self) -> list[str]:
        """Return the arguments of `record` that mean it; what is the command's default is left out.

        Raises:
            ConfigError: the recipe has a momentum or weight decay of its own, for which the command has no option.
        """
        recipe, plain = self.recipe, Recipe()
        if (recipe.momentum, recipe.weight_decay) != (plain.momentum, plain.weight_decay):
            raise ConfigError("The command line has no option for momentum and weight decay. Record it from Python.")
        words = ["--dataset", self.dataset, *(["--size", str(self.side)] if self.side else [])]
        words += ["--architecture", self.architecture, "--epochs", str(recipe.epochs), "--seed", str(self.seed)]
        words += ["--batch-size", str(recipe.batch_size), "--lr", argv.text(float(recipe.learning_rate))]
        words += ["--warmup", argv.text(float(recipe.warmup))] if recipe.warmup != plain.warmup else []
        if recipe.augment != augments(self.dataset):
            words.append("--augment" if recipe.augment else "--no-augment")
        words += ["--no-nesterov"] if not recipe.nesterov else []
        told = {name: getattr(recipe, name) for name in IN_WORDS}
        words += [part for name, word in told.items() if word != getattr(plain, name) for part in (f"--{name}", word)]
        given = {"precision": recipe.precision, "probabilities": self.probabilities, "device": self.device}
        words += [word for name, value in given.items() if value != "auto" for word in (f"--{name}", value)]
        words += ["--folds", str(self.folds)] if self.folds else []
        words += ["--mode", self.mode] if self.mode != "train" and not self.folds else []
        words += ["--snapshots", *map(str, self.snapshots)] if self.snapshots else []
        words += [f"--class-names={name}" for name in self.class_names]  # one may begin with a dash
        return [*words, *folder_words(self.folder), *_corruption_words(self.corruption), "--run", self.run]

    @classmethod
    def from_argv(cls, words: Sequence[str]) -> RecordingRequest:
        """Return what arguments mean, as `record` reads them.

        Raises:
            EngineError: an option is unknown, missing or has an impossible value.
        """
        alone, found = argv.read(words, cls.OPTIONS)
        if alone:
            raise ConfigError(f"`record` takes options only; given was {' '.join(alone)}.")
        number = {name: argv.number(found, name, kind) for name, kind in (("--size", int), ("--seed", int))}
        return cls(
            argv.one(found, "--run"),
            argv.one(found, "--dataset"),
            argv.one(found, "--architecture", "resnet8"),
            _recipe(found),
            side=number["--size"],
            seed=number["--seed"] or 0,
            device=argv.one(found, "--device", "auto"),
            probabilities=argv.one(found, "--probabilities", "auto"),
            mode=argv.one(found, "--mode", "train"),  # type: ignore[arg-type]  # refused when made
            snapshots=argv.numbers(found, "--snapshots", int),
            corruption=_corruption(found),
            folder=_folder(found),
            folds=argv.number(found, "--folds", int) or 0,
            class_names=tuple(found.get("--class-names", ())),
        )

    def to_python(self) -> str:
        """Return the expression that makes it in Python."""
        plain = RecordingRequest(self.run, self.dataset, self.architecture, self.recipe)
        names = [one.name for one in fields(self)[4:]]
        return argv.call(
            "RecordingRequest", self.run, self.dataset, self.architecture, self.recipe,
            **{name: getattr(self, name) for name in names if getattr(self, name) != getattr(plain, name)},
        )  # fmt: skip


def augments(dataset: str) -> bool:
    """Return whether images of a data set are cropped and flipped unless it is said: CIFAR's and TinyImageNet's.

    Medical ones never are, nor digits and clothes, which have a side.
    """
    return dataset.lower().replace("-", "").startswith(("cifar", "tinyimagenet"))


def _recipe(found: Mapping[str, list[str]]) -> Recipe:
    """Return the recipe that the options of `record` ask for."""
    name, dataset = argv.one(found, "--architecture", "resnet8"), argv.one(found, "--dataset")
    given: dict[str, Any] = {name: argv.one(found, f"--{name}", getattr(Recipe, name)) for name in IN_WORDS}
    given |= {"epochs": argv.number(found, "--epochs", int), "batch_size": argv.number(found, "--batch-size", int)}
    given["warmup"] = argv.number(found, "--warmup", float)
    stated = {key: value for key, value in given.items() if value is not None}
    rate = argv.number(found, "--lr", float)
    return Recipe(
        learning_rate=architectures.get(name).learning_rate if rate is None else rate,
        augment="--augment" in found or (augments(dataset) and "--no-augment" not in found),
        precision=argv.one(found, "--precision", "auto"),  # type: ignore[arg-type]  # refused when made
        nesterov="--no-nesterov" not in found,
        **stated,
    )


def folder_words(folder: FolderOptions) -> list[str]:
    """Return the arguments of `record` that tell how a folder is read; [] for nothing."""
    told = {_option(name): value for name, value in asdict(folder).items() if value}
    words = [word for option, value in told.items() if value is not True for word in (option, value)]
    return [*words, *(option for option, value in told.items() if value is True)]


def _folder(found: Mapping[str, list[str]]) -> FolderOptions:
    """Return how the options of `record` read a folder."""
    given: dict[str, Any] = {
        name: _option(name) in found if usual is False else argv.one(found, _option(name), "")
        for name, usual in asdict(FolderOptions()).items()
    }
    return FolderOptions(**given)


def _option(name: str) -> str:
    """Return what a field of `FolderOptions` is called on the command line."""
    return f"--{name.replace('_', '-')}"


def _corruption_words(corruption: Corruption) -> list[str]:
    """Return the arguments of `record` that inject these errors; [] for none."""
    names = {"--label-noise": "label_noise", "--corrupt": "image", "--corrupt-share": "image_share"}
    names |= {"--corrupt-strength": "strength", "--corrupt-seed": "seed"}
    given, plain = asdict(corruption), asdict(Corruption())
    changed = [(option, given[name]) for option, name in names.items() if given[name] != plain[name]]
    return [word for option, value in changed for word in (option, argv.text(value))]


def _corruption(found: Mapping[str, list[str]]) -> Corruption:
    """Return the errors that the options of `record` inject."""
    return Corruption(
        label_noise=argv.number(found, "--label-noise", float) or 0.0,
        image=argv.one(found, "--corrupt", "none"),  # type: ignore[arg-type]  # refused when made
        image_share=argv.number(found, "--corrupt-share", float) or 0.0,
        strength=STRENGTH if "--corrupt-strength" not in found else argv.number(found, "--corrupt-strength", float),
        seed=argv.number(found, "--corrupt-seed", int) or 0,
    )
