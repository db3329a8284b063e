"""What the study's page says of other networks, recordings and variants, and of EVA's forms and windows, in tables."""

import csv
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
import study_numbers as numbers
import study_ranks as ranks
import study_tables as tables

GOAL, ACCURACY, LOW = numbers.GOAL, numbers.ACCURACY, numbers.LOW
HELD = {  # findings, each a difference of two lines
    "Random: tempered − proportional budgets": ("random tempered", "random stratified"),
    "Random: equal − proportional budgets": ("random equal", "random stratified"),
    "Random: cut − none, tempered": ("random tempered, cut", "random tempered"),
    "`auto`: Random, tempered, cut − stratified": ("random tempered, cut", "random stratified"),
    "EVA early − stratified Random": ("eva early", "random stratified"),
    "EVA late − stratified Random": ("eva late", "random stratified"),
    "EVA late − Random, tempered": ("eva late tempered", "random tempered"),
    "EVA late − Random, tempered, cut": ("eva late tempered, cut", "random tempered, cut"),
    "EVA early: released form − Eq. 6": ("eva early, released", "eva early"),
    "EVA late: released form − Eq. 6": ("eva late, released", "eva late"),
    "EVA, searched windows − uniform Random": ("eva searched", "random uniform"),
    "EVA, searched windows − Random, tempered, cut": ("eva searched tempered, cut", "random tempered, cut"),
    "CCS − Random, tempered, cut": ("ccs tempered, cut", "random tempered, cut"),
    "DUAL+β − Random, tempered, cut": ("dual+beta tempered, cut", "random tempered, cut"),
    "graph cover − Random, tempered": ("graph cover tempered", "random tempered"),
    "graph cover − Random, tempered, cut": ("graph cover tempered, cut", "random tempered, cut"),
}
OF_NETWORKS = tuple(one for settings in tables.NETWORKS.values() for one in settings)
WHERE = (*OF_NETWORKS, "transfer", "folds", "held-out")
FORMS = (("early windows", "eva early, released", "eva early"), ("late windows", "eva late, released", "eva late"))
EVIDENCE = {
    "negative_aum": "samples of negative AUM",
    "never_learned": "samples never learned",
    "val_error": "errors on val",
}
RECORDED = (*OF_NETWORKS, "noise", "held-out")  # each has recordings of its own
CUT = ("random tempered, cut", "random tempered")
SEARCHES = {
    "eva searched": ("eva early", "eva late", "random uniform"),
    "eva searched tempered, cut": ("eva late tempered, cut", "random tempered, cut"),
}


def held_table() -> str:
    """Return each finding on each network and recording, beside LeNet's on the same sets."""
    heads = ["points of balanced accuracy, α = 2 to 10 %", *(tables.SETTINGS[one].told for one in WHERE)]
    found = [tables.line(heads), tables.line(["---"] * len(heads))]
    for told, (own, other) in HELD.items():
        each = [numbers.contrast(own, other, setting=one) for one in WHERE]
        ends = [str(each[0])]
        for one in each[1:]:
            same = [each[0].by_set[name] for name in one.by_set if name in each[0].by_set]
            ends.append(f"{one}; LeNet there {np.mean(same):+.1f}" if same else str(one))
        found.append(tables.line([told, *ends]))
    return "\n".join(found)


@cache
def read(folder: str) -> list[tables.Row]:
    """Return the rows of a folder of the study that holds no trainings."""
    found: list[tables.Row] = []
    for file in sorted((tables.FOLDER / folder).glob("*.csv")):
        with file.open(newline="") as source:
            found += list(csv.DictReader(source))
    return found


def overlaps(folder: str = "forms") -> dict[tuple[str, str, str], float]:
    """Return the share of samples that EVA chooses both ways, in percent, by set, windows and rate.

    Args:
        folder: "forms", by Eq. 6 and by the released form; "gaps", with and without the last batch of each epoch.
    """
    return {(row["set"], row["windows"], row["rate"]): 100 * float(row["shared"]) for row in read(folder)}


def form_table() -> str:
    """Return per set what both forms of EVA share, and what the released one reaches less Eq. 6."""
    names = sorted({key[0] for key in overlaps()})
    found = [tables.line(["", *names]), tables.line(["---"] * (len(names) + 1))]
    for (told, own, other), windows in zip(FORMS, ("1/21", "21/31"), strict=True):
        shared = [" / ".join(f"{overlaps()[name, windows, rate]:.0f}" for rate in LOW) for name in names]
        found.append(tables.line([f"{told}: same samples at 2 / 5 / 10 %, %", *shared]))
        for figure, words in ((GOAL, "balanced accuracy"), (ACCURACY, "accuracy")):
            each = [
                [v for c, values in numbers.pairs(own, other, figure).items() if c[0] == n for v in values]
                for n in names
            ]
            ends = [f"{np.mean(values):+.1f} (n = {len(values)})" if values else "–" for values in each]
            found.append(tables.line([f"{told}: released less Eq. 6, {words}, points", *ends]))
    return "\n".join(found)


def gap_table() -> str:
    """Return per set what EVA chooses where the last batch of each epoch is not recorded."""
    names = sorted({row["set"] for row in read("gaps")})
    rows = {(row["set"], row["windows"], row["rate"]): row for row in read("gaps")}
    found = [tables.line(["at 2 / 5 / 10 %", *names]), tables.line(["---"] * (len(names) + 1))]
    for windows, told in (("1/21", "early windows"), ("21/31", "late windows")):
        for column, words in (("shared", "same samples"), ("gaps", "chosen samples that lack an epoch"),
                              ("gaps_in_all", "all samples that lack an epoch")):  # fmt: skip
            each = [" / ".join(f"{100 * float(rows[n, windows, rate][column]):.0f}" for rate in LOW) for n in names]
            found.append(tables.line([f"{told}: {words}, %", *each]))
    return "\n".join(found)


