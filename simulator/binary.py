"""Nodes as bytes, and back: WhatsApp's binary XML, dictionary version 3, both directions."""

import zlib

from pyaileys.wabinary.constants import DOUBLE_BYTE_TOKENS, SINGLE_BYTE_TOKENS

from simulator.nodes import LID_SERVER, PHONE_NUMBER_SERVER, Jid, MalformedError, Node

LIST_EMPTY = 0
DICTIONARY_FIRST, DICTIONARY_LAST = 236, 239
INTEROP_JID, FB_JID, DEVICE_JID = 245, 246, 247
LIST_8, LIST_16 = 248, 249
JID_PAIR = 250
HEX, NIBBLES = 251, 255
BINARY_8, BINARY_20, BINARY_32 = 252, 253, 254

#: The flag bit before a node that says the rest is zlib.
COMPRESSED = 2
MAX_INFLATED = 16 << 20
MAX_DEPTH = 32
DOMAIN_SERVERS = {0: PHONE_NUMBER_SERVER, 1: LID_SERVER, 128: "hosted", 129: "hosted.lid"}
DOMAINS = {server: domain for domain, server in DOMAIN_SERVERS.items()}
#: What a packed text may hold, by half bytes; `_` never occurs.
ALPHABETS = {HEX: "0123456789ABCDEF", NIBBLES: "0123456789-.____"}

SINGLES: list[str] = SINGLE_BYTE_TOKENS
DOUBLES: list[list[str]] = DOUBLE_BYTE_TOKENS
TOKENS = {token: bytes([i]) for i, token in enumerate(SINGLES) if token} | {
    token: bytes([DICTIONARY_FIRST + page, i])
    for page, tokens in enumerate(DOUBLES)
    for i, token in enumerate(tokens)
}


def encode(node: Node) -> bytes:
    """Return the bytes of a stanza, its flag byte included; never compressed."""
    out = bytearray(1)
    _write_node(out, node)
    return bytes(out)


def decode(data: bytes) -> Node:
    """Read one stanza with its flag byte; whatever is not exactly that raises MalformedError."""
    if len(data) < 2:  # noqa: PLR2004 - the flag byte and a list
        raise MalformedError("an empty stanza")
    reader = _Reader(_inflate(data[1:]) if data[0] & COMPRESSED else data[1:])
    node = reader.node()
    reader.end()
    return node


