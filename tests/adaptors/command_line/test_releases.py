from __future__ import annotations

import sys
import types

import pytest
from adaptor_runtime.adaptors._hosting.releases import NOT_INSTALLED, adaptor_release


@pytest.fixture
def adaptor_class(tmp_path, monkeypatch):
    """A class of the package ``farm_adaptor``, and a folder on the path where it may be installed."""
    monkeypatch.syspath_prepend(tmp_path)
    return type("Farm", (), {"__module__": "farm_adaptor.adaptor"})


def test_the_release_of_a_package_without_one_is_unknown(adaptor_class, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path, "/nowhere", sys.executable])
    assert adaptor_release(adaptor_class) == NOT_INSTALLED


@pytest.mark.parametrize("folder", ["farm_adaptor-1.2.dist-info", "Farm.Adaptor-1.2.dist-info"])
def test_the_release_of_an_installed_package_is_that_of_its_record(adaptor_class, tmp_path, folder):
    (tmp_path / folder).mkdir()
    (tmp_path / "farm_adaptor_extras-3.0.dist-info").mkdir()
    (tmp_path / "farm-adaptor").mkdir()
    assert adaptor_release(adaptor_class) == "1.2"


def test_the_release_that_the_package_declares_comes_first(adaptor_class, tmp_path, monkeypatch):
    (tmp_path / "farm_adaptor-1.2.dist-info").mkdir()
    package = types.ModuleType("farm_adaptor")
    package.__version__ = "1.3"
    monkeypatch.setitem(sys.modules, "farm_adaptor", package)
    assert adaptor_release(adaptor_class) == "1.3"


def test_the_package_next_to_the_adaptor_counts_before_the_one_at_the_top(adaptor_class, monkeypatch):
    for name, release in (("farm_adaptor", "9.0"), ("farm_adaptor.blender._version", "0.6")):
        module = types.ModuleType(name)
        module.version = module.__version__ = release
        monkeypatch.setitem(sys.modules, name, module)
    adaptor_class.__module__ = "farm_adaptor.blender.adaptor"
    assert adaptor_release(adaptor_class) == "0.6"
