"""``python -m fuzz TARGET`` in Testing: feed a reader with changed files until the time is up, by their coverage.

What is wanted is a volume, a result or a network, or an error of ours; anything else ends the run, and the input that
did it is left as a file. Needs atheris.
"""

import argparse
import logging
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

with atheris.instrument_imports(include=["CCFNetCore", "pydicom"]):
    from .targets import TARGETS

LONGEST_INPUT = 65536
SLOWEST_S = 20


def main() -> None:
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=300)
    options = parser.parse_args()
    logging.disable()
    target = TARGETS[options.target]
    with TemporaryDirectory() as folder:
        seeds = Path(folder, "seeds")
        seeds.mkdir()
        for number, seed in enumerate(target.seeds()):
            (seeds / str(number)).write_bytes(seed)
        limits = [f"-max_total_time={options.seconds}", f"-max_len={LONGEST_INPUT}", f"-timeout={SLOWEST_S}"]
        atheris.Setup([sys.argv[0], *limits, str(seeds)], lambda data: target.read(data, Path(folder)))
        atheris.Fuzz()


main()
