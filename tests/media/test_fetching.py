from __future__ import annotations

import asyncio
import gzip
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from media import errors
from media.fetching import Fetcher
from media.policy import Patience, Policy
from tests.media.site import Page, Site, answer, redirect

LOOPBACK = (ipaddress.IPv4Network("127.0.0.0/8"),)
PATIENCE = Patience(connect=2.0, answer=2.0, total=5.0, grace=0.2, pace=1000.0)
LIMIT = 1000
#: Trusts nobody, and is there at once: the authorities' certificates take a while to load.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Fetch:
    """One fetch of `/file` of a site with these pages; `PORT` in a page is the site's port."""

    def __init__(
        self,
        pages: Mapping[str, Page],
        *,
        host: str = "127.0.0.1",
        addresses: tuple[str, ...] = ("127.0.0.1",),
        patience: Patience = PATIENCE,
        limit: int = LIMIT,
        write: Callable[[bytes], object] | None = None,
        redirects: int = 5,
    ) -> None:
        self.pages = dict(pages)
        self.host, self.addresses = host, addresses
        self.patience, self.limit, self.redirects = patience, limit, redirects
        self.chunks: list[bytes] = []
        self.write = write or self.chunks.append
        self.asked: list[str] = []
        self.requests: list[str] = []
        self.name = ""
        asyncio.run(asyncio.wait_for(self._run(), 20))

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    async def _resolve(self, host: str, _port: int) -> tuple[str, ...]:
        self.asked.append(host)
        return self.addresses

    async def _run(self) -> None:
        async with Site(self.pages) as site:
            for path, page in self.pages.items():
                if isinstance(page, bytes):
                    self.pages[path] = page.replace(b"PORT", str(site.port).encode())
            site._pages = self.pages
            self.requests = site.requests
            policy = Policy(LOOPBACK, frozenset({site.port}), self.redirects, self.patience)
            fetcher = Fetcher(policy, self._resolve, NO_TLS)
            try:
                url = f"http://{self.host}:{site.port}/file"
                self.name = await fetcher.fetch(url, self.write, self.limit)
            finally:
                fetcher.close()


def refusal(kind: type[errors.MediaRefusal], *pages: Page, **options: object) -> dict[str, object]:
    """The fields of the refusal that a fetch of these pages (`/file`, `/1`, `/2` …) ends with."""
    paths = ["/file", *(f"/{number}" for number in range(1, len(pages)))]
    with pytest.raises(kind) as caught:
        Fetch(dict(zip(paths, pages, strict=True)), **options)  # type: ignore[arg-type]
    assert caught.type is kind
    return caught.value.fields


def test_the_bytes_arrive_as_they_are() -> None:
    body = bytes(range(250))
    fetch = Fetch({"/file": answer(body)})
    assert fetch.body == body
    assert fetch.name == "file"


def test_a_body_in_chunks_arrives_whole() -> None:
    page = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    assert Fetch({"/file": page}).body == b"abcde"


def test_a_body_that_ends_with_the_connection_arrives_whole() -> None:
    assert Fetch({"/file": b"HTTP/1.0 200 OK\r\n\r\nabc"}).body == b"abc"


def test_the_file_is_called_as_the_site_says() -> None:
    page = answer(b"x", Content_Disposition="attachment; filename*=UTF-8''pre%C3%A7os.pdf")
    assert Fetch({"/file": page}).name == "preços.pdf"


def test_the_request_carries_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    [head] = Fetch({"/file": answer(b"x")}, host="fotos.example").requests
    names = {line.partition(":")[0] for line in head.splitlines()[1:] if line}
    assert names == {"Host", "Accept", "Accept-Encoding", "Connection", "User-Agent"}
    assert "Accept-Encoding: identity" in head
    assert "Host: fotos.example:" in head


def test_no_resolver_but_ours_is_asked_on_the_way_to_the_site(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def ask(*_: object, **__: object) -> None:
        raise AssertionError("a name or an address was resolved once more")

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    fetch = Fetch({"/file": answer(b"x")}, host="fotos.example")
    assert fetch.asked == ["fotos.example"]
    assert fetch.body == b"x"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 T", "308 P"])
def test_a_redirect_is_followed(status: str) -> None:
    fetch = Fetch({"/file": redirect("/foto.jpg?x=1", status), "/foto.jpg?x=1": answer(b"abc")})
    assert fetch.body == b"abc"
    assert fetch.name == "foto.jpg"


def test_the_host_of_a_redirect_is_resolved_and_checked_anew() -> None:
    fetch = Fetch(
        {"/file": redirect("http://b.example:PORT/2"), "/2": answer(b"abc")}, host="a.example"
    )
    assert fetch.asked == ["a.example", "b.example"]
    assert fetch.body == b"abc"


def test_cookies_are_not_kept_from_one_redirect_to_the_next() -> None:
    first = answer(status="302 Found", Location="/2", Set_Cookie="a=b")
    assert "Cookie" not in Fetch({"/file": first, "/2": answer(b"x")}).requests[1]


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "gopher://127.0.0.1:PORT/", "http://u:p@127.0.0.1:PORT/", "//x:22/"],
)
def test_a_redirect_leads_to_no_other_kind_of_address(location: str) -> None:
    refusal(errors.MediaUrlInvalid, redirect(location))


