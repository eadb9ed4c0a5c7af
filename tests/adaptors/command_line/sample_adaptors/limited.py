"""The scripted adaptor, in processes that may have only so many open files."""

from __future__ import annotations

import os
import resource

from scripted import Scripted

resource.setrlimit(resource.RLIMIT_NOFILE, (int(os.environ["LIMIT"]),) * 2)

if __name__ == "__main__":
    from adaptor_runtime import EntryPoint

    EntryPoint(Scripted).start()
