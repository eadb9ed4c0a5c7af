"""The output of a finished session that its daemon left on disk for a slower reader."""

from __future__ import annotations

import os

from adaptor_runtime_client._messages import HEADER, ProtocolError, decode

from .._stream.spool import FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from .._files.connection_file import ConnectionInfo
    from .._stream.printer import Printer


def show_left_view(connection: ConnectionInfo, offset: int, printer: Printer) -> None:
    """Show the view that a daemon left behind, from ``offset`` on.

    Args:
        connection: The daemon, whose session is over.
        offset: How many bytes of the view have already been shown.
        printer: Shows the events.
    """
    try:
        with open(os.path.join(connection.session_directory, FILE), "rb") as file:
            for position, length in connection.view or []:
                skipped = min(offset, length)
                offset -= skipped
                _show(file, position + skipped, length - skipped, printer)
    except (OSError, ValueError, TypeError) as error:
        printer.note(f"cannot show the rest of the output: {error}")


def _show(file: BinaryIO, position: int, length: int, printer: Any) -> None:
    file.seek(position)
    end = position + length
    while position + HEADER.size <= end:
        head, body = HEADER.unpack(file.read(HEADER.size))
        try:
            printer.emit(decode(file.read(head)), file.read(body))
        except ProtocolError as error:
            file.seek(position + HEADER.size + head + body)
            printer.note(f"cannot show a part of the output: {error}")
        position += HEADER.size + head + body
