"""A result in the forms that others read: a table, Slicer's point list, a DICOM structured report, a training example."""
