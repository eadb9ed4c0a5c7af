"""The application at the other end of the link: ``SERVER_PATH REPORT_DESCRIPTOR poll`` or ``... map COUNT PREFIX``."""

from __future__ import annotations

import os
import sys
import time

from adaptor_runtime_client import ClientInterface


class Client(ClientInterface):
    def __init__(self, server_path, descriptor):
        super().__init__(server_path)
        self.descriptor = descriptor
        self.actions.update(nothing=self.nothing, report=self.report)

    def nothing(self, args):
        pass

    def report(self, args):
        os.write(self.descriptor, b"%d\n" % time.monotonic_ns())

    def close(self, args):
        pass

    def graceful_shutdown(self, signum, frame):
        pass

    def map_many(self, count, prefix):
        # Each path once: a client may remember what it has asked for.
        paths = [f"{prefix}/shot{number}/plate.exr" for number in range(count)]
        assert self.map_path(f"{prefix}/a").startswith("/mnt/farm")
        began = time.perf_counter()
        for path in paths:
            self.map_path(path)
        os.write(self.descriptor, b"%r\n" % (count / (time.perf_counter() - began)))


if __name__ == "__main__":
    client = Client(sys.argv[1], int(sys.argv[2]))
    if sys.argv[3] == "poll":
        client.poll()
    else:
        client.map_many(int(sys.argv[4]), sys.argv[5])
