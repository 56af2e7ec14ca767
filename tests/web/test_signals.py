"""Read, typing, presence and pictures over HTTP and WebSocket."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.web.files_site import files_site
from tests.web.served import Served, of_type, serving, until
from tests.web.test_conversations import CHAT, LIST, PHONE, code, hear, said
from whatsapp.port import FollowPresence, ShowTyping, SignalSeen, TellRead

JPEG = b"\xff\xd8\xff picture"
TYPING, FOLLOW = f"{LIST}/{CHAT}/typing", f"{LIST}/{CHAT}/presence/subscribe"
READ, PICTURE = f"{LIST}/{CHAT}/read", f"{LIST}/{CHAT}/picture"


def post(served: Served, path: str, body: object = None) -> httpx.Response:
    with served.http() as client:
        return client.post(path, json=body)


@pytest.fixture
def talking(served: Served) -> Served:
    """An empresa to which a customer has written."""
    served.connected(5)
    hear(served, said(1, "oi"))
    return served


def test_what_is_marked_as_read_is_told_to_whatsapp_unless_that_is_unwanted(
    talking: Served,
) -> None:
    assert post(talking, READ).json() == {"chat": CHAT, "unread": 0}
    assert talking.clients.signalled(5) == [TellRead(1, CHAT, CHAT, ["ID1"])]
    hear(talking, said(2, "de novo"))
    assert post(talking, READ, {"tellWhatsApp": False}).status_code == 200
    hear(talking, said(3, "e mais"))
    assert post(talking, READ, {"tellWhatsApp": True}).status_code == 200
    assert talking.clients.signalled(5, 2)[1] == TellRead(2, CHAT, CHAT, ["ID3"])


def test_marking_as_read_never_fails_for_a_connection(talking: Served) -> None:
    talking.post("/api/bot/disconnect/5")
    assert post(talking, READ).json() == {"chat": CHAT, "unread": 0}
    assert talking.clients.signals[5] == []
    talking.post("/api/bot/connect/5")
    talking.clients.started(5, 2).log_in("+5521999999999")
    assert talking.clients.signalled(5) == [TellRead(1, CHAT, CHAT, ["ID1"])]


def test_typing_and_following_are_handed_on(talking: Served) -> None:
    for state in ("composing", "recording", "paused"):
        answer = post(talking, TYPING, {"state": state})
        assert (answer.status_code, answer.json()) == (200, {"chat": CHAT, "state": state})
    followed = post(talking, FOLLOW)
    assert (followed.status_code, followed.json()["chat"]) == (200, CHAT)
    assert followed.json()["until"].endswith("Z")
    *typing, follow = talking.clients.signalled(5, 4)
    assert typing[0] == ShowTyping(CHAT, "composing")
    assert follow == FollowPresence(CHAT, PHONE, CHAT, 300.0)


def test_what_is_seen_comes_over_the_websocket_without_a_number(talking: Served) -> None:
    with talking.listen("empresa_id=5") as socket:
        until(socket, of_type("status"))
        talking.clients.running[5].report(SignalSeen("typing", {"v": 1, "state": "paused"}))
        frame = until(socket, of_type("typing"))
    assert frame.keys() == {"type", "empresaId", "at", "data"}


def test_signals_are_refused_with_a_code(talking: Served) -> None:
    for body in (None, {}, {"state": "x"}, {"state": ["paused"]}):
        assert code(post(talking, TYPING, body)) == (400, "invalid_typing_state")
    assert code(post(talking, READ, {"tellWhatsApp": "no"})) == (400, "invalid_option")
    assert code(post(talking, READ, [])) == (400, "invalid_json")
    for path, body in (
        (f"{LIST}/1@lid/typing", {"state": "paused"}),
        (f"{LIST}/1@lid/presence/subscribe", None),
    ):
        assert code(post(talking, path, body)) == (404, "conversation_not_found")
    assert code(talking.get(f"{LIST}/1@lid/picture")) == (404, "conversation_not_found")
    assert code(talking.get(PICTURE)) == (404, "no_picture")
    talking.post("/api/bot/disconnect/5")
    assert code(post(talking, TYPING, {"state": "paused"})) == (409, "empresa_not_connected")
    assert code(post(talking, FOLLOW)) == (409, "empresa_not_connected")


def test_a_picture_is_fetched_and_given_also_when_the_empresa_is_away(tmp_path: Path) -> None:
    with (
        files_site({"/1": JPEG, "/2": b"<svg>"}) as site,
        serving(tmp_path, media_ports=frozenset({site.port})) as served,
    ):
        served.connected(5)
        hear(served, said(1, "oi"), said(2, "oi", chat={"id": "2@lid", "isGroup": False}))
        served.clients.pictures |= {CHAT: site.url("/1"), "2@lid": site.url("/2")}
        answer = served.get(PICTURE)
        assert (answer.status_code, answer.content) == (200, JPEG)
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert code(served.get(f"{LIST}/2@lid/picture")) == (503, "picture_unreachable")
        served.post("/api/bot/disconnect/5")
        assert served.get(PICTURE).content == JPEG
        assert code(served.get(f"{LIST}/2@lid/picture")) == (409, "empresa_not_connected")
        assert site.asked == ["/1", "/2"]
