"""Many studies with one command: here, on a Dask cluster, or from a DICOMweb server; always with the same results."""