def test_a_redirect_does_not_lead_inside() -> None:
    class Rebound(Fetch):
        async def _resolve(self, host: str, port: int) -> tuple[str, ...]:
            await super()._resolve(host, port)
            return ("10.0.0.1",) if host == "inside.example" else self.addresses

    with pytest.raises(errors.MediaUrlUnsafe):
        Rebound({"/file": redirect("http://inside.example:PORT/")})


def test_redirects_end() -> None:
    fields = refusal(errors.MediaUrlRedirects, redirect("/file"), redirects=3)
    assert fields == {"limit": 3}


def test_as_many_redirects_as_are_allowed_are_followed() -> None:
    pages = {"/file": redirect("/1"), "/1": redirect("/2"), "/2": answer(b"x")}
    assert Fetch(pages, redirects=2).body == b"x"


@pytest.mark.parametrize("status", [204, 206, 304, 401, 403, 404, 500, 503])
def test_an_answer_that_is_not_200_is_refused_with_its_status(status: int) -> None:
    fields = refusal(errors.MediaUrlRefused, f"HTTP/1.1 {status} X\r\n\r\n".encode())
    assert fields == {"status": status}


def test_a_redirect_to_nowhere_is_refused_with_its_status() -> None:
    assert refusal(errors.MediaUrlRefused, answer(status="302 Found")) == {"status": 302}


def test_a_body_up_to_the_limit_is_taken() -> None:
    assert len(Fetch({"/file": answer(bytes(LIMIT))}).body) == LIMIT


def test_a_length_beyond_the_limit_is_refused_before_the_first_byte() -> None:
    chunks: list[bytes] = []
    fields = refusal(errors.MediaTooLarge, answer(bytes(LIMIT + 1)), write=chunks.append)
    assert fields == {"limit": LIMIT}
    assert chunks == []


def test_a_body_beyond_the_limit_is_refused_whatever_was_said_before() -> None:
    chunks: list[bytes] = []
    page = b"HTTP/1.1 200 OK\r\n\r\n" + bytes(LIMIT + 1)
    refusal(errors.MediaTooLarge, page, write=chunks.append)
    assert sum(map(len, chunks)) <= LIMIT


def test_a_length_that_is_too_small_ends_the_body_there() -> None:
    assert Fetch({"/file": answer(b"abcdef", Content_Length="3")}).body == b"abc"


@pytest.mark.parametrize(
    "page",
    [
        answer(b"abc", Content_Length="4"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        answer(b"abc", Content_Length="3, 4"),
        answer(b"abc", Content_Length="-3"),
        answer(b"abc", Content_Length="9" * 5000),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ],
)
def test_an_answer_that_is_cut_off_or_no_http_is_refused(page: bytes) -> None:
    refusal(errors.MediaUrlBroken, page)


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "GZIP", "identity, gzip"])
def test_a_compressed_body_is_refused_unread(encoding: str) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    chunks: list[bytes] = []
    page = answer(bomb[:500], Content_Encoding=encoding)
    refusal(errors.MediaUrlCompressed, page, write=chunks.append)
    assert chunks == []


async def _silent(_writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def _stuck(writer: asyncio.StreamWriter) -> None:
    writer.write(answer(b"abc", Content_Length="100"))
    await asyncio.Event().wait()


async def _dripping(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _endless_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X: y\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("page", [_silent, _stuck])
def test_a_site_that_says_nothing_is_too_slow(page: Page) -> None:
    refusal(errors.MediaUrlTooSlow, page, patience=replace(PATIENCE, answer=0.1))


def test_a_site_that_drips_is_too_slow() -> None:
    refusal(errors.MediaUrlTooSlow, _dripping)


@pytest.mark.parametrize("page", [_dripping, _endless_head])
def test_a_site_that_never_ends_is_too_slow(page: Page) -> None:
    refusal(errors.MediaUrlTooSlow, page, patience=replace(PATIENCE, total=0.3, pace=0.0))


def test_headers_that_never_end_are_too_slow_long_before_everything_is() -> None:
    patience = Patience(connect=0.1, answer=0.1, total=1000.0)
    refusal(errors.MediaUrlTooSlow, _endless_head, patience=patience)


def test_what_the_writer_raises_ends_the_fetch() -> None:
    def write(_chunk: bytes) -> None:
        raise errors.MediaDiskFull

    refusal(errors.MediaDiskFull, answer(b"abc"), write=write)


def test_a_fetch_that_is_cancelled_ends_after_the_write_that_is_under_way() -> None:
    async def run() -> list[str]:
        order: list[str] = []
        loop = asyncio.get_running_loop()
        begun, let_go = asyncio.Event(), threading.Event()

        def write(_chunk: bytes) -> None:
            loop.call_soon_threadsafe(begun.set)
            assert let_go.wait(5)
            order.append("written")

        async with Site({"/file": answer(b"abc")}) as site:
            policy = Policy(LOOPBACK, frozenset({site.port}), patience=PATIENCE)
            fetcher = Fetcher(policy, tls=NO_TLS)
            fetching = asyncio.create_task(
                fetcher.fetch(f"http://127.0.0.1:{site.port}/file", write, LIMIT)
            )
            await begun.wait()
            fetching.cancel()
            loop.call_later(0.05, let_go.set)
            with pytest.raises(asyncio.CancelledError):
                await fetching
            order.append("ended")
            fetcher.close()
        return order

    assert asyncio.run(run()) == ["written", "ended"]
