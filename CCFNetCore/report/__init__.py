"""One page a study for its reader, to look at or print: picture, close-ups, table, estimates and warnings."""

from .page import render_report, write_report

__all__ = ["render_report", "write_report"]