def wrong() -> dict[tuple[str, str, str], list[float]]:
    """Return the share of wrong labels in each draw's coreset under label noise, in percent, by set, line and rate."""
    found: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for row in read("wrong"):
        found[row["set"], row["line"], row["rate"]].append(100 * float(row["wrong"]) / float(row["samples"]))
    return found


def noise_table() -> str:
    """Return what lines reach under label noise, what they reach without it, and how many of their labels are wrong."""
    noisy, shares = numbers.cells(GOAL, "noise"), wrong()
    heads = [f"{name}, {100 * float(rate):g} %" for name, _, rate in sorted(noisy)]
    found = [tables.line(["", *heads]), tables.line(["---"] * (len(heads) + 1))]
    for name in ranks.which("all"):
        told = []
        for cell in sorted(noisy):
            own, clean = (list(where[cell].get(name, {}).values()) for where in (noisy, numbers.cells(GOAL)))
            share = shares.get((cell[0], name, cell[2]))
            ends = f"; {np.mean(share):.0f} % wrong" if share else ""
            told.append(f"{tables.spread(own)}, without noise {tables.spread(clean)}{ends}" if own else "–")
        if any(text != "–" for text in told):
            found.append(tables.line([name, *told]))
    return "\n".join(found)


def searched_table(setting: str = "lenet") -> str:
    """Return per set and rate the windows that a search found in a setting, and what they and others reach on test."""
    asked = tables.SETTINGS[setting]
    chosen = {
        (row["line"], row["set"], row["rate"]): row
        for row in read("searched")
        if (row["architecture"], row["recording"]) == (asked.architecture, asked.recording)
    }
    heads = ["", *(f"{name}, {100 * float(rate):g} %" for name, rate in sorted({key[1:] for key in chosen}))]
    found = [tables.line(heads), tables.line(["---"] * len(heads))]
    for line, others in SEARCHES.items():
        own = {key[1:]: row for key, row in chosen.items() if key[0] == line}
        each = [f"{own[key]['windows']}, val {100 * float(own[key]['val_bal_acc_last']):.1f}" for key in sorted(own)]
        found.append(tables.line([f"{line}: windows", *each]))
        for name in (line, *others):
            cells = [
                numbers.cells(GOAL, setting)[key[0], asked.architecture, key[1]].get(name, {}) for key in sorted(own)
            ]
            found.append(tables.line([f"{name}: test", *(tables.spread(list(values.values())) for values in cells)]))
    return "\n".join(found)


def cut_by_recording() -> list[tuple[str, str, float, tables.Row]]:
    """Return setting, set, what the cut gives Random there in points, and what the recording says of itself."""
    told = {(row["set"], row["architecture"], row["recording"], row["variant"]): row for row in read("recordings")}
    found = []
    for setting in RECORDED:
        own = tables.SETTINGS[setting]
        for name, gain in numbers.contrast(*CUT, setting=setting).by_set.items():
            found.append((setting, name, gain, told[name, own.architecture, own.recording, own.variant]))
    return found


def foretold(evidence: str, *, noise: bool = True) -> tuple[float, float, float, int]:
    """Return Spearman's ρ of what the cut gives with a share of `EVIDENCE`, its interval, and the number of recordings.

    The interval is the jackknife's over sets, whose recordings are much alike.

    Args:
        evidence: column of the recordings.
        noise: with the recordings of wrong labels.
    """
    found = [one for one in cut_by_recording() if noise or one[0] != "noise"]
    gains, shares = (ranks.centred(np.array(values)) for values in zip(
        *((gain, float(row[evidence])) for _, _, gain, row in found), strict=True))  # fmt: skip
    names = np.array([name for _, name, _, _ in found])
    return (*ranks.jackknife(shares, gains, names, np.zeros(len(names))), len(found))


def cut_by_set_table() -> str:
    """Return per set what the cut gives Random under tempered budgets, of a network the mean and ends of its recordings."""
    others = ("transfer", "folds", "noise")
    heads = ["", *tables.NETWORKS, *(tables.SETTINGS[one].told for one in others)]
    single = [numbers.contrast(*CUT, setting=one).by_set for one in others]
    found = [tables.line(heads), tables.line(["---"] * len(heads))]
    for name in sorted(single[0]):
        told = []
        for settings in tables.NETWORKS.values():
            gains = [numbers.contrast(*CUT, setting=one).by_set for one in settings]
            each = [by_set[name] for by_set in gains if name in by_set]
            told.append(f"{np.mean(each):+.1f} ({min(each):+.1f} to {max(each):+.1f}; {len(each)} recordings)")
        found.append(tables.line([f"`{name}`", *told, *(f"{by_set[name]:+.1f}" for by_set in single)]))
    return "\n".join(found)


def cut_table() -> str:
    """Return per recording what the cut gives Random under tempered budgets, and what the recording says of itself."""
    heads = ["", "set", *(f"{told}, %" for told in EVIDENCE.values()), "the cut gives, points"]
    found = [tables.line(heads), tables.line(["---"] * len(heads))]
    for setting, name, gain, row in sorted(cut_by_recording(), key=lambda one: -float(one[3]["negative_aum"])):
        shares = (f"{100 * float(row[key]):.1f}" for key in EVIDENCE)
        found.append(tables.line([tables.SETTINGS[setting].told, name, *shares, f"{gain:+.1f}"]))
    return "\n".join(found)
