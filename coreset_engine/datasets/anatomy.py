"""Where organs lie in three slices of a body, how large they are and how dense: what `demo` draws."""

from typing import NamedTuple

CLASS_NAMES = (
    "bladder", "femur-left", "femur-right", "heart", "kidney-left", "kidney-right", "liver", "lung-left", "lung-right",
    "pancreas", "spleen",
)  # fmt: skip


class Part(NamedTuple):
    """One bent ellipse of a body slice; x grows to the patient's left, y to the back, lengths in cm."""

    name: str  # a class name where the part can be the organ of the label
    x: float  # centre, relative to the parent's centre where there is a parent
    y: float
    rx: float  # half axis along the tilted x axis
    ry: float  # half axis across it
    hu: float  # Hounsfield units without contrast agent
    enhance: float = 0.0  # Hounsfield units added at full contrast phase
    tilt: float = 0.0  # degrees
    bend: float = 0.0  # shift of the ends across the tilted x axis, in half axes: beans and crescents
    chance: float = 1.0  # share of slices that show the part where it is not the labelled organ
    parent: str = ""  # part that this one moves, grows and vanishes with


def _both(part: Part) -> tuple[Part, Part]:
    """Return the part on the patient's left, as given, and its mirror image on the right."""
    left, right = (part.parent and f"{part.parent}-{side}" for side in ("left", "right"))
    mirrored = part._replace(name=f"{part.name}-right", x=-part.x, tilt=-part.tilt, parent=right)
    return part._replace(name=f"{part.name}-left", parent=left), mirrored


