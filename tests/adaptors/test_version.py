from __future__ import annotations

import itertools
import operator

import pytest
from adaptor_runtime.adaptors import SemanticVersion

ORDERED = [SemanticVersion(*pair) for pair in ((0, 0), (0, 1), (0, 10), (1, 0), (1, 2), (1, 10), (2, 0), (10, 1))]
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]


@pytest.mark.parametrize("compare", COMPARISONS)
def test_versions_are_ordered_by_major_then_minor(compare):
    for (at, one), (other_at, other) in itertools.product(enumerate(ORDERED), repeat=2):
        assert compare(one, other) is compare(at, other_at)


def test_equal_versions_have_one_hash():
    assert {SemanticVersion(1, 2), SemanticVersion(1, 2)} == {SemanticVersion(1, 2)}


@pytest.mark.parametrize("compare", COMPARISONS[:4])
@pytest.mark.parametrize("other", ["1.2", (1, 2), 1.2, 1, None, object()])
def test_a_version_is_not_compared_with_something_else(compare, other):
    with pytest.raises(TypeError):
        compare(SemanticVersion(1, 2), other)
    with pytest.raises(TypeError):
        compare(other, SemanticVersion(1, 2))


@pytest.mark.parametrize(
    ("numbers", "error", "said"),
    [
        (("a", 1), TypeError, "the major of a SemanticVersion must be an integer, not 'a'"),
        ((1, 2.0), TypeError, "the minor of a SemanticVersion must be an integer, not 2.0"),
        ((True, 0), TypeError, "the major of a SemanticVersion must be an integer, not True"),
        ((1, -1), ValueError, "the minor of a SemanticVersion must not be negative, as -1 is"),
    ],
)
def test_a_version_of_other_than_two_natural_numbers_is_rejected(numbers, error, said):
    with pytest.raises(error) as refused:
        SemanticVersion(*numbers)
    assert str(refused.value) == said


@pytest.mark.parametrize("other", ["1.2", (1, 2), None])
def test_a_version_equals_nothing_else(other):
    assert SemanticVersion(1, 2) != other


@pytest.mark.parametrize(
    ("offered", "needed", "compatible"),
    [
        ("0.1", "0.1", True),
        ("0.2", "0.1", False),
        ("0.1", "0.2", False),
        ("1.0", "1.0", True),
        ("1.10", "1.2", True),
        ("1.2", "1.10", False),
        ("1.0", "0.0", False),
        ("0.9", "1.0", False),
        ("2.0", "1.0", False),
        ("1.9", "2.0", False),
    ],
)
def test_a_version_serves_callers_that_need_no_newer_minor_of_its_major(offered, needed, compatible):
    assert SemanticVersion.parse(offered).has_compatibility_with(SemanticVersion.parse(needed)) is compatible


@pytest.mark.parametrize("other", ["1.2", (1, 2), None])
def test_compatibility_is_checked_only_with_a_version(other):
    with pytest.raises(TypeError, match="SemanticVersion"):
        SemanticVersion(1, 2).has_compatibility_with(other)


@pytest.mark.parametrize("text", ["0.0", "0.1", "1.0", "12.345"])
def test_a_version_survives_its_text(text):
    assert str(SemanticVersion.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "1", "1.", ".1", "1.2.3", "v1.2", "1.x", "-1.2", "1.-2", "+1.2", " 1.2", "1.2\n", "1,2", "01.2", "1.02"),
        *("\u0661.\u0662", "1.2rc1", "1 .2", "1_0.2", "9" * 5000 + ".0"),
    ],
)
def test_a_text_that_is_not_a_version_is_rejected(text):
    with pytest.raises(ValueError):
        SemanticVersion.parse(text)


@pytest.mark.parametrize("value", [None, 1.2, 1, b"1.2"])
def test_only_a_string_is_a_version(value):
    with pytest.raises(ValueError, match="is not a version"):
        SemanticVersion.parse(value)
