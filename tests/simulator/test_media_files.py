import base64
import hashlib
from pathlib import Path

from simulator.media_files import MediaFiles, direct_path, token_of
from simulator.records import SqliteRecords


def test_a_file_is_kept_under_its_hash_over_a_restart_and_what_was_cut_off_is_not(
    tmp_path: Path,
) -> None:
    records = SqliteRecords(":memory:")
    files = MediaFiles(tmp_path / "media", records)
    upload = files.upload()
    upload.write(b"a")
    upload.write(b"b")
    token = upload.finish()
    assert token == base64.urlsafe_b64encode(hashlib.sha256(b"ab").digest()).decode()
    (tmp_path / "media" / "new-1").write_bytes(b"cut off")
    again = MediaFiles(tmp_path / "media", records)
    assert again.read(token) == b"ab"
    assert [path.name for path in (tmp_path / "media").iterdir()] == [token]
    again.discard(token)
    assert again.read(token) is None
    records.close()


def test_who_may_upload_is_known_by_a_secret(tmp_path: Path) -> None:
    records = SqliteRecords(":memory:")
    files = MediaFiles(tmp_path / "media", records)
    auth = files.auth("5511999999999")
    assert files.auth("5511999999999") == auth
    assert files.uploader(auth) == "5511999999999"
    assert files.uploader("5511999999999.guessed") is None
    assert files.uploader("5511999999998.") is None
    records.close()


def test_a_file_is_found_by_the_path_that_clients_put_their_parameters_behind() -> None:
    assert token_of(direct_path("image", "abc=")) == "abc="
    assert token_of(direct_path("image", "abc=") + "&hash=x&mms-type=image") == "abc="
    assert token_of("/v/image/abc=") == ""
    assert token_of("/etc/passwd?x") == ""
