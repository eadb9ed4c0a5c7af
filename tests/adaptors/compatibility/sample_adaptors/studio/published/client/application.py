"""The application, in a Python that has nothing but the standard library."""

from __future__ import annotations

import os
import sys
import threading

from adaptor_runtime_client import ClientInterface


class PublishedClient(ClientInterface):
    def __init__(self, server_path):
        super().__init__(server_path=server_path)
        self.actions.update(scene_file=self.scene_file, output=self.output, start_render=self.start_render)
        print("Version 1.5", file=sys.stderr, flush=True)

    def scene_file(self, data):
        print("scene", self.map_path(data["scene_file"]), flush=True)

    def output(self, data):
        pass

    def start_render(self, data):
        print("50% done", file=sys.stderr, flush=True)
        if data.get("hang"):
            print("rendering for ever", flush=True)
            threading.Event().wait()
        if data.get("severe"):
            # Slowly read, or not at all, either would fill the pipe.
            print("SEVERE\n" + "much output\n" * 30_000, flush=True)
        if data.get("severe") == "each line":
            print("SEVERE, and no end of it\n" * 12_000, flush=True)
        print(f"Finished\0 frame {data['frame']}", flush=True)

    def close(self, args=None):
        sys.exit(0)

    def graceful_shutdown(self, signum, frame):
        sys.exit(0)


client = PublishedClient(os.environ["PUBLISHED_SERVER_PATH"])
print("client of", sys.modules["adaptor_runtime_client"].__file__, "attr" in sys.modules, flush=True)
client.poll()
