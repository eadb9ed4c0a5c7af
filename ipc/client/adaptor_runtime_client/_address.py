"""The address of the adaptor, as the application that it starts finds it."""

from __future__ import annotations

import os

from ._errors import AdaptorGoneError

ADDRESS_VARIABLE = "ADAPTOR_RUNTIME_SERVER"
"""The environment variable of the application that holds the address."""


def address() -> str:
    """Return the address of the adaptor that started this process.

    Raises:
        AdaptorGoneError: No adaptor has.
    """
    path = os.environ.get(ADDRESS_VARIABLE)
    if not path:
        raise AdaptorGoneError(
            f"{ADDRESS_VARIABLE} is not set, so no adaptor has started this program: it performs what an adaptor asks"
        )
    return path
