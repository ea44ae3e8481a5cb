"""A result in the forms that other programs read: a table, Slicer's point list and a DICOM structured report."""
