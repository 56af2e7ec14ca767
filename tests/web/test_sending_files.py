"""Messages with files over HTTP: in the JSON, by a URL, beside it in a form; and refused."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from media import errors as media_errors
from tests.media.test_kinds import FILES, picture
from tests.simulator.real.waiting import wait_until
from tests.web.files_site import FilesSite, files_site
from tests.web.served import Served, raw_request, serving
from web.base import STATUS, status_of

TO = "(21) 98888-0001"
JPEG, PDF = picture("JPEG"), b"%PDF-1.7 a proposta"
OPUS = FILES["Opus"][0]
PATH = "/api/empresas/5/messages"
MIB = 1024 * 1024


@pytest.fixture(name="site")
def _site() -> Iterator[FilesSite]:
    with files_site({"/onix.jpg": JPEG, "/login": b"<html>", "/large": bytes(17 * MIB)}) as site:
        yield site


@pytest.fixture(name="shop")
def _shop(tmp_path: Path, site: FilesSite) -> Iterator[Served]:
    with serving(tmp_path, media_ports=frozenset({site.port})) as served:
        served.connected(5)
        yield served


def post(served: Served, kind: str, media: dict[str, Any], **more: Any) -> httpx.Response:
    headers = {"Idempotency-Key": more.pop("key")} if "key" in more else {}
    with served.http(**headers) as client:
        return client.post(PATH, json={"to": TO, "type": kind, "media": media, **more})


def post_form(
    served: Served, kind: str, data: bytes, name: str = "a.bin", **more: Any
) -> httpx.Response:
    headers = {"Idempotency-Key": more.pop("key")} if "key" in more else {}
    message = json.dumps({"to": TO, "type": kind, **more})
    with served.http(**headers) as client:
        return client.post(PATH, data={"message": message}, files={"file": (name, data)})


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def given(served: Served, times: int = 1) -> tuple[dict[str, Any], bytes]:
    """What the client was given to send: what is known of the file, and its bytes."""
    send = served.clients.sent(5, times)
    assert send.file is not None
    file: dict[str, Any] = send.content["file"]
    return file, Path(send.file).read_bytes()


def stored(served: Served) -> list[Path]:
    return [path for path in (served.media / "store").rglob("*") if path.is_file()]


def test_a_file_comes_in_the_json(shop: Served) -> None:
    answer = post(shop, "document", {"base64": text(PDF), "fileName": "Proposta Ônix.pdf"})
    assert answer.status_code == 202, answer.text
    file, data = given(shop)
    assert data == PDF
    assert file == {
        "sha256": hashlib.sha256(PDF).hexdigest(),
        "size": len(PDF),
        "mimeType": "application/pdf",
        "fileName": "Proposta Ônix.pdf",
        "isAnimated": False,
    }


def test_a_file_comes_from_a_url_under_its_name_there(shop: Served, site: FilesSite) -> None:
    answer = post(shop, "image", {"url": site.url("/onix.jpg")}, text="olha")
    assert answer.status_code == 202, answer.text
    file, data = given(shop)
    assert (data, file["fileName"], file["mimeType"]) == (JPEG, "onix.jpg", "image/jpeg")
    assert shop.clients.sent(5).content["text"] == "olha"


def test_a_file_comes_beside_the_json_and_is_as_large_as_its_type_may_be(shop: Served) -> None:
    video = FILES["MP4"][0] + secrets.token_bytes(20 * MIB)
    answer = post_form(shop, "video", video, "onix.mp4")
    assert answer.status_code == 202, answer.text
    file, data = given(shop)
    assert (data == video, file["fileName"], file["mimeType"]) == (True, "onix.mp4", "video/mp4")


def test_a_large_file_in_the_json_is_taken(shop: Served) -> None:
    image = JPEG + secrets.token_bytes(15 * MIB)
    assert post(shop, "image", {"base64": text(image)}).status_code == 202
    assert given(shop)[1] == image


@pytest.mark.parametrize(
    ("kind", "data", "more", "mime_type"),
    [
        ("image", picture("PNG"), {}, "image/png"),
        ("audio", FILES["MP3"][0], {}, "audio/mpeg"),
        ("audio", OPUS, {"voice": True}, "audio/ogg; codecs=opus"),
        ("sticker", picture("WEBP"), {}, "image/webp"),
        ("sticker", picture("WEBP", frames=2), {}, "image/webp"),
    ],
)
def test_each_type_carries_what_phones_show(
    shop: Served, kind: str, data: bytes, more: dict[str, Any], mime_type: str
) -> None:
    assert post(shop, kind, {"base64": text(data)}, **more).status_code == 202
    file, found = given(shop)
    assert (found, file["mimeType"]) == (data, mime_type)


def test_a_document_that_nobody_named_has_a_name_and_tricks_in_one_are_taken_out(
    shop: Served,
) -> None:
    post(shop, "document", {"base64": text(PDF)})
    assert given(shop)[0]["fileName"] == "documento.pdf"
    shop.clients.running[5].answer(shop.clients.sent(5))
    post_form(shop, "document", PDF, "../../a\u202efdp.exe")
    assert given(shop, 2)[0]["fileName"] == "a fdp.exe"


def test_the_name_in_the_json_goes_before_that_of_the_part(shop: Served) -> None:
    post_form(shop, "document", PDF, "scan0001.pdf", media={"fileName": "Contrato.pdf"})
    assert given(shop)[0]["fileName"] == "Contrato.pdf"


@pytest.mark.parametrize(
    ("kind", "data", "more", "refusal"),
    [
        ("image", PDF, {}, (415, "media_type_not_supported")),
        ("audio", PDF, {"voice": True}, (415, "media_type_not_supported")),
        ("audio", FILES["MP3"][0], {"voice": True}, (422, "media_not_convertible")),
        ("sticker", picture("WEBP") + bytes(101 * 1024), {}, (413, "media_too_large")),
    ],
)
def test_what_phones_do_not_show_is_refused_and_leaves_nothing(
    shop: Served, kind: str, data: bytes, more: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert code(post(shop, kind, {"base64": text(data)}, **more)) == refusal
    assert code(post_form(shop, kind, data, **more)) == refusal
    assert stored(shop) == []


def test_a_file_in_a_form_that_is_too_large_is_refused_though_all_of_it_comes(
    shop: Served,
) -> None:
    answer = post_form(shop, "image", JPEG + bytes(17 * MIB))
    assert code(answer) == (413, "media_too_large")
    assert answer.json()["limit"] == 16 * MIB
    assert stored(shop) == []


def test_an_empty_file_is_refused(shop: Served) -> None:
    assert code(post_form(shop, "document", b"")) == (422, "media_empty")


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("/nothing", (422, "media_url_refused")),
        ("/login", (415, "media_type_not_supported")),
        ("/large", (413, "media_too_large")),
    ],
)
def test_what_a_site_does_not_give_is_refused(
    shop: Served, site: FilesSite, path: str, refusal: tuple[int, str]
) -> None:
    assert code(post(shop, "image", {"url": site.url(path)})) == refusal
    assert stored(shop) == []


def test_an_address_inside_and_a_port_that_is_not_open_are_refused(
    tmp_path: Path, site: FilesSite
) -> None:
    with serving(tmp_path, media_ports=frozenset({80, site.port})) as served:
        served.connected(5)
        for host in ("10.0.0.1", "192.168.0.1", "169.254.169.254", "[::1]", "0.0.0.0"):
            answer = post(served, "image", {"url": f"http://{host}/a.jpg"})
            assert code(answer) == (422, "media_url_unsafe"), host
        answer = post(served, "image", {"url": "http://127.0.0.1:22/a.jpg"})
        assert code(answer) == (400, "media_url_invalid")
    assert site.asked == []


def test_what_does_not_fit_into_the_empresas_budget_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path, media_bytes=100) as served:
        served.connected(5)
        answer = post(served, "document", {"base64": text(PDF + bytes(100))})
        assert code(answer) == (507, "media_budget_spent")
        assert answer.json()["limit"] == 100


def test_nothing_is_stored_for_an_empresa_that_is_not_known(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        assert code(post(served, "document", {"base64": text(PDF)})) == (404, "empresa_not_found")
        assert code(post_form(served, "document", PDF)) == (404, "empresa_not_found")
        assert stored(served) == []


def test_the_same_key_is_the_same_message_whichever_way_the_file_comes(shop: Served) -> None:
    media = {"fileName": "a.pdf"}
    first = post(shop, "document", {"base64": text(PDF), **media}, key="k1")
    second = post_form(shop, "document", PDF, media=media, key="k1")
    third = post(shop, "document", {"base64": text(PDF), **media}, key="k1")
    assert {first.json()["id"]} == {second.json()["id"], third.json()["id"]}
    assert second.headers["Idempotency-Replayed"] == "true"
    assert third.headers["Idempotency-Replayed"] == "true"
    other = post(shop, "document", {"base64": text(b"another"), **media}, key="k1")
    assert code(other) == (409, "idempotency_key_reused")


def test_a_url_is_not_fetched_again_for_the_same_key(shop: Served, site: FilesSite) -> None:
    media = {"url": site.url("/onix.jpg")}
    first = post(shop, "image", media, key="k1")
    site.files.clear()
    second = post(shop, "image", media, key="k1")
    assert (second.status_code, second.json()["id"]) == (202, first.json()["id"])
    assert len(site.asked) == 1


def form(served: Served, body: bytes) -> httpx.Response:
    with served.http(**{"Content-Type": "multipart/form-data; boundary=b"}) as client:
        return client.post(PATH, content=body)


MESSAGE = (
    b'--b\r\nContent-Disposition: form-data; name="message"\r\n\r\n'
    b'{"to": "21988880001", "type": "document"}\r\n'
)
FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n'
OTHER = b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n'


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (FILE + MESSAGE + b"--b--", (400, "invalid_form")),
        (MESSAGE + MESSAGE + b"--b--", (400, "invalid_form")),
        (MESSAGE + FILE + FILE + b"--b--", (400, "invalid_form")),
        (MESSAGE + FILE, (400, "invalid_form")),
        (FILE + b"--b--", (400, "invalid_form")),
        (b"--b--", (400, "invalid_form")),
        (MESSAGE + b"--b--", (400, "media_missing")),
        (MESSAGE.replace(b"{", b"[") + FILE + b"--b--", (400, "invalid_json")),
        (MESSAGE.replace(b"document", b"text") + FILE + b"--b--", (400, "invalid_media")),
    ],
)
def test_a_form_without_its_parts_in_their_order_is_refused(
    shop: Served, body: bytes, refusal: tuple[int, str]
) -> None:
    assert code(form(shop, body)) == refusal


def test_a_form_may_hold_other_parts_and_name_a_url(shop: Served, site: FilesSite) -> None:
    assert form(shop, OTHER + MESSAGE + OTHER + FILE + b"--b--").status_code == 202
    body = {"to": TO, "type": "image", "media": {"url": site.url("/onix.jpg")}}
    named = MESSAGE.partition(b"{")[0] + json.dumps(body).encode() + b"\r\n--b--"
    assert form(shop, named).status_code == 202


def test_a_form_of_a_caller_without_the_token_is_refused(guarded: Served) -> None:
    assert code(post_form(guarded, "document", PDF)) == (401, "unauthorized")
    assert stored(guarded) == []


def test_an_upload_that_breaks_off_leaves_nothing(shop: Served) -> None:
    headers = "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000000\r\n"
    temporary = shop.media / "tmp"
    with raw_request(shop, f"POST {PATH} HTTP/1.1", headers) as raw:
        raw.sendall(MESSAGE + FILE.removesuffix(b"x\r\n") + bytes(2 * MIB))
        wait_until(lambda: list(temporary.iterdir()) != [])
    wait_until(lambda: list(temporary.iterdir()) == [])
    assert stored(shop) == []


def test_large_bodies_have_so_much_room_and_texts_need_none(shop: Served) -> None:
    headers = "Content-Type: application/json\r\nContent-Length: 22000000\r\n"
    start = f"POST {PATH} HTTP/1.1"
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(raw_request(shop, start, headers))
        wait_until(lambda: len(shop.application.settings["room"]._held) == 3)
        answer = post(shop, "image", {"base64": text(JPEG + bytes(15 * MIB))})
        assert code(answer) == (503, "too_busy")
        assert answer.headers["Retry-After"]
        with shop.http() as client:
            said = client.post(PATH, json={"to": TO, "type": "text", "text": "oi"})
        assert said.status_code == 202
        assert post_form(shop, "image", JPEG).status_code == 202
    wait_until(lambda: len(shop.application.settings["room"]._held) == 0)


def test_every_refusal_of_media_has_a_status_and_a_sentence() -> None:
    kinds = [each for each in vars(media_errors).values() if isinstance(each, type)]
    refusals = [each() for each in kinds if issubclass(each, media_errors.MediaRefusal)]
    assert {each.code: status_of(each) for each in refusals} == {
        "media_refused": 422,
        "media_type_not_supported": 415,
        "media_not_convertible": 422,
        "media_too_large": 413,
        "media_empty": 422,
        "media_not_found": 404,
        "media_expired": 410,
        "media_failed": 410,
        "media_gone": 410,
        "media_budget_spent": 507,
        "media_disk_full": 507,
        "media_url_invalid": 400,
        "media_url_unsafe": 422,
        "media_url_unreachable": 422,
        "media_url_refused": 422,
        "media_url_redirects": 422,
        "media_url_too_slow": 422,
        "media_url_compressed": 422,
        "media_url_broken": 422,
    }
    assert all(each.sentence.endswith(".") for each in refusals)
    assert media_errors.MediaRefusal in STATUS