# fmt: off
_SPINE = (
    *_both(Part("back-muscle", 3.4, 8.3, 3.0, 1.9, 55)),
    *_both(Part("transverse-process", 2.6, 7.4, 1.5, 0.4, 260, tilt=15, chance=0.7)),
    Part("spinous-process", 0, 9.8, 0.5, 1.2, 280), Part("vertebra", 0, 6.0, 2.1, 1.7, 230),
    Part("marrow", 0, 0, 1.7, 1.3, 150, parent="vertebra"),
    Part("spinal-canal", 0, 2.2, 0.9, 0.8, 30, parent="vertebra"),
)
_RIBS = tuple(
    rib
    for x, y, tilt in ((14.3, 0.5, 85), (12.6, 5.4, 120), (12.6, -5.0, 60), (8.0, 9.3, 155), (7.5, -8.6, 30))
    for rib in _both(Part(f"rib{tilt}", x, y, 1.2, 0.4, 330, tilt=tilt, chance=0.75))
)
# Parts are painted in this order, so a later one covers an earlier one.
THORAX = (
    Part("fat", 0, 0, 17.0, 11.8, -100), Part("wall", 0, 0, 15.4, 10.4, 50), *_RIBS,
    Part("mediastinum", 0, 0.3, 3.2, 8.5, 10), *_both(Part("lung", 7.7, 0.3, 8.2, 5.9, -800, tilt=86, bend=0.12)),
    *(vessel
      for k, (x, y, r) in enumerate(((-2.6, 1.0, 0.7), (-0.9, -2.6, 0.45), (0.6, 3.3, 0.4), (1.6, 0.2, 0.35)))
      for vessel in _both(Part(f"vessel{k}", x, y, r * 1.8, r, 20, 100, tilt=40 * k, chance=0.7, parent="lung"))),
    Part("liver-dome", -7.6, 0.8, 4.6, 4.2, 50, 50, chance=0.15), *_SPINE,
    Part("sternum", 0, -9.5, 1.8, 0.5, 220, chance=0.8),
    Part("heart", 2.2, -2.4, 5.6, 4.4, 40, 60, tilt=35, chance=0.65),
    Part("ventricle", 1.4, 0.6, 2.6, 1.6, 45, 160, tilt=35, parent="heart"),
    Part("atrium", -2.4, 0.4, 1.9, 2.1, 45, 150, parent="heart"), Part("aorta", 1.9, 4.3, 1.2, 1.2, 45, 200),
    Part("oesophagus", 0.2, 3.6, 0.8, 0.6, 30),
)
ABDOMEN = (
    Part("fat", 0, 0, 17.0, 11.8, -100), Part("wall", 0, 0, 14.9, 10.2, 50), *_RIBS,
    Part("cavity", 0, -0.8, 13.5, 8.9, -95), *_SPINE, *_both(Part("psoas", 3.1, 5.7, 1.2, 1.6, 55)),
    *_both(Part("colon", 10.2, -2.4, 2.0, 2.2, 20, 30, chance=0.6)),
    *_both(Part("gas", 0, -0.7, 1.3, 0.9, -800, chance=0.6, parent="colon")),
    *(Part(f"bowel{x}", x, -4.2 + abs(x) / 4, 1.6, 1.2, 30, 50, tilt=20 * x, chance=0.5) for x in (-3, 0, 3, 6)),
    Part("stomach", 5.6, -4.3, 4.6, 2.9, 30, 20, tilt=-25, chance=0.65),
    Part("stomach-gas", -0.5, -1.3, 2.4, 0.9, -800, chance=0.5, parent="stomach"),
    Part("spleen", 10.2, 3.0, 4.4, 2.4, 48, 70, tilt=118, bend=-0.35, chance=0.6),
    *_both(Part("kidney", 6.4, 4.4, 3.1, 2.2, 35, 140, tilt=62, bend=-0.2, chance=0.6)),
    *_both(Part("kidney-sinus", -0.9, -0.2, 1.1, 0.6, -40, 60, tilt=60, chance=0.7, parent="kidney")),
    Part("liver", -6.8, -1.4, 7.2, 5.4, 55, 55, tilt=-50, bend=-0.1, chance=0.75),
    Part("left-lobe", 6.0, -3.0, 3.8, 2.2, 55, 55, tilt=10, chance=0.6, parent="liver"),
    Part("portal-vein", 1.4, 0.6, 1.5, 0.5, 48, 110, tilt=30, chance=0.7, parent="liver"),
    Part("gallbladder", 2.6, 2.2, 1.5, 1.1, 10, chance=0.3, parent="liver"),
    Part("vena-cava", -1.9, 3.2, 1.3, 0.9, 42, 90), Part("aorta", 1.1, 3.3, 1.0, 1.0, 45, 200),
    Part("pancreas", 1.8, -0.4, 4.6, 1.5, 40, 50, tilt=-8, bend=-0.35, chance=0.5),
    Part("splenic-vein", 0.8, 1.1, 3.2, 0.4, 45, 110, tilt=-8, bend=-0.6, chance=0.6, parent="pancreas"),
)
PELVIS = (
    Part("fat", 0, 0, 18.0, 11.8, -100), *_both(Part("gluteus", 8.2, 5.4, 6.2, 3.6, 55, tilt=-25)),
    *_both(Part("thigh", 9.2, -2.0, 5.0, 5.2, 55)), Part("cavity", 0, -0.6, 6.4, 6.6, -90),
    Part("abdominal-wall", 0, -7.6, 6.5, 0.9, 50, bend=0.5), *_both(Part("obturator", 5.7, 1.2, 3.4, 0.9, 55, tilt=80)),
    *_both(Part("acetabulum", 6.9, 0.6, 3.2, 0.7, 380, tilt=80, bend=0.4, chance=0.75)),
    *_both(Part("ischium", 7.0, 4.0, 1.7, 1.1, 340, tilt=60, chance=0.6)),
    *_both(Part("pubis", 4.6, -3.6, 2.6, 0.8, 340, tilt=-30, chance=0.35)),
    Part("coccyx", 0, 6.8, 1.5, 0.7, 260, bend=-0.3), Part("rectum", 0, 4.4, 1.9, 1.5, 35, 30),
    Part("rectal-gas", 0, -0.2, 0.9, 0.7, -800, chance=0.4, parent="rectum"),
    *_both(Part("vessel", 6.6, -5.0, 0.7, 0.6, 45, 160)),
    *(Part(f"bowel{x}", x, -4.6, 1.5, 1.2, 30, 50, tilt=20 * x, chance=0.4) for x in (-4, 4)),
    *_both(Part("femur", 9.6, 0.4, 2.6, 2.4, 380)),
    *_both(Part("neck", 2.2, 1.0, 1.9, 1.1, 260, tilt=25, chance=0.6, parent="femur")),
    *_both(Part("trochanter", 3.9, 1.7, 1.4, 1.9, 240, tilt=10, chance=0.6, parent="femur")),
    *_both(Part("marrow", 0, 0, 2.1, 1.9, 160, parent="femur")), Part("bladder", 0, -1.9, 3.9, 2.8, 8, 25),
)
# fmt: on
