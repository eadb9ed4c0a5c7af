from __future__ import annotations

import struct
import zlib

import pytest


@pytest.fixture
def read_png():
    """Decode a PNG file, strictly; return its width, its height and its pixels."""

    def read(path):
        data = path.read_bytes()
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        chunks, at = [], 8
        while at < len(data):
            (length,) = struct.unpack_from(">I", data, at)
            kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
            assert struct.unpack_from(">I", data, at + 8 + length) == (zlib.crc32(kind + body),)
            chunks.append((kind, body))
            at += 12 + length
        assert [kind for kind, _ in chunks] == [b"IHDR", b"IDAT", b"IEND"]
        width, height, depth, color_type, *rest = struct.unpack(">IIBBBBB", chunks[0][1])
        assert (depth, color_type, rest) == (8, 2, [0, 0, 0])
        pixels = zlib.decompress(chunks[1][1])
        stride = 1 + 3 * width
        assert len(pixels) == stride * height
        assert set(pixels[::stride]) == {0}
        return width, height, pixels

    return read