def _inflate(data: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        inflated = inflater.decompress(data, MAX_INFLATED)
    except zlib.error as error:
        raise MalformedError("a stanza that is not zlib though it says so") from error
    if not inflater.eof:
        raise MalformedError("a compressed stanza that is cut off or too large")
    return inflated


def _write_node(out: bytearray, node: Node) -> None:
    _write_list(out, 1 + 2 * len(node.attrs) + (node.content is not None))
    _write_text(out, node.tag)
    for name, value in node.attrs.items():
        _write_text(out, name)
        if isinstance(value, Jid):
            _write_jid(out, value)
        else:
            _write_text(out, value)
    if isinstance(node.content, bytes):
        _write_bytes(out, node.content)
    elif node.content is not None:
        _write_list(out, len(node.content))
        for child in node.content:
            _write_node(out, child)


def _write_list(out: bytearray, size: int) -> None:
    if size == 0:
        out.append(LIST_EMPTY)
    elif size < 1 << 8:
        out += bytes([LIST_8, size])
    else:
        out += bytes([LIST_16]) + size.to_bytes(2)


def _write_bytes(out: bytearray, data: bytes) -> None:
    if len(data) < 1 << 8:
        out += bytes([BINARY_8, len(data)])
    elif len(data) < 1 << 20:
        out += bytes([BINARY_20]) + len(data).to_bytes(3)
    else:
        out += bytes([BINARY_32]) + len(data).to_bytes(4)
    out += data


def _write_text(out: bytearray, text: str) -> None:
    if not text:
        raise ValueError("an empty text has no form on the wire: leave it out")
    token = TOKENS.get(text)
    if token:
        out += token
    else:
        _write_bytes(out, text.encode())


def _write_jid(out: bytearray, jid: Jid) -> None:
    if jid.device:
        out += bytes([DEVICE_JID, DOMAINS[jid.server], jid.device])
        _write_text(out, jid.user)
        return
    out.append(JID_PAIR)
    if jid.user:
        _write_text(out, jid.user)
    else:
        out.append(LIST_EMPTY)
    _write_text(out, jid.server)


class _Reader:
    """Reads one node's bytes from front to back."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._depth = 0

    def end(self) -> None:
        if self._at != len(self._data):
            raise MalformedError("bytes after the end of a stanza")

    def node(self) -> Node:
        size = self._list_size(self._byte())
        if size == 0 or self._depth >= MAX_DEPTH:
            raise MalformedError("a node without tag, or nodes too deep")
        tag = self._text()
        attrs: dict[str, str | Jid] = {}
        for _ in range((size - 1) // 2):
            name = self._text()
            attrs[name] = self._value(self._byte())
        return Node(tag, attrs, None if size % 2 else self._content())

    def _content(self) -> list[Node] | bytes:
        kind = self._byte()
        if kind in (LIST_EMPTY, LIST_8, LIST_16):
            self._depth += 1
            nodes = [self.node() for _ in range(self._list_size(kind))]
            self._depth -= 1
            return nodes
        if BINARY_8 <= kind <= BINARY_32:
            return self._binary(kind)
        # A client writes short texts as tokens or packed; on the wire's level they are bytes.
        return str(self._value(kind)).encode()

    def _take(self, count: int) -> bytes:
        piece = self._data[self._at : self._at + count]
        if len(piece) != count:
            raise MalformedError("a stanza that is cut off")
        self._at += count
        return piece

    def _byte(self) -> int:
        return self._take(1)[0]

    def _list_size(self, kind: int) -> int:
        if kind == LIST_EMPTY:
            return 0
        if kind not in (LIST_8, LIST_16):
            raise MalformedError(f"no list where one must be: {kind}")
        return int.from_bytes(self._take(1 if kind == LIST_8 else 2))

    def _text(self) -> str:
        value = self._string(self._byte())
        if not value:
            raise MalformedError("no text where one must be")
        return value

    def _value(self, kind: int) -> str | Jid:
        return self._jid(kind) if INTEROP_JID <= kind <= JID_PAIR else self._string(kind)

    def _string(self, kind: int) -> str:
        if 0 < kind < DICTIONARY_FIRST:
            return SINGLES[kind]
        if DICTIONARY_FIRST <= kind <= DICTIONARY_LAST:
            return DOUBLES[kind - DICTIONARY_FIRST][self._byte()]
        if kind in ALPHABETS:
            return self._packed(ALPHABETS[kind])
        if BINARY_8 <= kind <= BINARY_32:
            return self._utf8(kind)
        if kind == LIST_EMPTY:
            return ""
        raise MalformedError(f"no text starts with {kind}")

    def _utf8(self, kind: int) -> str:
        try:
            return self._binary(kind).decode()
        except UnicodeDecodeError as error:
            raise MalformedError("a text that is not UTF-8") from error

    def _binary(self, kind: int) -> bytes:
        if kind == BINARY_20:
            return self._take(int.from_bytes(self._take(3)) & 0xFFFFF)
        return self._take(int.from_bytes(self._take(1 if kind == BINARY_8 else 4)))

    def _packed(self, alphabet: str) -> str:
        start = self._byte()
        halves = self._take(start & 0x7F).hex()
        kept = halves[:-1] if start & 0x80 else halves
        text = "".join(alphabet[int(half, 16)] for half in kept)
        if "_" in text:
            raise MalformedError("a packed text with a character that does not exist")
        return text

    def _jid(self, kind: int) -> Jid:
        if kind == JID_PAIR:
            return Jid(self._string(self._byte()), self._text())
        if kind == DEVICE_JID:
            domain, device = self._take(2)
            if domain not in DOMAIN_SERVERS:
                raise MalformedError(f"an unknown JID domain: {domain}")
            return Jid(self._text(), DOMAIN_SERVERS[domain], device)
        if kind in (FB_JID, INTEROP_JID):
            raise MalformedError("a JID of another network")
        raise MalformedError(f"no value starts with {kind}")
