"""Loads the templates of pages; whatever they are given is escaped, for names of studies can be anything."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jinja2


def load_template(file: Path, **known: object) -> "jinja2.Template":
    """The template in a file; ``known`` are values and functions that it may use besides what it is rendered with."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(file.parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(file.name, globals=known)
