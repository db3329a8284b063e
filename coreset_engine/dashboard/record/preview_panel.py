"""The part of the Record page that tells how one's own images are read, and asks what their files do not say."""

import zlib
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from coreset_engine.dashboard import cached
from coreset_engine.dashboard.record import data, preview
from coreset_engine.dashboard.record.preview import Preview
from coreset_engine.dashboard.shell import failing_gracefully
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.dashboard.widgets import tables
from coreset_engine.datasets import ORDINAL, SPLITS, library, sample_groups
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.errors import EngineError
from coreset_engine.names import counted
from coreset_engine.results.people import Column

_CHECKED = "record_checked"  # in the session: what was checked last, by what was asked
_NEXT = "record_check_next"  # in the session: whether what is chosen is to be checked without being asked
_WRITTEN = 30  # classes whose names are written out to be changed
Source = tuple[str, int | None, FolderOptions]


def where(place: DeltaGenerator) -> None:
    """Draw where own images belong, and which links there are not followed."""
    place.caption(f"Own images: put them into `{data.shown_root()}` and reload this page.")
    strange = library.strange_links()
    if strange:
        links = counted(
            len(strange), "{link there leads|links there lead} out of that folder, to nothing or in a circle"
        )
        named = ", ".join(path.name for path in strange[:5]) + (", …" if len(strange) > 5 else "")
        place.caption(markdown_safe(f"Not offered: {links} ({named})."))


def fields(place: DeltaGenerator, spec: str) -> FolderOptions:
    """Draw what can be told of a folder of pictures and return it; of what is no folder only its grades."""
    if not Path(spec).is_dir():
        with place:
            return FolderOptions(grades=_grades())
    asked, last = st.session_state.get(_CHECKED, (None, None))
    refused = isinstance(last, str) and asked[0] == spec  # what may help stands here
    with place.expander("Labels from a CSV, patients, broken pictures", expanded=refused), failing_gracefully():
        skip = st.checkbox(
            "Leave out broken pictures",
            key="record_skip_broken",
            bind="query-params",
            help="Otherwise one that can't be read refuses the folder. Those left out are named.",
        )
        file = st.selectbox(
            "CSV with labels",
            preview.csv_files(spec),
            index=None,
            key="record_labels",
            bind="query-params",
            accept_new_options=True,
            placeholder="none: sub-folders are the classes",
            help=f"One row per picture, in {data.shown_root()} or one folder below; else type its path below that folder.",
        )
        if not file:
            inside = _inside()
            prefix = "" if inside else _prefix()
            return FolderOptions(skip_broken=skip, group_prefix=prefix, grades=_grades(), group_folder=inside)
        path, columns, guessed = preview.columns(spec, file)
        name = st.selectbox(
            "Names of pictures", columns, guessed["name"] or 0, key=f"record_name_{file}", bind="query-params"
        )
        other = next(number for number in range(len(columns)) if number != guessed["name"])
        label = st.selectbox(
            "Classes",
            columns,
            guessed["label"] or other,
            key=f"record_label_{file}",
            bind="query-params",
            accept_new_options=True,
            help="Of one-hot columns, or of 0 and 1 for several labels, type all their names, parted by commas: MEL,NV,BCC.",
        )
        several = st.checkbox(
            "Several labels per picture",
            key="record_multi_label",
            bind="query-params",
            help="The classes are columns of 0 and 1, or one column with the labels joined by |.",
        )
        split = st.selectbox(
            "Splits",
            columns,
            guessed["split"],
            key=f"record_split_{file}",
            bind="query-params",
            placeholder="none: drawn, or folders train, val and test",
        )
        group = st.selectbox(
            "Patients, slides",
            columns,
            guessed["group"],
            key=f"record_group_{file}",
            bind="query-params",
            placeholder="none, or by the names of the pictures",
            help="What pictures belong to together. It is said where one is in two splits.",
        )
        inside = not group and _inside()
        prefix, grades = "" if group or inside else _prefix(), "" if several else _grades()
        return FolderOptions(str(path), name, label, split or "", skip, group or "", prefix, grades, several, inside)


def _inside() -> bool:
    """Draw whether the folders inside a class are patients, and return it."""
    return st.checkbox(
        "Folders inside a class are patients",
        key="record_group_folder",
        bind="query-params",
        help="Or slides, or lesions: the pictures of class/P01/ belong together, in every class that has a P01. With a CSV "
        "they are the folders that hold the pictures. It is said where one is in two splits.",
    )


def _prefix() -> str:
    """Draw what ends the part of a picture's name that says the patient, and return it; "" for none."""
    return st.text_input(
        "Names of patients end at",
        key="record_group_prefix",
        bind="query-params",
        placeholder="e.g. _ where P01_3.png is of patient P01",
        help="Of patients, slides or lesions that the pictures' names begin with. It is said where one is in two splits.",
    )


