from __future__ import annotations

import os
import select
from pathlib import Path

import pytest

from whatsapp import disk_room
from whatsapp.disk_room import RESERVE_BYTES, START_BYTES, DiskRoom


def is_time_to_leave(room: DiskRoom) -> bool:
    return bool(select.select([room.low], [], [], 0)[0])


def test_a_worker_with_room_stays_and_holds_its_reserve(tmp_path: Path) -> None:
    room = DiskRoom(tmp_path)
    room.set_up()
    room.check()
    assert not is_time_to_leave(room)
    reserve = (tmp_path / "reserve").stat()
    assert reserve.st_blocks * 512 >= RESERVE_BYTES
    assert reserve.st_mode & 0o777 == 0o600


def test_a_nearly_full_disk_is_time_to_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = DiskRoom(tmp_path)
    monkeypatch.setattr(disk_room, "LOW_BYTES", free(tmp_path) * 2)
    room.check()
    assert is_time_to_leave(room)


def test_no_worker_starts_on_a_nearly_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_room, "START_BYTES", free(tmp_path) * 2)
    with pytest.raises(OSError, match="free"):
        DiskRoom(tmp_path).set_up()
    assert not (tmp_path / "reserve").exists()


def test_the_reserve_is_given_up_with_the_worker_that_leaves(tmp_path: Path) -> None:
    room = DiskRoom(tmp_path)
    room.set_up()
    room.release()
    room.release()
    assert is_time_to_leave(room)
    assert not (tmp_path / "reserve").exists()


def test_who_starts_has_more_room_than_who_leaves() -> None:
    assert START_BYTES - RESERVE_BYTES > disk_room.LOW_BYTES


def free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
