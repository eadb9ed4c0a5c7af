"""A home directory and a package of an adaptor, both the test's own."""

from __future__ import annotations

import importlib.util
import json
import sys

import pytest

ADAPTOR = """
from adaptor_runtime.adaptors import Adaptor, SemanticVersion

class FarmAdaptor(Adaptor):
    integration_data_interface_version = SemanticVersion(1, 0)

    def on_run(self, run_data):
        pass
"""


@pytest.fixture
def write():
    def write_file(path, content):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return str(path)

    return write_file


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    for name in ("RUNTIME_CONFIG_PATH", "FARMADAPTOR_CONFIG_PATH", "ADAPTOR_CONFIG_SCHEMA_PATH"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "farm_adaptor"
    folder.mkdir()
    (folder / "__init__.py").write_text(ADAPTOR)
    return folder


@pytest.fixture
def adaptor_class(package, home):
    spec = importlib.util.spec_from_file_location("farm_adaptor", package / "__init__.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["farm_adaptor"] = module
    spec.loader.exec_module(module)
    yield module.FarmAdaptor
    del sys.modules["farm_adaptor"]
