from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import MediaUrlInvalid
from media.targets import MAX_URL, Target, parse_target, redirected

GOOD = {
    "https://a.example/x.jpg?y=1#z": Target("https", "a.example", 443, "/x.jpg?y=1"),
    "HTTP://A.Example": Target("http", "a.example", 80, "/"),
    "http://a.example:443/": Target("http", "a.example", 443, "/"),
    " https://a.example/ ": Target("https", "a.example", 443, "/"),
    "https://a.example./": Target("https", "a.example", 443, "/"),
    "https://a.example/tabela de preços.pdf": Target(
        "https", "a.example", 443, "/tabela%20de%20pre%C3%A7os.pdf"
    ),
    "https://a.example/a%20b?c=d%2Fe&f=[1]": Target(
        "https", "a.example", 443, "/a%20b?c=d%2Fe&f=[1]"
    ),
    "https://caminhões.example/": Target("https", "xn--caminhes-j4a.example", 443, "/"),
    "https://my_bucket.example/": Target("https", "my_bucket.example", 443, "/"),
    "http://[2606:4700::1111]/": Target("http", "2606:4700::1111", 80, "/"),
    "http://127.0.0.1/": Target("http", "127.0.0.1", 80, "/"),
    "http://①②⑦.0.0.1/": Target("http", "127.0.0.1", 80, "/"),
}
BAD = [
    "",
    "a.example/x.jpg",
    "//a.example/x",
    "/etc/passwd",
    "file:///etc/passwd",
    "ftp://a.example/",
    "gopher://a.example/",
    "data:image/png;base64,AAAA",
    "javascript:alert(1)",
    "http:",
    "http://",
    "http:///x",
    "http:a.example",
    "http://user@a.example/",
    "http://user:password@a.example/",
    "http://a.example@127.0.0.1/",
    "http://a.example\\@127.0.0.1/",
    "http://a.example\\x",
    "http://a.example:22/",
    "http://a.example:0/",
    "http://a.example:99999/",
    "http://a.example:x/",
    "http://a b/",
    "http://a.exa\nmple/",
    "http://a.example/\r\nHost: b",
    "http://a.example/\tx",
    "http://a.example/\0",
    "http://a..example/",
    "http://.a.example/",
    "http://a.example%00/",
    "http://a.example%2f@b/",
    "http://[fe80::1%25eth0]/",
    "http://[::1/",
    "http://[v1.x]/",
    "http://a.example\uff0fb/",
    "http://" + "a" * 64 + ".example/",
    "http://a.example/" + "x" * MAX_URL,
]


@pytest.mark.parametrize("url", GOOD)
def test_a_url_is_taken_apart(url: str) -> None:
    assert parse_target(url) == GOOD[url]


@pytest.mark.parametrize("url", BAD)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(MediaUrlInvalid):
        parse_target(url)


def test_a_refusal_repeats_nothing_of_the_url() -> None:
    with pytest.raises(MediaUrlInvalid) as caught:
        parse_target("http://user:secret@a.example/?token=secret")
    assert "secret" not in f"{caught.value} {caught.value.fields}"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_further_ports_are_taken_where_the_operator_says_so() -> None:
    assert parse_target("http://a.example:8080/", {8080}).authority == "a.example:8080"
    with pytest.raises(MediaUrlInvalid):
        parse_target("http://a.example/", {8080})


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b?c=1", "https://a.example/b?c=1"),
        ("b", "https://a.example/x/b"),
        ("//b.example/c", "https://b.example/c"),
        ("http://b.example", "http://b.example/"),
        ("https://[2606:4700::1]:443/", "https://[2606:4700::1]/"),
        ("fotos de ontem.zip", "https://a.example/x/fotos%20de%20ontem.zip"),
    ],
)
def test_a_redirect_is_read_as_from_where_it_was_found(location: str, url: str) -> None:
    assert redirected(parse_target("https://a.example/x/y"), location).url == url


@pytest.mark.parametrize("location", ["ftp://b/", "http://b:25/", "http://u@b/", "//[/", "\\\\b"])
def test_a_redirect_leads_to_plain_web_addresses_only(location: str) -> None:
    with pytest.raises(MediaUrlInvalid):
        redirected(parse_target("https://a.example/x/y"), location)


@given(
    st.one_of(
        st.text(),
        st.text().map("http://a.example/".__add__),
        st.text().map("http://".__add__),
        st.text("ab.:/@\\[]%#?\n 1①").map("https://".__add__),
    )
)
def test_whatever_is_taken_is_read_the_same_again_and_is_plain_ascii(url: str) -> None:
    try:
        target = parse_target(url)
    except MediaUrlInvalid:
        return
    assert target.url.isascii()
    assert target.url.isprintable()
    assert parse_target(target.url) == target
    assert urlsplit(target.url).hostname == target.host
    assert urlsplit(target.url).username is None
