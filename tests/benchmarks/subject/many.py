"""Run many tasks in a daemon, one after the other, as ``daemon run`` does: ``CONNECTION_FILE COUNT``.

In one process, since the price of a new one is not what is measured. Prints the seconds of each task as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time

from adaptor_runtime.ipc._commands.frontend import Frontend
from adaptor_runtime.ipc._stream.printer import Printer

if __name__ == "__main__":
    printer = Printer(os.open(os.devnull, os.O_WRONLY))
    seconds = []
    for _ in range(int(sys.argv[2])):
        began = time.perf_counter()
        result = Frontend(sys.argv[1], printer, time.time()).run({})
        seconds.append(round(time.perf_counter() - began, 6))
        assert result.exit_code == 0, result
    sys.stdout.write(json.dumps(seconds) + "\n")
