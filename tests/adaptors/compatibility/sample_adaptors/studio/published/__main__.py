from __future__ import annotations

from openjd.adaptor_runtime import EntryPoint

from .adaptor import PublishedAdaptor


def main():
    EntryPoint(PublishedAdaptor).start(reentry_exe=None)


if __name__ == "__main__":
    main()
