from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from tests.simulator.real.waiting import wait_until
from whatsapp.link_check import Link, check_link, find_link


@pytest.fixture
def connection() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = socket.create_connection(server.getsockname())
        theirs, _ = server.accept()
    with ours, theirs:
        yield ours, theirs


def link_of(connection: socket.socket) -> Link:
    return Link(os.fstat(connection.fileno()).st_ino)


def test_a_connection_tells_its_silence_and_its_round_trip(
    connection: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = connection
    theirs.sendall(b"x")
    assert ours.recv(1) == b"x"
    checked = check_link(link_of(ours))
    assert checked is not None
    assert checked.silence_ms < 1000
    assert 0 < checked.round_trip_ms < 1000
    assert checked.unacked == 0


def test_the_link_is_the_connection_that_has_received_something_last(
    connection: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = connection
    theirs.sendall(b"x")
    assert ours.recv(1) == b"x"
    first = find_link()
    assert first in (link_of(ours), link_of(theirs))
    with socket.create_server(("127.0.0.1", 0)) as server:
        other = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
        with other, accepted:
            wait_until(lambda: silence_of(ours) > 50)
            accepted.sendall(b"x")
            assert other.recv(1) == b"x"
            assert find_link() == link_of(other)


def silence_of(connection: socket.socket) -> int:
    checked = check_link(link_of(connection))
    assert checked is not None
    return checked.silence_ms


def test_looking_does_not_keep_a_connection_open(
    connection: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = connection
    link = link_of(ours)
    assert check_link(link) is not None
    ours.close()
    assert theirs.recv(1) == b""
    assert check_link(link) is None


def test_a_connection_that_the_other_side_has_reset_is_gone(
    connection: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = connection
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    theirs.close()
    ours.settimeout(5)
    with pytest.raises(ConnectionResetError):
        ours.recv(1)
    assert check_link(link_of(ours)) is None


def test_a_socket_that_is_no_tcp_connection_is_none() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert check_link(link_of(ours)) is None
