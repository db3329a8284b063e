"""What the loops of tests/hard count, and where they write it: one file of JSON per fault, written anew after every try."""

import json
import os
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

# where long loops write; short ones write nothing
FIGURES = Path(os.environ.get("CORESET_FIGURES", Path(__file__).with_name("figures")))


@dataclass
class Tally:
    """What a loop found: tries, what was there once and then gone, and what should not be, each with a sentence.

    Attributes:
        name: of its file of figures.
        wanted: how many tries it is to make.
        noted: whether it is written down.
    """

    name: str
    wanted: int
    noted: bool = False
    tries: int = 0
    lost: int = 0
    wrong: int = 0
    sentences: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def tried(self, *, counts: bool = True) -> None:
        """Count a try and write down what was found until now."""
        self.tries += counts
        self.note()

    def expect(self, holds: bool, sentence: str) -> None:
        """Count something wrong where it does not hold."""
        if not holds:
            self.wrong += 1
            self.sentences.append(f"try {self.tries}: {sentence}")

    def keep(self, holds: bool, sentence: str) -> None:
        """Count something committed as lost where it is not there any more."""
        if not holds:
            self.lost += 1
            self.sentences.append(f"try {self.tries}: lost: {sentence}")

    def note(self) -> None:
        """Write it down; a loop that is ended leaves what it has counted."""
        if self.noted:
            found = {name: value for name, value in asdict(self).items() if name not in ("noted", "began")}
            write(self.name, found, time.monotonic() - self.began)


def write(name: str, found: dict, seconds: float) -> None:
    """Write figures with their date under a name, whole or not at all."""
    FIGURES.mkdir(parents=True, exist_ok=True)
    found = found | {"seconds": round(seconds), "date": datetime.now(UTC).date().isoformat()}
    part = FIGURES / f".{name}.part"
    part.write_text(json.dumps(found, indent=1) + "\n")
    part.replace(FIGURES / f"{name}.json")
