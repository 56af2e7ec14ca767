"""The two protobuf field types that Signal's messages use: unsigned integers and bytes.

neonize ships no classes for Signal's few messages; each field here may occur once.
"""

from collections.abc import Mapping

from simulator.phone.errors import MalformedMessageError

_VARINT = 0
_BYTES = 2
_LONGEST_VARINT = 10


def encode(fields: Mapping[int, int | bytes | None]) -> bytes:
    """Return the fields by number, in the given order; those that are None are left out."""
    out = bytearray()
    for number, value in fields.items():
        if isinstance(value, int):
            out += _varint(number << 3 | _VARINT) + _varint(value)
        elif value is not None:
            out += _varint(number << 3 | _BYTES) + _varint(len(value)) + value
    return bytes(out)


class Fields:
    """What a message holds, read strictly: anything unexpected is a MalformedMessageError."""

    def __init__(self, data: bytes) -> None:
        self._values: dict[int, int | bytes] = {}
        self._data = data
        self._at = 0
        while self._at < len(data):
            self._read()

    def number(self, field: int) -> int:
        """Return an integer that must be there."""
        value = self._values.get(field)
        if not isinstance(value, int):
            raise MalformedMessageError(f"field {field} is no number")
        return value

    def optional_number(self, field: int) -> int | None:
        """Return an integer, or None if the field is not there."""
        return self.number(field) if field in self._values else None

    def bytes(self, field: int) -> bytes:
        """Return bytes that must be there."""
        value = self._values.get(field)
        if not isinstance(value, bytes):
            raise MalformedMessageError(f"field {field} holds no bytes")
        return value

    def _read(self) -> None:
        key = self._read_varint()
        field, wire_type = key >> 3, key & 7
        if field in self._values or wire_type not in (_VARINT, _BYTES):
            raise MalformedMessageError(f"field {field} is repeated or of an unknown type")
        value = self._read_varint()
        if wire_type == _VARINT:
            self._values[field] = value
            return
        end = self._at + value
        if end > len(self._data):
            raise MalformedMessageError(f"field {field} is cut off")
        self._values[field] = self._data[self._at : end]
        self._at = end

    def _read_varint(self) -> int:
        value = 0
        for shift in range(0, 7 * _LONGEST_VARINT, 7):
            if self._at >= len(self._data):
                raise MalformedMessageError("a number is cut off")
            byte = self._data[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:  # noqa: PLR2004 - the bit that says "more follows"
                return value
        raise MalformedMessageError("a number is too long")


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
