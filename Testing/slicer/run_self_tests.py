"""Runs the module's own self-tests inside a real Slicer, which ends with 0 if all of them passed: `make slicer`."""

import sys
import unittest

import slicer


def main() -> int:
    """Run the tests one by one, each on its own line; a skipped one counts as failed, for nothing was proved."""
    print(f"Slicer {slicer.app.applicationVersion}, Python {sys.version.split()[0]}", flush=True)
    slicer.util.selectModule("CCFNetSlicer")
    from CCFNetSlicer import CCFNetSlicerTest

    tests = unittest.defaultTestLoader.loadTestsFromTestCase(CCFNetSlicerTest)
    outcome = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(tests)
    return 0 if outcome.wasSuccessful() and not outcome.skipped else 1


if __name__ == "__main__":
    slicer.util.exit(main())
