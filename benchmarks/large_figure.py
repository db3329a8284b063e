"""The figure and the table of docs/large.md, of what `large.py` measured.

python benchmarks/large_figure.py
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

FOUND = Path(__file__).with_name("large.jsonl")
DRAWN = Path(__file__).parent.parent / "docs" / "images" / "large.svg"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")


def draw() -> None:
    """Draw processor seconds and peak memory against N, one line per kind, and print the table."""
    known = [json.loads(line) for line in FOUND.read_text().splitlines()]
    rows = {(row["what"], row["kind"], row["samples"]): row for row in known if row.get("cpu_seconds") is not None}
    lines: dict[str, list[dict[str, Any]]] = {}
    for (what, kind, _), row in sorted(rows.items()):
        if what in ("training", "selection", "dynamics"):
            lines.setdefault(f"{what}: {kind}" if what != kind else what, []).append(row)
    panels = [
        panel(lines, "cpu_seconds", "processor seconds", 70),
        panel(lines, "peak_mib", "peak memory of the process, MiB", 470),
    ]
    legend = [
        f'<g transform="translate(70 {350 + 18 * place})"><path d="M0 -4h24" stroke="{COLOURS[place]}" stroke-width="2"/>'
        f'<text x="32">{name}</text></g>'
        for place, name in enumerate(lines)
    ]
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 840 480" font-family="sans-serif" font-size="13">'
    back = '<rect width="840" height="480" fill="#fff"/>'
    DRAWN.write_text("\n".join([head, back, *panels, *legend, "</svg>"]) + "\n")
    for name, one in lines.items():
        for row in one:
            print(
                f"| {name} | {row['samples']:,} | {row['cpu_seconds']:.1f} | {row['peak_mib'] - row['before_mib']:,} |"
            )


def panel(lines: dict[str, list[dict[str, Any]]], field: str, title: str, left: int) -> str:
    """Return one panel with logarithmic axes: N from 10^4 to 10^7 across."""
    values = [max(row[field], 1e-2) for rows in lines.values() for row in rows]
    low, high = np.floor(np.log10(min(values))), np.ceil(np.log10(max(values)))

    def at(samples: float, value: float) -> str:
        across = left + 100 * (np.log10(samples) - 4)
        return f"{across:.1f} {300 - 250 * (np.log10(max(value, 1e-2)) - low) / (high - low):.1f}"

    parts = [f'<text x="{left}" y="30">{title}</text>']
    for power in range(int(low), int(high) + 1):
        x, y = at(1e4, 10.0**power).split()
        parts.append(
            f'<path d="M{x} {y}h300" stroke="#ddd"/><text x="{left - 6}" y="{y}" text-anchor="end">{10.0**power:g}</text>'
        )
    for power in range(4, 8):
        x, _ = at(10.0**power, 1).split()
        parts.append(f'<text x="{x}" y="320" text-anchor="middle">10^{power}</text>')
    for place, rows in enumerate(lines.values()):
        points = [at(row["samples"], row[field]) for row in rows]
        parts.append(f'<path d="M{" L".join(points)}" fill="none" stroke="{COLOURS[place]}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x}" cy="{y}" r="3" fill="{COLOURS[place]}"/>' for x, y in (point.split() for point in points)
        ]
    return "\n".join(parts)


if __name__ == "__main__":
    draw()
