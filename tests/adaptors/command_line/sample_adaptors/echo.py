"""An adaptor that shows the data it was given, and where a path is."""

from __future__ import annotations

import json

from adaptor_runtime.adaptors import Adaptor, SemanticVersion


class Echo(Adaptor):
    integration_data_interface_version = SemanticVersion(1, 2)

    def on_start(self):
        print("init data:", json.dumps(self.init_data))

    def on_run(self, run_data):
        print("run data:", json.dumps(run_data))
        print("mapped:", self.map_path(run_data.get("path", "")))


class Property(Echo):
    @property
    def integration_data_interface_version(self):
        print("a property that prints")
        return SemanticVersion(0, 3)


class Broken(Echo):
    def __init__(self, *args, **kwargs):
        raise KeyError("license")

    @property
    def integration_data_interface_version(self):
        return SemanticVersion(0, 3)


class Sizes(Echo):
    def on_start(self):
        print(f"init data has {len(self.init_data['items'])} items")

    def on_run(self, run_data):
        print(f"run data has {len(run_data['items'])} items")


class Wrong(Echo):
    integration_data_interface_version = "1.2"


print("a module that prints")
