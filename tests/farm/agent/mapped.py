"""An adaptor that says where a path of the studio is on this host."""

from __future__ import annotations

from adaptor_runtime import Adaptor, EntryPoint, SemanticVersion


class Mapped(Adaptor):
    data_version = SemanticVersion(1, 0)

    def on_run(self, run_data):
        self.update_status(status_message=f"the texture is {self.map_path(run_data['texture'])}")


if __name__ == "__main__":
    EntryPoint(Mapped).start()
