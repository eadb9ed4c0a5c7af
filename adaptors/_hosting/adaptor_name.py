"""The name of an adaptor without its class: ``module:Class``, as for ``--adaptor``."""

from __future__ import annotations

import os
import sys


def adaptor_name(adaptor_class: object) -> str:
    """Return the name of an adaptor's class; one in a script is named as if the script were imported."""
    if not isinstance(adaptor_class, type):
        return ""  # the class check reports the problem
    module = adaptor_class.__module__
    if module == "__main__":
        main = sys.modules["__main__"]
        spec = getattr(main, "__spec__", None)
        file = str(getattr(main, "__file__", "") or "")
        module = spec.name if spec is not None else os.path.splitext(os.path.basename(file))[0]
    return f"{module}:{adaptor_class.__qualname__}"
