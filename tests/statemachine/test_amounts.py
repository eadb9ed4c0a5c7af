from __future__ import annotations

import pytest
from adaptor_runtime.statemachine._amounts import size


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KB"),
        (99.94 * 1024**2, "99.9 MB"),
        (99.96 * 1024**2, "100 MB"),
        (999.6 * 1024**2, "1.0 GB"),
        (2**60, "1048576 TB"),
    ],
)
def test_a_number_of_bytes_has_three_digits_or_so_and_one_unit(count, text):
    assert size(count) == text
