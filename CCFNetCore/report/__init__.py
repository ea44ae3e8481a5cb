"""One page a study for its reader, to look at or print: picture, close-ups, table, estimates and warnings."""

from .page import write_report

__all__ = ["write_report"]
