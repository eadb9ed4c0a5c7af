"""The scripted adaptor, in processes that may have only so many open files: 8192 on Windows, always."""

from __future__ import annotations

import os

from scripted import Scripted

if os.name == "posix":
    import resource

    resource.setrlimit(resource.RLIMIT_NOFILE, (int(os.environ["LIMIT"]),) * 2)

if __name__ == "__main__":
    from adaptor_runtime import EntryPoint

    EntryPoint(Scripted).start()
