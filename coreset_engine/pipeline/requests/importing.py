"""What is asked of an import of dynamics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from coreset_engine import argv
from coreset_engine.argv import Takes
from coreset_engine.config import check_choice
from coreset_engine.errors import ConfigError
from coreset_engine.signals import SIGNALS


@dataclass(frozen=True)
class ImportRequest:
    """What is asked of an import of dynamics: a .npz or .h5 of another origin, and the name of the run to be made.

    Attributes:
        file, run: where the dynamics lie, and what the run is called.
        signal: the one signal (T, N) that the file holds, e.g. "loss"; "" where it holds logits or probabilities.
    """

    COMMAND: ClassVar[str] = "import"
    OPTIONS: ClassVar[dict[str, Takes]] = {"--run": "one", "--signal": "one"}

    file: str
    run: str
    signal: str = ""

    def __post_init__(self) -> None:
        """Bring the path into one form.

        Raises:
            ConfigError: there is no such signal.
        """
        if self.signal:
            check_choice("signal", self.signal, SIGNALS)
        object.__setattr__(self, "file", str(Path(self.file)))

    def to_argv(self) -> list[str]:
        """Return the arguments of `import` that mean it."""
        named = f"./{self.file}" if self.file.startswith("-") else self.file  # else it would be an option
        return [named, "--run", self.run, *(["--signal", self.signal] if self.signal else [])]

    @classmethod
    def from_argv(cls, words: Sequence[str]) -> ImportRequest:
        """Return what arguments mean, as `import` reads them.

        Raises:
            ConfigError: there is not one file and one name.
        """
        alone, found = argv.read(words, cls.OPTIONS)
        if len(alone) != 1:
            raise ConfigError(f"One file is needed; given: {' '.join(alone) or 'none'}.")
        return cls(alone[0], argv.one(found, "--run"), argv.one(found, "--signal", ""))

    def to_python(self) -> str:
        """Return the expression that makes it in Python."""
        return argv.call("ImportRequest", self.file, self.run, **({"signal": self.signal} if self.signal else {}))
