"""Adaptors made of the hooks that a test gives."""

from __future__ import annotations

import pytest
from adaptor_runtime import Adaptor, SemanticVersion


@pytest.fixture
def made():
    """Make a class of an adaptor: ``made(on_run=lambda self, run_data: ...)``."""

    def make(**attributes):
        return type("Made", (Adaptor,), {"data_version": SemanticVersion(1, 0), "on_run": do_nothing, **attributes})

    return make


def do_nothing(self, *_):
    """Be a hook."""
