"""What a user points at becomes a volume: image files, pictures, DICOM, contrast and grey values."""
