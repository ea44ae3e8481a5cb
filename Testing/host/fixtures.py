"""Fixtures for pytest: ``from host.fixtures import *`` in a ``conftest.py``."""

import pytest

import host as host_package

__all__ = ["clean_host", "host"]


@pytest.fixture(scope="session")
def host():
    """The host, its application started."""
    host_package.install()
    return host_package


@pytest.fixture
def clean_host(host, request):
    """The host with an empty scene, for a test that reads properties as attributes, as a module does.

    The test fails if a slot raised, unless it empties ``host.slot_errors``.
    """
    host.speak_pythonqt(request.module.__name__)
    host.clear()
    yield host
    host.close()
    errors = list(host.slot_errors)
    host.clear()
    assert not errors, errors
