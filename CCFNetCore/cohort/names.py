"""Names of studies: safe as names of files on any system, and unique."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping

LONGEST = 120
"""Bytes; leaves room for endings in the 255 that file systems allow."""


def safe_name(text: str) -> str:
    """The text with ``_`` for whatever is not a letter, digit, ``.``, ``+`` or ``-``; a long one is cut off."""
    name = re.sub(r"^\W|[^\w.+-]", "_", text)
    kept = name.encode("utf-8")[:LONGEST].decode("utf-8", "ignore")
    return name if kept == name else with_hash(kept, text)


def with_hash(name: str, identity: str) -> str:
    """The name with a short hash of what makes its study unlike any other."""
    digest = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()
    return f"{name}-{digest[:10]}"


def unique_names(names: Mapping[str, str]) -> dict[str, str]:
    """Names by identity, with a hash where several are one name to some file system."""
    counts = Counter(name.casefold() for name in names.values())
    return {
        identity: with_hash(name, identity) if counts[name.casefold()] > 1 else name for identity, name in names.items()
    }
