"""Frame ranges, as job templates write them."""

from __future__ import annotations

import re

_PART = re.compile(r"(-?\d+)(?:-(-?\d+)(?::([1-9]\d*))?)?")


def frames_of(text: str) -> list[int]:
    """Return the frames of a range expression in which each part counts upwards.

    Raises:
        ValueError: It is malformed.

    >>> frames_of("3")
    [3]
    >>> frames_of("1-9:4, 20")
    [1, 5, 9, 20]
    """
    frames: list[int] = []
    for part in text.split(","):
        match = _PART.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"the frames {text!r} are no range, such as 1-5 or 1-9:2,20")
        first, last, step = int(match[1]), int(match[2] or match[1]), int(match[3] or 1)
        frames += range(first, last + 1, step)
    if not frames:
        raise ValueError(f"the range {text!r} has no frames")
    return frames
