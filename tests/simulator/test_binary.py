import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyaileys.wabinary.decode import decode_decompressed_binary_node
from pyaileys.wabinary.encode import encode_binary_node
from pyaileys.wabinary.types import BinaryNode

from simulator import binary
from simulator.frames import FrameReader, framed
from simulator.nodes import Attrs, Jid, MalformedError, Node, node
from simulator.noise import PROLOGUE

TEXTS = st.one_of(st.sampled_from(sorted(binary.TOKENS)), st.text(min_size=1, max_size=300))
USERS = st.from_regex(r"[0-9]{5,15}", fullmatch=True)
JIDS = st.one_of(
    st.builds(Jid, USERS, st.sampled_from(["s.whatsapp.net", "lid"]), st.integers(0, 255)),
    st.builds(Jid, st.just(""), st.just("s.whatsapp.net")),
    st.builds(Jid, USERS, st.just("g.us")),
)
LEAVES = st.one_of(st.none(), st.binary(max_size=70_000))
NODES = st.recursive(
    st.builds(Node, TEXTS, st.dictionaries(TEXTS, st.one_of(TEXTS, JIDS), max_size=4), LEAVES),
    lambda children: st.builds(
        Node, TEXTS, st.dictionaries(TEXTS, TEXTS, max_size=2), st.lists(children, max_size=4)
    ),
    max_leaves=12,
)


@given(NODES)
def test_what_is_encoded_decodes_to_the_same(stanza: Node) -> None:
    assert binary.decode(binary.encode(stanza)) == stanza


@given(NODES)
def test_a_compressed_stanza_is_read_too(stanza: Node) -> None:
    plain = binary.encode(stanza)
    assert binary.decode(b"\x02" + zlib.compress(plain[1:])) == stanza


@given(NODES, st.data())
def test_a_stanza_that_is_cut_off_or_too_long_is_malformed(
    stanza: Node, data: st.DataObject
) -> None:
    plain = binary.encode(stanza)
    end = data.draw(st.integers(0, len(plain) - 1))
    for wrong in (plain[:end], plain + b"\x00"):
        with pytest.raises(MalformedError):
            binary.decode(wrong)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_node_or_malformed(data: bytes) -> None:
    try:
        read = binary.decode(data)
    except MalformedError:
        return
    assert isinstance(read, Node)


@pytest.mark.parametrize(
    "content", [b"\xfa" * 100_000, b"\xf8\x01\x05" + b"\xf8\x02\x05\xf8\x01" * 40_000]
)
def test_nesting_without_end_is_malformed(content: bytes) -> None:
    with pytest.raises(MalformedError):
        binary.decode(b"\x00\xf8\x02\x05" + content)


def test_a_bomb_is_malformed() -> None:
    with pytest.raises(MalformedError):
        binary.decode(b"\x02" + zlib.compress(bytes(binary.MAX_INFLATED + 1)))


def test_another_implementation_reads_what_is_written() -> None:
    attrs: Attrs = {"to": Jid("5511", "s.whatsapp.net", 3), "id": "3EB0", "type": "text"}
    written = binary.encode(node("message", attrs, [node("enc", {"v": 2}, b"\x01\x02")]))
    read = decode_decompressed_binary_node(written[1:])
    assert (read.tag, read.attrs) == (
        "message",
        {"to": "5511:3@s.whatsapp.net", "id": "3EB0", "type": "text"},
    )
    (enc,) = read.content
    assert enc.content == b"\x01\x02"


def test_what_another_implementation_packs_is_read() -> None:
    written = encode_binary_node(
        BinaryNode("iq", {"id": "123.4-5", "t": "DEADBEEF", "to": "5511@s.whatsapp.net"}, "12345")
    )
    read = binary.decode(written)
    assert read.attrs == {"id": "123.4-5", "t": "DEADBEEF", "to": Jid("5511", "s.whatsapp.net")}
    assert read.data == b"12345"


@given(st.lists(st.binary(max_size=2000), max_size=5), st.integers(1, 700), st.booleans())
def test_frames_come_out_whole_however_they_arrive(
    payloads: list[bytes], piece: int, routed: bool
) -> None:
    stream = (b"ED\x00\x01\x00\x00\x02ab" if routed else b"") + PROLOGUE
    stream += b"".join(framed(payload) for payload in payloads)
    reader, frames = FrameReader(prologue=True), []
    for start in range(0, len(stream), piece):
        frames += reader.feed(stream[start : start + piece])
    assert frames == payloads
