"""The corpus: inputs as scanners, archives and converters leave them, each with its one right outcome.

Everything here is a black box test of the command ``ccfnet``; no part of it is asked but the command and the phantom.
"""
