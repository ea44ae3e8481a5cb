"""Training of CCF-Net on pictures with landmarks. Needs neither SimpleITK nor Slicer."""
