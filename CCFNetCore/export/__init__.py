"""A result in other forms: a table, Slicer's point list, a DICOM structured report, an example to train on."""
