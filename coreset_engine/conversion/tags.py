"""The tags of DICOM that a conversion may see. All others are dropped before a picture is made.

A picture depends on `READ` alone. Of what identifies people, `HASHED` leaves as a hash under a salt, and `COMPARED` does not
leave at all: no class may be named like one of them.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom import Dataset

LEAVING = {
    "PixelData": "the images",
    "FloatPixelData": "the images",
    "DoubleFloatPixelData": "the images",
    "PixelSpacing": "mm per pixel",
    "ImagerPixelSpacing": "mm per pixel",
    "Modality": "how many files are of which",
}
SHAPING = (
    *("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
    *("ExtendedOffsetTable", "ExtendedOffsetTableLengths"),
    *("RescaleSlope", "RescaleIntercept", "ModalityLUTSequence", "LUTDescriptor", "LUTData"),
    *("WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence", "PixelPaddingValue", "PixelPaddingRangeLimit"),
    *(
        f"{colour}PaletteColorLookupTable{what}"
        for colour in ("Red", "Green", "Blue")
        for what in ("Descriptor", "Data")
    ),
    *(f"Segmented{colour}PaletteColorLookupTableData" for colour in ("Red", "Green", "Blue")),
    *("ImageOrientationPatient", "ImagePositionPatient", "PatientOrientation", "BurnedInAnnotation"),
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
    *("PixelMeasuresSequence", "PlaneOrientationSequence", "PlanePositionSequence", "FrameVOILUTSequence"),
    "PixelValueTransformationSequence",
)
READ = (*LEAVING, *SHAPING)
HASHED = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID")
COMPARED = ("PatientName", "OtherPatientIDs", "OtherPatientNames", "PatientBirthName", "AccessionNumber")
# what a file may say of its modality: any other text is not repeated
MODALITIES = {
    "CR",
    "CT",
    "DX",
    "ES",
    "GM",
    "IO",
    "IVOCT",
    "IVUS",
    "MG",
    "MR",
    "NM",
    "OP",
    "OPT",
    "OT",
    "PT",
    "PX",
    "RF",
    "RG",
}
MODALITIES |= {"RTIMAGE", "SC", "SM", "US", "XA", "XC", "SEG", "RTDOSE", "RTSTRUCT", "RTPLAN"}
_GROUPS = (
    "PixelMeasuresSequence",
    "PlaneOrientationSequence",
    "PlanePositionSequence",
    "FrameVOILUTSequence",
    "PixelValueTransformationSequence",
)


def allowed(found: "Dataset") -> "Dataset":
    """Return a data set with the tags of `READ` alone, in its sequences, too, and the transfer syntax.

    Raises:
        Exception: as pydicom raises them, where a value of such a tag can't be read.
    """
    from pydicom import Dataset, Sequence
    from pydicom.dataset import FileMetaDataset

    kept = Dataset()
    for keyword in READ:
        if keyword not in found:
            continue
        element = found[keyword]
        if element.VR == "SQ":
            setattr(kept, keyword, Sequence([allowed(item) for item in element.value]))
        else:
            kept.add(element)
    if hasattr(found, "file_meta"):
        kept.file_meta = FileMetaDataset()
        kept.file_meta.TransferSyntaxUID = found.file_meta.TransferSyntaxUID
    return kept


def of_frame(found: "Dataset", frame: int) -> "Dataset":
    """Return what holds for one frame: what its own functional groups say, else the shared ones, else the file.

    Args:
        found: as `allowed` gives it.
        frame: counted from 0.
    """
    from pydicom import Dataset

    own = list(found.get("PerFrameFunctionalGroupsSequence") or [])
    told = [*own[frame : frame + 1], *list(found.get("SharedFunctionalGroupsSequence") or [])[:1]]
    kept = Dataset()
    for group in _GROUPS:
        items = [item for place in told for item in list(place.get(group) or [])[:1]]
        for element in items[0] if items else ():
            kept.add(element)
    for keyword in READ:
        if keyword in found and keyword not in kept and not keyword.endswith("PixelData"):
            kept.add(found[keyword])
    if hasattr(found, "file_meta"):
        kept.file_meta = found.file_meta
    return kept
