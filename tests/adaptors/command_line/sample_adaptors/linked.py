"""The application of ``thorough``."""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.environ["CLIENT_FOLDER"])

from adaptor_runtime_client import ClientInterface


class Client(ClientInterface):
    def __init__(self, server_path):
        super().__init__(server_path)
        self.actions.update(map=self.map, fail=self.fail)

    def map(self, args):
        return self.map_path(args["path"])

    def fail(self, args):
        raise ValueError(args["path"])

    def close(self, args):
        pass

    def graceful_shutdown(self, signum, frame):
        pass


Client(sys.argv[1]).poll()
