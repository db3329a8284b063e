"""The sentences about what a conversion did to pictures; none holds a name of a file or of a person."""

from collections import Counter

from coreset_engine.names import counted

NOTES = {
    "inverted": "{picture is|pictures are} MONOCHROME1 and {was|were} inverted, so that more is brighter",
    "palette": "{picture has|pictures have} a palette, whose colours were read",
    "ybr": "{picture is|pictures are} stored as YBR and {was|were} converted to RGB",
    "turned": "{picture was|pictures were} turned or mirrored into the standard view",
    "no-orientation": "{picture does|pictures do} not say how the patient lies in {it|them}, and {was|were} left as stored",
    "windowed": "{picture was|pictures were} shown in the window of {its|their} tags",
    "lookup": "{picture was|pictures were} shown by the lookup table of {its|their} tags",
    "kept": "{picture|pictures} of 8 bits without a window {was|were} kept as stored",
    "no-window": "{picture has|pictures have} no window: black and white are the lowest and highest value of {its|their} "
    "file, so that brightnesses of different files can't be compared; --window takes numbers or a preset",
    "full": "{picture was|pictures were} stretched from the lowest to the highest value of {its|their} file",
    "robust": "{picture was|pictures were} stretched from the 0.5 % to the 99.5 % percentile of {its|their} file",
    "set": "{picture was|pictures were} shown in the window asked for",
    "flat": "{slice or frame holds|slices or frames hold} one value only and {was|were} left out",
    "first-volume": "{file holds|files hold} several volumes, of which the first was read",
    "not-square": "{picture has|pictures have} pixels that are not square and {was|were} stretched by {its|their} spacing",
    "cropped": "{picture is|pictures are} not square: {its|their} middle was kept",
    "padded": "{picture is|pictures are} not square and {was|were} padded with black",
    "not-cubic": "{volume has|volumes have} voxels that are no cubes and {was|were} stretched by {its|their} spacing",
    "cropped-volume": "{volume is|volumes are} longer along one axis than along another: the middle cube was kept, "
    "as long as the shortest; --fit pad keeps all",
    "padded-volume": "{volume is|volumes are} longer along one axis than along another and {was|were} padded with black",
    "mixed-windows": "{volume has|volumes have} slices of different windows: that of the middle slice was taken for all",
    "repeated": "{volume has|volumes have} slices that came twice: one of each was taken",
    "uneven": "{volume has|volumes have} slices at uneven steps: they were read between two at the usual step",
    "askew": "{volume has|volumes have} slices pushed aside one from another, as a tilted gantry does, which was not undone",
}


def sentences(done: Counter[str], *, volumes: bool = False) -> list[str]:
    """Return one sentence for each thing that was done, in the order of `NOTES`; pictures are `volumes` where told so."""
    told = {key: text.replace("picture", "volume") if volumes else text for key, text in NOTES.items()}
    return [f"{counted(done[key], text)}." for key, text in told.items() if done[key]]
