"""DICOM and NIfTI files -> a MedMNIST-format `.npz` of images, classes and hashed groups, which names nobody."""
