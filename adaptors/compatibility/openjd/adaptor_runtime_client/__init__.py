"""``openjd.adaptor_runtime_client``: the very files of ``adaptor_runtime_client``, under a second name.

Published adaptors put the directory two levels above this package's ``__file__`` on the path of their application,
where ``adaptor_runtime_client`` is then imported. So this module hands over to the client in its own folder, beside
which nothing else lies. Python 3.7 and the standard library: an application may import this name too.
"""

from __future__ import annotations

import os
import sys
from importlib.util import module_from_spec, spec_from_file_location

_LAYER = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_RUNTIME = os.path.dirname(os.path.dirname(_LAYER))
_FILE = os.path.join(_RUNTIME, "ipc", "client", "adaptor_runtime_client", "__init__.py")

_specification = spec_from_file_location(__name__, _FILE)
assert _specification is not None
assert _specification.loader is not None
# An import hands out what stands under the name at its end.
sys.modules[__name__] = _module = module_from_spec(_specification)
_specification.loader.exec_module(_module)
