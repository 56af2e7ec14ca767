import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.phone.errors import BadPaddingError
from simulator.phone.padding import pad, unpad


@given(st.binary(max_size=64))
def test_what_was_padded_is_found_again(text: bytes) -> None:
    padded = pad(text)
    assert 1 <= len(padded) - len(text) <= 15
    assert unpad(padded) == text


@pytest.mark.parametrize(
    "padded", [b"", b"text\x00", b"text\x02", b"text\x01\x02", b"\x03\x03", b"\x11" * 17]
)
def test_other_endings_are_refused(padded: bytes) -> None:
    with pytest.raises(BadPaddingError):
        unpad(padded)
