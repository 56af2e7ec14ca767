"""What `top` asks over HTTP, and the sentence where there is no answer."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from commands.admin_client import AdminClient, AdminProblem, is_url
from tests.free_port import free_port
from tests.simulator.real.waiting import wait_until
from tests.web.served import TOKEN, serving

T = TypeVar("T")


def ask(url: str, question: Callable[[AdminClient], Awaitable[T]], token: str | None = None) -> T:
    async def run() -> T:
        return await question(AdminClient(url, token))

    return asyncio.run(run())


def sentence(url: str, token: str | None = None, seconds: float = 5.0) -> str:
    with pytest.raises(AdminProblem) as problem:
        asyncio.run(AdminClient(url, token, seconds).tree())
    return str(problem.value)


@contextlib.contextmanager
def answering(answer: bytes | None) -> Iterator[tuple[str, list[bytes]]]:
    """A server that gives every request this answer, or none; and what it was sent."""
    asked: list[bytes] = []
    is_over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection:
                        asked.append(connection.recv(65536))
                        if answer is None:
                            is_over.wait(20)
                        else:
                            connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", asked
        finally:
            is_over.set()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(20)


def response(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def test_the_tree_of_a_server_is_told(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        served.connected(5)
        tree = ask(f"{served.url}/", lambda client: client.tree())
    assert {"RootActor", "SessionActor"} <= {actor["class"] for actor in tree["actors"]}
    assert tree["server"]["pid"]


def test_a_token_is_sent_and_one_that_is_missing_or_wrong_is_said(tmp_path: Path) -> None:
    with serving(tmp_path, TOKEN) as served:
        assert ask(served.url, lambda client: client.tree(), TOKEN)["actors"]
        assert "wants a token: set VENDEAI_API_TOKEN" in sentence(served.url)
        other = "another-token-0123456789-abc"
        said = sentence(served.url, other)
        assert "refuses this token: set VENDEAI_API_TOKEN" in said
        assert other not in said


def test_what_the_server_refuses_is_told_in_its_words(tmp_path: Path) -> None:
    nobody = "urn:uuid:00000000-0000-0000-0000-000000000000"
    with serving(tmp_path) as served, pytest.raises(AdminProblem, match="Este ator não existe"):
        ask(served.url, lambda client: client.restart(nobody))


def test_where_nothing_listens_the_address_is_said() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert f"No server can be reached at {url} (Connection refused)" in sentence(url)


def test_a_server_that_answers_nothing_is_given_up() -> None:
    with answering(None) as (url, _):
        assert sentence(url, seconds=0.2) == f"Nothing answers at {url} within 0.2 s."


def test_a_server_that_hangs_up_is_said() -> None:
    for cut_short in (b"", response("200 OK", b"{}")[:-1]):
        with answering(cut_short) as (url, _):
            assert "No server can be reached" in sentence(url)


@pytest.mark.parametrize(
    "answer",
    [
        response("200 OK", b"<html>another program</html>"),
        response("200 OK", b"[]"),
        response("404 Not Found", b"nothing here"),
        response("404 Not Found", b"[]"),
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ],
)
def test_what_is_no_server_of_ours_is_said(answer: bytes) -> None:
    with answering(answer) as (url, _):
        assert "is no VendeAI server" in sentence(url)


def test_an_answer_in_chunks_below_a_path_is_read(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        whole = served.get("/api/admin/actors").content
    half = len(whole) // 2
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in (whole[:half], whole[half:], b""))
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    with answering(answer) as (url, asked):
        assert ask(f"{url}/below/", lambda client: client.tree())["actors"]
    assert asked[0].startswith(b"GET /below/api/admin/actors HTTP/1.1\r\nHost: 127.0.0.1:")


def test_a_question_that_is_given_up_leaves_no_connection() -> None:
    async def run(url: str, asked: list[bytes]) -> None:
        question = asyncio.create_task(AdminClient(url, None).tree())
        await asyncio.to_thread(wait_until, lambda: asked)
        question.cancel()
        with pytest.raises(asyncio.CancelledError):
            await question

    with answering(None) as (url, asked):
        asyncio.run(run(url, asked))
    gc.collect()


def test_a_server_of_another_version_is_said() -> None:
    with answering(response("200 OK", b'{"actors": []}')) as (url, _):
        assert "another version" in sentence(url)


def test_a_fault_of_the_server_is_told_with_what_finds_it_in_its_log() -> None:
    body = b'{"error": "Erro interno", "code": "internal_error"}'
    answer = response("500 Internal Server Error", body, "X-Request-Id: abcd1234")
    with answering(answer) as (url, _):
        assert sentence(url).endswith("Erro interno (status 500, X-Request-Id abcd1234)")


def test_the_token_goes_nowhere_else() -> None:
    with answering(response("200 OK", b"{}")) as (elsewhere, asked_elsewhere):
        there = response("302 Found", b"", f"Location: {elsewhere}/api/admin/actors")
        with answering(there) as (url, asked):
            assert "status 302" in sentence(url, TOKEN)
            assert f"Bearer {TOKEN}".encode() in asked[0]
    assert asked_elsewhere == []


def test_what_a_terminal_would_obey_is_shown_and_not_obeyed() -> None:
    given: dict[str, Any] = {
        "actors": [{"lastFailure": {"traceback": "one\n\x1b]0;title\x07\u202e"}}],
        "server": {},
        "deadLetters": [],
        "abandoned": [],
    }
    with answering(response("200 OK", json.dumps(given).encode())) as (url, _):
        tree = ask(url, lambda client: client.tree())
    told = tree["actors"][0]["lastFailure"]["traceback"]
    assert told == "one\n\\x1b]0;title\\x07\\u202e"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("http://localhost:3010", True),
        ("https://bot.example.com/below", True),
        ("http://[::1]:3010", True),
        ("localhost:3010", False),
        ("http://", False),
        ("http://a..b", False),
        ("http://user:password@host", False),
        ("http://host?token=secret", False),
        ("http://host:99999", False),
        ("ftp://host", False),
    ],
)
def test_what_is_an_address_of_a_server(text: str, found: bool) -> None:
    assert is_url(text) is found
