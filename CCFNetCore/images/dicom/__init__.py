"""DICOM files as scanners and archives leave them."""
