"""The store after a death, or a failing disk, at every call that changes something."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from media import errors
from media.retention import Limits
from media.store import MediaStore
from tests.media.shelves import assert_sound, digest_of, files, opened, put, read

#: What the store asks of the kernel.
CALLS = ("open", "mkdir", "write", "fsync", "rename", "unlink", "rmdir")
LIMITS = Limits(budget=20, days=1)


class KilledError(BaseException):
    """The process is dead: from here on no call of it does anything."""


@contextmanager
def failing(at: int, fail: Callable[[int], None]) -> Iterator[None]:
    """`fail` is called with how often, at the call of that number and each later one."""
    count, really_open = 0, os.open

    def wrapped(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            if real is not really_open or args[1] & os.O_CREAT:
                count += 1
                if count >= at:
                    fail(count - at)
            return real(*args, **kwargs)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, wrapped(getattr(os, name)))
        yield


def live(store: MediaStore, done: list[str]) -> None:
    """A store's life; `done` says how far it came."""
    for body in (b"hello", b"hello", b"world!"):
        put(store, body)
        done.append(body.decode())
    store.trim(5, {digest_of(b"hello")}, now=1e12)
    done.append("trimmed")
    store.erase(5)
    done.append("erased")


def assert_kept(store: MediaStore, path: Path, done: list[str]) -> None:
    """What was finished is there; what was being written or removed is there whole, or not."""
    possible = {b"hello", b"world!"}
    kept = set(files(path).values())
    assert kept <= possible
    if "erased" in done:
        assert kept == set()
    elif "trimmed" in done:
        assert kept in ({b"hello"}, set())
    elif "world!" in done:
        assert b"hello" in kept
    elif "hello" in done:
        assert read(store, digest_of(b"hello")) == b"hello"


def test_a_death_at_any_call_leaves_no_half_file_and_a_right_count(tmp_path: Path) -> None:
    def die(_later: int) -> None:
        raise KilledError

    for at in range(1, 200):
        path = tmp_path / str(at)
        store = opened(path, LIMITS)
        done: list[str] = []
        try:
            with failing(at, die):
                live(store, done)
            break
        except KilledError:
            store.close()
        again = opened(path, LIMITS)
        assert_sound(again, path)
        assert_kept(again, path, done)
        put(again, b"after")
        assert_sound(again, path)
        again.close()
    assert done[-1] == "erased"
    assert at > 25


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_call_that_fails_leaves_the_store_as_good_as_before(tmp_path: Path, code: int) -> None:
    def fail(later: int) -> None:
        if later == 0:
            raise OSError(code, os.strerror(code))

    kinds = set()
    for at in range(1, 200):
        path = tmp_path / str(at)
        store = opened(path, LIMITS)
        done: list[str] = []
        try:
            with failing(at, fail):
                live(store, done)
            store.close()
            break
        except (OSError, errors.MediaDiskFull) as error:
            if len(done) < 3:
                kinds.add(type(error))
                assert_sound(store, path)
            assert_kept(store, path, done)
            if "trimmed" in done:
                store.erase(5)
                assert files(path) == {}
            put(store, b"12345678")
            assert_sound(store, path)
        store.close()
    assert done[-1] == "erased"
    assert at > 25
    assert kinds == ({OSError} if code == errno.EIO else {errors.MediaDiskFull})


def test_a_write_of_a_part_goes_on_with_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, bytes(data)[:1]))
    store = opened(tmp_path)
    put(store, b"hello")
    assert read(store, digest_of(b"hello")) == b"hello"
    store.close()
