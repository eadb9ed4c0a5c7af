"""``python -m adaptor_runtime``: the same as the ``adaptor-runtime`` command."""

from __future__ import annotations

from .adaptors.command_line import main

if __name__ == "__main__":
    main()