def _grades() -> str:
    """Draw the classes in the order of grades, and return it; "" where they have none."""
    return st.text_input(
        "Grades, the lowest first",
        key="record_grades",
        bind="query-params",
        placeholder="none: the classes have no order",
        help="Where the classes are grades, as of a disease: all of them, parted by commas, as none,mild,severe. Quadratic "
        "kappa is told then, and there is a loss for them.",
    )


def class_names(place: DeltaGenerator, asked: Source) -> tuple[str, ...]:
    """Draw the names of the classes of own images, and return those that are to stand in place of the ones read.

    They are written out when the images have been checked, and kept by data set.
    """
    found = checked(asked)
    read = found.class_names if isinstance(found, Preview) else ()
    key = f"record_classes_{zlib.crc32(asked[0].encode()):08x}"
    if read and len(read) <= _WRITTEN and not st.session_state.get(key):
        st.session_state[key] = "\n".join(read)
    text = place.text_area(
        "Names of the classes",
        key=key,
        bind="query-params",
        placeholder="as they are read; else one per line",
        help="One per line, in the order in which they are counted. They are kept with the run.",
    )
    given = tuple(line.strip() for line in (text or "").splitlines() if line.strip())
    return () if given == read else given


def check_next() -> None:
    """Let the images that are chosen next be checked without being asked."""
    st.session_state[_NEXT] = True


def is_to_check() -> bool:
    """Return whether the images chosen are to be checked without being asked; once."""
    return bool(st.session_state.pop(_NEXT, False))


def check(asked: Source) -> None:
    """Read own images, keep what that says until the tab is closed, a refusal too, and draw the page anew."""
    with failing_gracefully(), st.spinner("Reading all images …", show_time=True):
        try:
            st.session_state[_CHECKED] = (asked, preview.read(*asked))
        except EngineError as error:
            st.session_state[_CHECKED] = (asked, str(error))
    st.rerun()  # the fields above open where they may help


def checked(asked: Source) -> Preview | str | None:
    """Return what the last check says of these images: how they are read, or why not; None where another was checked."""
    before, found = st.session_state.get(_CHECKED, (None, None))
    return found if before == asked else None


def is_ordinal(asked: Source) -> bool:
    """Return whether the last check of these images says that their classes are grades."""
    found = checked(asked)
    return isinstance(found, Preview) and found.task == ORDINAL


def warn_of_leakage(spec: str, side: int | None) -> None:
    """Warn of images and groups in two splits of a data set that is in the cache; of own images a check tells."""
    with failing_gracefully(), st.spinner("Looking for images that lie in two splits …", show_time=True):
        sentences = data.leakage_of(spec, side)
    for sentence in sentences:
        st.warning(markdown_safe(sentence), icon=":material/warning:")


def draw(found: Preview | str | None, names: tuple[str, ...]) -> None:
    """Draw what a check has found, under other names of the classes where there are some; nothing before it."""
    if found is None:
        return
    if isinstance(found, str):
        st.error(f"These images can't be recorded yet. {markdown_safe(found)}", icon=":material/error:")
        st.caption("Check again when that is mended.")
        return
    if cached.is_changed(found.spec, found.fingerprint):
        st.warning("The files have changed since they were checked. Check them again.", icon=":material/sync_problem:")
    st.markdown(f"**How they are read:** {markdown_safe(found.summary)}")
    leaks = [sentence for sentence in found.read_as if sentence.startswith(sample_groups.LEAKAGE)]
    plain = [sentence for sentence in found.read_as if sentence not in leaks]
    if plain:
        st.markdown("\n".join(f"- {markdown_safe(sentence)}" for sentence in plain))
    for sentence in leaks:
        st.warning(markdown_safe(sentence), icon=":material/warning:")
    table, pictures = st.columns(2, gap="medium")
    with table:
        total = {"class": "all"} | {split: found.sizes[split] for split in SPLITS}
        columns = {"class": Column()} | dict.fromkeys(SPLITS, Column(format="localized"))
        named = dict(zip(found.class_names, names, strict=True)) if len(names) == len(found.class_names) else {}
        counts = [row | {"class": named.get(str(row["class"]), row["class"])} for row in found.counts]
        tables.draw(pd.DataFrame([*counts, total]), columns, "record_counts")
    with pictures:
        with st.container(horizontal=True, gap="small"):
            for name, picture in found.pictures:
                st.image(picture, caption=markdown_safe(named.get(name, name)), width=preview.SIDE)
        st.caption("The first train images of the first classes, as they are read.")
