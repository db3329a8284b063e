"""What the tests of conversions share: small DICOM files, and folders of them."""

from pathlib import Path

import numpy as np
import pytest

PIXELS = np.arange(256, dtype=np.uint16).reshape(16, 16)


def written(path, pixels=PIXELS, **given):
    """Write a DICOM file of some pixels and tags, by default of a signed CT; a tag of None is left out."""
    from pydicom import Dataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    found = Dataset()
    told = {"PatientID": path.stem, "PatientName": "Doe^Jane", "Modality": "CT", "StudyInstanceUID": generate_uid()}
    told |= {
        "SOPClassUID": CTImageStorage,
        "SOPInstanceUID": generate_uid(),
        "PhotometricInterpretation": "MONOCHROME2",
    }
    told |= {"Rows": pixels.shape[-2], "Columns": pixels.shape[-1], "SamplesPerPixel": 1}
    told |= {"BitsAllocated": 8 * pixels.dtype.itemsize, "BitsStored": 8 * pixels.dtype.itemsize}
    told |= {"PixelRepresentation": int(pixels.dtype.kind == "i")}
    told |= {"HighBit": given.get("BitsStored", told["BitsStored"]) - 1, **given}
    for keyword, value in told.items():
        if value is not None:
            setattr(found, keyword, value)
    found.PixelData = pixels.tobytes()
    found["PixelData"].VR = "OB" if pixels.dtype.itemsize == 1 else "OW"
    found.ensure_file_meta()
    found.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    path.parent.mkdir(parents=True, exist_ok=True)
    found.save_as(path, enforce_file_format=True)
    return path


@pytest.fixture
def scans(tmp_path):
    """A folder of two classes with five patients of two files each."""
    for name in ("ill", "well"):
        for patient in range(5):
            for number in range(2):
                path = tmp_path / "scans" / name / f"{name}{patient}_{number}.dcm"
                written(path, PIXELS + patient + number, PatientID=f"{name}-{patient}")
    return tmp_path / "scans"


@pytest.fixture
def packaged():
    """The DICOM files that pydicom brings, by name; of several of one name the first."""
    import pydicom

    root = Path(pydicom.__file__).parent / "data" / "test_files"
    return {path.name: path for path in sorted(root.rglob("*"), reverse=True) if path.is_file()}
