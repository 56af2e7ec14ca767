from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.decryption import Decryption, encrypted_size
from media.remote_file import NotReceived, RemoteFile
from tests.media.sealed import Sealed, seal


def opened(sealed: Sealed, *cuts: int, **other: object) -> bytes:
    """The file, its box fed in pieces that end at these places."""
    decryption = Decryption(RemoteFile.of({**sealed.source, **other}))
    ends = sorted({min(cut, len(sealed.box)) for cut in cuts} | {len(sealed.box)})
    plain = b""
    for start, end in zip([0, *ends], ends, strict=False):
        plain += decryption.feed(sealed.box[start:end])
    return plain + decryption.finish()


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=100), st.lists(st.integers(0, 140)), st.sampled_from(["image", "voice"]))
def test_a_file_is_decrypted_in_whatever_pieces_it_comes(
    data: bytes, cuts: list[int], message_type: str
) -> None:
    sealed = seal(data, message_type)
    assert opened(sealed, *cuts) == data
    assert len(sealed.box) == encrypted_size(len(data))


@pytest.mark.parametrize(
    "message_type", ["image", "video", "audio", "voice", "document", "sticker"]
)
def test_each_type_has_the_keys_of_its_kind(message_type: str) -> None:
    assert opened(seal(b"file", message_type)) == b"file"


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 73))
def test_no_byte_may_be_another(place: int) -> None:
    sealed = seal(b"x" * 60)
    box = bytearray(sealed.box)
    box[place] ^= 1
    with pytest.raises(NotReceived) as damaged:
        opened(Sealed(sealed.source | {"encryptedSha256": ""}, bytes(box)))
    assert (damaged.value.reason, damaged.value.fate) == ("damaged", "failed")


@pytest.mark.parametrize(
    "pad", [b"\0" * 16, b"\x11" * 16, b"\1" * 14 + b"\3\2", b"\0" * 11 + b"\5"]
)
def test_a_wrong_padding_is_no_file(pad: bytes) -> None:
    data = bytes(-len(pad) % 16)
    with pytest.raises(NotReceived):
        opened(seal(data, pad=pad))


@pytest.mark.parametrize("field", ["encryptedSha256", "sha256"])
def test_another_hash_than_the_message_says_is_no_file_and_none_is_not_looked_at(
    field: str,
) -> None:
    sealed = seal(b"file")
    with pytest.raises(NotReceived):
        opened(sealed, **{field: "ab" * 32})
    assert opened(sealed, **{field: ""}) == b"file"


@pytest.mark.parametrize("box", [b"", b"x" * 10, b"x" * 25, b"x" * 27])
def test_what_is_cut_off_is_no_file(box: bytes) -> None:
    with pytest.raises(NotReceived):
        opened(Sealed(seal(b"file").source, box))
