from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media import errors
from media.retention import FRESH_SECONDS, Limits
from media.store import MediaStore, StoreInUseError
from tests.media.shelves import ALL, LIMIT, assert_sound, digest_of, files, opened, put, read

HELLO = digest_of(b"hello")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
def store(path: Path) -> Iterator[MediaStore]:
    made = opened(path)
    yield made
    made.close()


def age(path: Path, digest: str, seconds: float, empresa_id: int = 5) -> None:
    file = path / "store" / str(empresa_id) / digest[:2] / digest
    stored_at = file.stat().st_mtime - seconds
    os.utime(file, (stored_at, stored_at))


def now(path: Path, digest: str, empresa_id: int = 5) -> float:
    return (path / "store" / str(empresa_id) / digest[:2] / digest).stat().st_mtime


def test_a_file_is_found_under_the_digest_of_its_bytes(store: MediaStore, path: Path) -> None:
    stored = put(store, b"hello")
    assert (stored.digest, stored.size) == (HELLO, 5)
    assert read(store, HELLO) == b"hello"
    assert files(path) == {f"{HELLO[:2]}/{HELLO}": b"hello"}


def test_the_same_bytes_twice_are_one_file(store: MediaStore, path: Path) -> None:
    assert put(store, b"hello") == put(store, b"hello")
    assert store.used(5) == 5
    assert len(files(path)) == 1


def test_a_file_is_seen_by_its_own_empresa_alone(store: MediaStore) -> None:
    put(store, b"hello", empresa_id=5)
    with pytest.raises(errors.MediaNotFound):
        store.open(6, HELLO)
    put(store, b"hello", empresa_id=6)
    store.erase(5)
    assert read(store, HELLO, empresa_id=6) == b"hello"
    assert store.empresas() == [6]


def test_nobody_else_can_look_into_the_folder(store: MediaStore, path: Path) -> None:
    put(store, b"hello")
    for place in (path, *path.rglob("*")):
        assert place.stat().st_mode & 0o077 == 0, place


def test_what_is_not_finished_leaves_nothing(store: MediaStore, path: Path) -> None:
    with store.writer(5, LIMIT) as writer:
        writer.write(b"hello")
    assert_sound(store, path)
    assert files(path) == {}


def test_a_file_is_refused_at_the_first_byte_too_many(store: MediaStore, path: Path) -> None:
    with store.writer(5, 5) as writer:
        writer.write(b"hello")
        with pytest.raises(errors.MediaTooLarge) as caught:
            writer.write(b"!")
        assert caught.value.fields == {"limit": 5}
        with pytest.raises(ValueError, match="aborted"):
            writer.finish()
    assert_sound(store, path)


def test_a_file_of_just_the_limit_is_taken(store: MediaStore) -> None:
    with store.writer(5, 5) as writer:
        writer.write(b"hello")
        assert writer.finish().size == 5


def test_an_empty_file_is_refused(store: MediaStore, path: Path) -> None:
    with store.writer(5, LIMIT) as writer, pytest.raises(errors.MediaEmpty):
        writer.finish()
    assert_sound(store, path)


def test_the_head_of_a_file_is_kept_as_it_is_written(store: MediaStore) -> None:
    body = bytes(range(256)) * 20
    with store.writer(5, len(body)) as writer:
        for at in range(0, len(body), 1000):
            writer.write(body[at : at + 1000])
        assert writer.head == body[:4096]


def test_a_spent_budget_refuses_and_gives_back_what_was_only_tried(path: Path) -> None:
    store = opened(path, Limits(budget=10, days=0))
    put(store, b"hello")
    with store.writer(5, LIMIT) as first, store.writer(5, LIMIT) as second:
        first.write(b"1234")
        with pytest.raises(errors.MediaBudgetSpent) as caught:
            second.write(b"12")
        assert caught.value.fields == {"limit": 10}
        first.abort()
    put(store, b"world")
    put(store, b"hello", empresa_id=6)
    assert store.used(5) == 10
    store.close()


def test_the_last_room_of_the_disk_is_left_to_others(path: Path) -> None:
    disk = os.statvfs(path.parent)
    store = MediaStore(path, ALL, kept_free=disk.f_blocks * disk.f_frsize)
    with pytest.raises(errors.MediaDiskFull):
        put(store, b"hello")
    assert_sound(store, path)
    store.close()


def test_the_count_is_right_after_a_new_start(path: Path) -> None:
    store = opened(path)
    put(store, b"hello")
    put(store, b"world!")
    store.close()
    again = opened(path)
    assert again.used(5) == 11
    assert_sound(again, path)
    again.close()


def test_a_new_start_removes_what_a_dead_writer_left(path: Path) -> None:
    opened(path).close()
    (path / "tmp" / "half").write_bytes(b"hel")
    (path / "tmp" / "erased-1" / "ab").mkdir(parents=True)
    (path / "tmp" / "link").symlink_to(path.parent)
    again = opened(path)
    assert_sound(again, path)
    assert path.parent.is_dir()
    again.close()


def test_a_second_server_on_the_folder_is_refused(store: MediaStore, path: Path) -> None:
    with pytest.raises(StoreInUseError):
        opened(path)
    put(store, b"hello")


