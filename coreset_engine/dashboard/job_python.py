"""The Python that does what pages start as the commands `record` and `retrain`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from coreset_engine import api

RECIPE = {
    "--epochs": ("epochs", int),
    "--batch-size": ("batch_size", int),
    "--lr": ("learning_rate", float),
    "--warmup": ("warmup", float),
    "--precision": ("precision", str),
}
RECORDING = {
    "--size": ("side", int),
    "--seed": ("seed", int),
    "--device": ("device", str),
    "--probabilities": ("probabilities", str),
    "--mode": ("mode", str),
}
CORRUPTION = {
    "--label-noise": ("label_noise", float),
    "--corrupt": ("image", str),
    "--corrupt-share": ("image_share", float),
    "--corrupt-strength": ("strength", float),
    "--corrupt-seed": ("seed", int),
}
RETRAINING = {name: RECIPE[name] for name in ("--epochs", "--batch-size", "--lr", "--warmup")}
RETRAINING |= {"--rule": ("rule", str), "--weighting": ("weighting", str), "--device": ("device", str)}


@dataclass(frozen=True)
class Command:
    """A command as a page writes it: what it does, the run it stands for, and the values of every option given."""

    name: str
    run: str
    options: dict[str, list[str]]

    @classmethod
    def of(cls, words: Sequence[str]) -> "Command":
        """Return the command that arguments say; of `record` the run is an option."""
        options: dict[str, list[str]] = {}
        values: list[str] = []
        for word in words[1:]:
            if word.startswith("--"):
                values = options.setdefault(word, [])
            else:
                values.append(word)
                if not options:
                    options["RUN"] = values
        return cls(words[0], options.get("RUN", options.get("--run", [""]))[0], options)

    def one(self, name: str) -> str:
        """Return the value of an option that was given."""
        return self.options[name][0]

    def named(self, known: dict[str, tuple[str, type]]) -> dict[str, Any]:
        """Return the values of those options that are given and known, by what the engine calls them."""
        return {name: kind(self.one(option)) for option, (name, kind) in known.items() if option in self.options}

    def augment(self, otherwise: bool | None) -> bool | None:
        """Return whether images are cropped and flipped, `otherwise` where that is not said."""
        return True if "--augment" in self.options else False if "--no-augment" in self.options else otherwise


def python(commands: Sequence[Sequence[str]], dataset_sha256: str = "") -> str:
    """Return lines of Python that do what commands do: recordings first, then all retrainings of one run.

    Args:
        commands: the arguments of each, `record …` or `retrain …`, as pages write them.
        dataset_sha256: of the images retrained on, under which exclusions are saved.

    Raises:
        EngineError: an option of a method or of a rule is unknown, missing or has an impossible value.
    """
    read = [Command.of(words) for words in commands]
    recordings = [line for one in read if one.name == "record" for line in _recording(one)]
    plans = [call for one in read if one.name == "retrain" for call in _plans(one)]
    used = {name for one in read for name in one.options}
    lines = ["from coreset_engine import jobs"]
    lines += ["from coreset_engine.config import Recipe"] if recordings else []
    lines += ["from coreset_engine.datasets.corruptions import Corruption"] if used & set(CORRUPTION) else []
    excluded = next((one.one("--exclude") for one in read if "--exclude" in one.options), None)
    lines += ["from coreset_engine.insight import exclusions"] if excluded else []
    lines += ["", *recordings]
    lines += [f"excluded = exclusions.load({dataset_sha256!r}, {excluded!r}).rows"] if excluded else []
    lines += [f"asked {'+=' if number else '='} {call}" for number, call in enumerate(plans)]
    return "\n".join([*lines, *(["rows = list(jobs.retrain(asked))"] if plans else [])])


def _recording(command: Command) -> list[str]:
    """Return the lines that record."""
    recipe = command.named(RECIPE)
    if command.augment(command.one("--dataset").startswith("cifar")):
        recipe["augment"] = True
    given = _words(command.named(RECORDING))
    if "--snapshots" in command.options:
        given.append(f"snapshots={tuple(sorted(map(int, command.options['--snapshots'])))!r}")
    corruption = command.named(CORRUPTION)
    given += [f"corruption=Corruption({', '.join(_words(corruption))})"] if corruption else []
    shown = [repr(value) for value in (command.run, command.one("--dataset"), command.one("--architecture"))]
    return [
        f"recipe = Recipe({', '.join(_words(recipe))})",
        f"jobs.record(jobs.Recording({', '.join([*shown, 'recipe', *given])}))",
    ]


def _plans(command: Command) -> list[str]:
    """Return the calls that plan the retrainings of one command, one a method."""
    given = command.named(RETRAINING)
    augment = command.augment(None)
    given |= {} if augment is None else {"augment": augment}
    given |= {"average": tuple(command.options["--average"])} if "--average" in command.options else {}
    words = _words(given)
    if "--exclude" in command.options:
        words += ["exclude=excluded", f"exclude_name={command.one('--exclude')!r}"]
    lists = [[float(rate) for rate in command.options["--rate"]], [int(seed) for seed in command.options["--seeds"]]]
    lists.append(command.options["--architecture"])
    return [
        f"jobs.plan({', '.join([repr(command.run), repr(_methods(command, name)), *map(repr, lists), *words])})"
        for name in command.options["--method"]
    ]


def _methods(command: Command, name: str) -> list[tuple[str, dict[str, Any]]]:
    """Return a method with its options, once for each pair of windows where there are several."""
    given = dict(item.split("=", 1) for item in command.options.get("--option", ()))
    pairs = [
        dict(zip(("early", "late"), pair.split("/"), strict=True)) for pair in command.options.get("--windows", ())
    ]
    rule = command.options.get("--rule", ["top"])[0]
    return [(name, _typed(name, rule, given | pair)) for pair in pairs or [{}]]


def _typed(name: str, rule: str, given: dict[str, str]) -> dict[str, Any]:
    """Return the options given as values of their types."""
    if name == "full":
        return {}
    of_method, of_rule = api.resolve(name, rule, 1.0, given)
    return {option: (of_rule | of_method)[option] for option in given}


def _words(values: dict[str, Any]) -> list[str]:
    """Return values as arguments of a call."""
    return [f"{name}={value!r}" for name, value in values.items()]
