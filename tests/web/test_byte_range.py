from __future__ import annotations

import pytest

from web.byte_range import byte_range
from web.refusals import RangeNotSatisfiable


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        (None, None),
        ("bytes=0-", range(10)),
        ("bytes=0-0", range(1)),
        ("bytes=2-5", range(2, 6)),
        ("bytes=5-99", range(5, 10)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-99", range(10)),
        ("bytes=5-2", None),
        ("bytes=-", None),
        ("bytes=0-1,3-4", None),
        ("bytes=a-b", None),
        ("items=0-1", None),
        ("bytes=" + "9" * 40 + "-", None),
    ],
)
def test_a_range_is_what_the_rfc_says(header: str | None, asked: range | None) -> None:
    assert byte_range(header, 10) == asked


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0"])
def test_what_lies_beyond_the_end_is_refused(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        byte_range(header, 10)
