"""Readers fed with changed files, by their coverage: ``python -m fuzz TARGET`` in Testing."""