def test_retention_removes_the_oldest_and_counts(path: Path) -> None:
    store = opened(path, Limits(budget=10, days=0))
    old, new = put(store, b"old"), put(store, b"newer")
    age(path, old.digest, 2 * FRESH_SECONDS)
    assert store.trim(5, set(), now(path, new.digest), room=5) == 3
    with pytest.raises(errors.MediaNotFound):
        store.open(5, old.digest)
    assert read(store, new.digest) == b"newer"
    assert_sound(store, path)
    store.close()


def test_a_file_that_came_again_is_as_new_as_that(path: Path) -> None:
    store = opened(path, Limits(budget=0, days=1))
    digest = put(store, b"hello").digest
    age(path, digest, 3 * 86_400)
    put(store, b"hello")
    assert store.trim(5, set(), now(path, digest)) == 0
    store.close()


def test_bytes_that_come_again_while_they_are_about_to_be_removed_stay(path: Path) -> None:
    store = opened(path, Limits(budget=0, days=1))
    digest = put(store, b"hello").digest
    age(path, digest, 3 * 86_400)
    later = now(path, digest) + 3 * 86_400

    class PutAgainMeanwhile(frozenset[str]):
        def __contains__(self, _digest: object) -> bool:
            put(store, b"hello")
            return False

    assert store.trim(5, PutAgainMeanwhile(), later) == 0
    assert read(store, digest) == b"hello"
    store.close()


def test_many_threads_at_once_leave_each_file_once_and_a_right_count(
    store: MediaStore, path: Path
) -> None:
    bodies = [b"%d" % number * 10 for number in range(5)] * 8
    with ThreadPoolExecutor(8) as threads:
        stored = list(threads.map(lambda body: put(store, body), bodies))
    assert [each.digest for each in stored] == [digest_of(body) for body in bodies]
    assert len(files(path)) == 5
    assert_sound(store, path)


def test_an_open_file_is_read_to_its_end_although_it_is_removed(store: MediaStore) -> None:
    put(store, b"hello")
    with store.open(5, HELLO) as file:
        store.erase(5)
        assert file.read() == b"hello"


def test_erasing_leaves_nothing_and_the_empresa_may_begin_anew(
    store: MediaStore, path: Path
) -> None:
    put(store, b"hello")
    with store.writer(5, LIMIT) as writer:
        writer.write(b"late")
        store.erase(5)
        with pytest.raises(errors.MediaNotFound):
            writer.finish()
    assert not (path / "store" / "5").exists()
    assert store.used(5) == 0
    store.erase(5)
    put(store, b"hello")
    assert_sound(store, path)


def test_no_link_in_the_folder_is_followed(store: MediaStore, path: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    put(store, b"hello")
    place = path / "store" / "5" / HELLO[:2]
    (place / HELLO).unlink()
    (place / HELLO).symlink_to(secret)
    with pytest.raises(errors.MediaNotFound):
        store.open(5, HELLO)
    (place / HELLO).unlink()
    place.rmdir()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / HELLO).write_bytes(b"secret")
    place.symlink_to(outside)
    with pytest.raises(errors.MediaNotFound):
        store.open(5, HELLO)
    with pytest.raises(OSError, match=HELLO[:2]):
        put(store, b"hello")
    assert store.trim(5, set(), 1e12) == 0
    assert (outside / HELLO).read_bytes() == b"secret"


def test_a_link_in_a_files_place_is_replaced_and_not_written_through(
    store: MediaStore, path: Path, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    place = path / "store" / "5" / HELLO[:2]
    place.mkdir(parents=True)
    (place / HELLO).symlink_to(victim)
    put(store, b"hello")
    assert victim.read_bytes() == b"mine"
    assert read(store, HELLO) == b"hello"


def test_what_is_no_plain_file_is_not_found(store: MediaStore, path: Path) -> None:
    place = path / "store" / "5" / HELLO[:2]
    place.mkdir(parents=True)
    os.mkfifo(place / HELLO)
    with pytest.raises(errors.MediaNotFound):
        store.open(5, HELLO)


def test_the_whole_folder_may_be_a_link_to_another_disk(path: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    path.symlink_to(tmp_path / "disk")
    store = opened(path)
    put(store, b"hello")
    assert read(store, HELLO) == b"hello"
    store.close()


PIECES = st.sampled_from(
    ["..", ".", "/", "\\", "\0", "%2e", "tmp", "lock", "store", "5", "6", HELLO, HELLO[:2], "\n"]
)
IDS = st.one_of(
    st.text(),
    st.lists(PIECES, max_size=6).map("/".join),
    st.lists(PIECES, max_size=6).map("".join),
    st.text("0123456789abcdefABCDEF", min_size=63, max_size=65),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(IDS)
def test_no_id_leads_out_of_the_empresas_files(store: MediaStore, digest: str) -> None:
    if 6 not in store.empresas():
        put(store, b"hello", empresa_id=6)
    with pytest.raises(errors.MediaNotFound):
        store.open(5, digest)


@pytest.mark.parametrize("empresa_id", [0, -1, 10**15, "../6", "6/.."])
def test_no_empresa_leads_out_of_the_store(store: MediaStore, empresa_id: int) -> None:
    put(store, b"hello", empresa_id=6)
    with pytest.raises(ValueError, match="no empresa"):
        store.open(empresa_id, HELLO)
