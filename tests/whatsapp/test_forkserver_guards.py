"""The guards by themselves; that they are in place is shown in test_deaths."""

from __future__ import annotations

import errno
import os
import socket
from multiprocessing import reduction

import pytest

from whatsapp.forkserver_guards import Guards


def refuse() -> int:
    raise BlockingIOError(errno.EAGAIN, "too many processes")


def is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def test_a_request_that_breaks_off_is_an_aborted_connection() -> None:
    guards = Guards(reduction.recvfds, refuse)
    ours, theirs = socket.socketpair()
    ours.close()
    with theirs, pytest.raises(ConnectionAbortedError):
        guards.receive(theirs, 16)


def test_a_fork_that_is_refused_is_one_too_and_lets_the_request_go() -> None:
    received = [os.open(os.devnull, os.O_RDONLY) for _ in range(3)]
    guards = Guards(lambda _socket, _size: received, refuse)
    with socket.socket() as unused:
        assert guards.receive(unused, 16) == received
    with pytest.raises(ConnectionAbortedError, match="fork"):
        guards.fork()
    assert not any(map(is_open, received))


def test_a_fork_that_succeeds_is_none_of_their_business() -> None:
    assert Guards(reduction.recvfds, lambda: 7).fork() == 7
