import pytest
from google.protobuf.wrappers_pb2 import UInt64Value
from hypothesis import given
from hypothesis import strategies as st

from simulator.phone.errors import MalformedMessageError
from simulator.phone.fields import Fields, encode

VALUES = st.integers(0, 2**64 - 1) | st.binary(max_size=300)


@given(st.dictionaries(st.integers(1, 2**29 - 1), VALUES, max_size=8))
def test_fields_are_read_as_they_were_written(values: dict[int, int | bytes]) -> None:
    read = Fields(encode(values))
    for number, value in values.items():
        if isinstance(value, int):
            assert read.number(number) == read.optional_number(number) == value
        else:
            assert read.bytes(number) == value


@given(st.integers(0, 2**64 - 1))
def test_numbers_are_written_as_protobuf_writes_them(value: int) -> None:
    assert UInt64Value.FromString(encode({1: value})).value == value


def test_a_field_that_is_none_is_left_out() -> None:
    assert encode({1: None, 2: 3}) == b"\x10\x03"
    assert Fields(b"\x10\x03").optional_number(1) is None


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused_as_malformed(data: bytes) -> None:
    try:
        Fields(data)
    except MalformedMessageError:
        return


@pytest.mark.parametrize(
    "data",
    [
        b"\x08",  # a number without its value
        b"\x08" + b"\xff" * 10 + b"\x01",  # a number that is too long
        b"\x0a\x05abc",  # bytes that end early
        b"\x08\x01\x08\x02",  # the same field twice
        b"\x0d\x00\x00\x00\x00",  # a type that Signal does not use
    ],
)
def test_malformed_fields_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        Fields(data)


def test_a_missing_field_or_one_of_another_type_is_refused() -> None:
    read = Fields(encode({1: 5, 2: b"text"}))
    with pytest.raises(MalformedMessageError):
        read.bytes(1)
    with pytest.raises(MalformedMessageError):
        read.number(2)
    with pytest.raises(MalformedMessageError):
        read.bytes(3)
