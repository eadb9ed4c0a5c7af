"""Print the pins of what the tests need on Windows: ``pins.py requirements/test.txt``."""

from __future__ import annotations

import sys

from pip._vendor.packaging.requirements import Requirement

NAMES = {
    *("attrs", "cattrs", "click", "colorama", "jinja2", "jsonschema-rs", "markupsafe", "packaging", "psutil", "pyyaml"),
    *("six", "structlog", "transitions", "typing-extensions"),
    *("execnet", "hypothesis", "iniconfig", "pip", "pluggy", "pygments", "pytest", "pytest-timeout", "pytest-xdist"),
    *("pytest-rerunfailures", "sortedcontainers"),
    *("annotated-types", "openjd-cli", "openjd-model", "openjd-sessions", "pydantic", "pydantic-core", "pywin32"),
    *("imageio-ffmpeg", "typing-inspection"),
}
TARGET = {
    "implementation_name": "cpython",
    "os_name": "nt",
    "platform_machine": "AMD64",
    "platform_python_implementation": "CPython",
    "platform_system": "Windows",
    "python_full_version": "3.11.9",
    "python_version": "3.11",
    "sys_platform": "win32",
}

with open(sys.argv[1], encoding="utf-8") as file:
    lines = [line.partition("#")[0].strip() for line in file]
for pin in map(Requirement, filter(None, lines)):
    if pin.name.lower() in NAMES and (pin.marker is None or pin.marker.evaluate(TARGET)):
        print(f"{pin.name}{pin.specifier}")
