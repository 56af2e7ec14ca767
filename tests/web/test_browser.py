"""What pages may do, in real Chromium: ours, the CRM's, and a stranger's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from actors.shape import iso
from tests.fake_clients import text
from tests.web.chromium import REBOUND, chromium
from tests.web.elsewhere import elsewhere
from tests.web.served import CRM, DEADLINE, TOKEN, Served
from whatsapp.port import Journalled, PairingCodeShown, QrShown
from whatsapp.qr_picture import render_qr

#: Opens a WebSocket and says how that ended.
OPEN_SOCKET = """
(address) => new Promise((resolve) => {
  const socket = new WebSocket(address);
  socket.onmessage = (frame) => resolve(JSON.parse(frame.data).type);
  socket.onerror = () => resolve("refused");
})
"""
#: Posts as a page can that doesn't mind not reading the answer, and as one that does.
POST = """
async (address) => {
  await fetch(address, {method: "POST", mode: "no-cors"}).catch(() => null);
  return fetch(address, {method: "POST"}).then((r) => r.json(), () => "refused");
}
"""
GET = "(address) => fetch(address).then((r) => r.json(), () => 'refused')"


@pytest.fixture(scope="module")
def other_server() -> Iterator[int]:
    """The port of another web server here: the CRM's and the stranger's alike."""
    with elsewhere() as port:
        yield port


@pytest.fixture(scope="module")
def browser(other_server: int) -> Iterator[Browser]:
    with chromium(other_server) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    opened = context.new_page()
    opened.set_default_timeout(DEADLINE * 1000)
    yield opened
    context.close()


@pytest.fixture
def stranger(other_server: int) -> str:
    """The address of somebody else's page on this very machine."""
    return f"127.0.0.1:{other_server}"


def faults(page: Page) -> list[str]:
    """What the page itself complains about from now on: script errors, refused sources."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    return found


def message(body: str) -> Journalled:
    """A customer's text in the contract's whole shape."""
    entry = text(1, body)
    sender = {"phone": "+5511900000001", "lid": "999@lid", "name": "Maria"}
    data = {**entry.data, "sender": sender, "fromMe": False, "timestamp": iso(entry.at)}
    return replace(entry, data=data)


def test_the_page_shows_a_qr_and_turns_to_connected(served: Served, page: Page) -> None:
    wrong = faults(page)
    page.goto(f"{served.url}/?empresa=5")
    expect(page.locator("#state")).to_have_text("Desconectado")
    page.click("#connect")
    client = served.clients.started(5)
    picture = render_qr("2@not-a-real-one," + "x" * 200)
    client.report(QrShown(picture, 1, datetime.now(UTC) + timedelta(seconds=60)))
    expect(page.locator("#qr")).to_be_visible()
    page.wait_for_function("document.getElementById('qr').naturalWidth > 100")
    expect(page.locator("#message")).to_contain_text("escaneie o QR code")
    client.pair("+5521999999999")
    expect(page.locator("#state")).to_have_text("Conectado")
    expect(page.locator("#qr")).to_be_hidden()
    expect(page.locator("#phone")).to_have_text("+5521999999999")
    client.report(message("Olá <b>mundo</b>"))
    expect(page.locator("#messages li p")).to_have_text("Olá <b>mundo</b>")
    expect(page.locator("#messages .who")).to_have_text("Maria")
    assert wrong == []


def test_the_page_pairs_by_code(served: Served, page: Page) -> None:
    page.goto(f"{served.url}/?empresa=5")
    page.fill("#number", "+55 (21) 99999-9999")
    page.click("#pair button")
    client = served.clients.started(5)
    assert client.spec.pairing_phone == "+5521999999999"
    expires = datetime.now(UTC) + timedelta(seconds=160)
    client.report(PairingCodeShown("ABCD-EFGH", "+5521999999999", expires))
    expect(page.locator("#code")).to_have_text("ABCD-EFGH")
    client.pair("+5521999999999")
    expect(page.locator("#state")).to_have_text("Conectado")
    expect(page.locator("#code")).to_be_hidden()


def test_the_page_says_what_the_server_refuses(served: Served, page: Page) -> None:
    page.goto(f"{served.url}/?empresa=5")
    expect(page.locator("#state")).to_have_text("Desconectado")
    page.fill("#number", "123")
    page.click("#pair button")
    expect(page.locator("#problem")).to_contain_text("formato internacional")


def test_the_page_of_one_empresa_shows_no_other(served: Served, page: Page) -> None:
    served.connected(6, "+5521666666666")
    page.goto(f"{served.url}/?empresa=5")
    expect(page.locator("#state")).to_have_text("Desconectado")
    page.fill("#empresa", "6")
    page.click("#choose button")
    expect(page.locator("#phone")).to_have_text("+5521666666666")
    assert page.url.endswith("empresa=6")


def test_the_page_shows_nothing_of_an_empresa_that_cannot_be(served: Served, page: Page) -> None:
    served.connected(6, "+5521666666666")
    page.goto(f"{served.url}/?empresa=6")
    expect(page.locator("#phone")).to_have_text("+5521666666666")
    page.evaluate("choose('0')")
    expect(page.locator("#problem")).to_contain_text("id da empresa")
    expect(page.locator("#message")).to_have_text("Não foi possível abrir esta empresa.")
    expect(page.locator("#phone")).to_be_empty()
    expect(page.locator("#state")).to_be_hidden()


def test_the_page_says_in_portuguese_that_the_server_cannot_be_reached(
    served: Served, page: Page
) -> None:
    page.goto(f"{served.url}/?empresa=5")
    expect(page.locator("#state")).to_have_text("Desconectado")
    page.route("**/api/**", lambda route: route.abort())
    page.click("#connect")
    expect(page.locator("#problem")).to_contain_text("Sem contato com o servidor")
    page.unroute("**/api/**")
    page.route("**/api/**", lambda route: route.fulfill(status=502, body="<html>Bad Gateway"))
    page.click("#restart")
    expect(page.locator("#problem")).to_contain_text("Sem contato com o servidor")


def test_the_page_asks_for_the_token_and_keeps_it_in_the_tab(guarded: Served, page: Page) -> None:
    page.goto(f"{guarded.url}/?empresa=5")
    expect(page.locator("#login")).to_be_visible()
    page.fill("#token", "wrong")
    page.click("#login button")
    expect(page.locator("#problem")).to_contain_text("Token")
    page.fill("#token", TOKEN)
    page.click("#login button")
    expect(page.locator("#state")).to_have_text("Desconectado")
    expect(page.locator("#login")).to_be_hidden()
    page.click("#connect")
    guarded.clients.started(5).pair("+5521999999999")
    expect(page.locator("#state")).to_have_text("Conectado")
    page.reload()
    expect(page.locator("#state")).to_have_text("Conectado")
    assert page.evaluate("JSON.stringify(localStorage)") == "{}"
    assert TOKEN not in page.url


def test_the_page_comes_back_by_itself(served: Served, page: Page) -> None:
    page.goto(f"{served.url}/?empresa=5")
    expect(page.locator("#state")).to_have_text("Desconectado")
    page.evaluate("events.socket.close()")
    served.connected(5)
    served.clients.started(5).report(message("enquanto isso"))
    expect(page.locator("#state")).to_have_text("Conectado")
    expect(page.locator("#messages li p")).to_have_text("enquanto isso")
    expect(page.locator("#problem")).to_be_hidden()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_foreign_page_can_neither_listen_nor_post_nor_read(
    served: Served, page: Page, stranger: str, name: str
) -> None:
    served.connected(5)
    page.goto(f"http://{stranger.replace('127.0.0.1', name)}/")
    for host in ("127.0.0.1", "localhost"):
        address = f"{host}:{served.port}"
        assert page.evaluate(OPEN_SOCKET, f"ws://{address}/ws?empresa_id=5") == "refused"
        assert page.evaluate(POST, f"http://{address}/api/bot/connect/77") == "refused"
        assert page.evaluate(POST, f"http://{address}/api/bot/logout/5") == "refused"
        assert page.evaluate(GET, f"http://{address}/api/bot/status/5") == "refused"
    assert served.get("/api/bot/status/77").status_code == 404
    assert served.get("/api/bot/status/5").json()["connected"] is True


def test_the_crms_page_can_listen_and_post_and_read(served: Served, page: Page) -> None:
    page.goto(f"{CRM}/")
    for host in ("127.0.0.1", "localhost"):
        address = f"{host}:{served.port}"
        assert page.evaluate(OPEN_SOCKET, f"ws://{address}/ws?empresa_id=5") == "status"
        answer = page.evaluate(POST, f"http://{address}/api/bot/connect/5")
        assert answer == {"success": True, "message": "Conectando..."}
        status = page.evaluate(GET, f"http://{address}/api/bot/status/5")
        assert status["connectionStatus"] == "disconnected"
        missing = page.evaluate(GET, f"http://{address}/api/bot/status/404")
        assert missing["error"] == "Empresa não encontrada"


def test_the_crms_page_uses_a_token_over_fetch_and_websocket(guarded: Served, page: Page) -> None:
    page.goto(f"{CRM}/")
    open_authorized = """
    ([address, token]) => new Promise((resolve) => {
      const socket = new WebSocket(address, ["vendeai.v1", "bearer." + token]);
      socket.onmessage = (frame) => resolve([socket.protocol, JSON.parse(frame.data).type]);
      socket.onerror = () => resolve("refused");
    })
    """
    post_authorized = """
    ([address, token]) => fetch(address, {
      method: "POST",
      headers: {Authorization: "Bearer " + token, "Content-Type": "application/json"},
      body: JSON.stringify({phoneNumber: null}),
    }).then((response) => response.json(), () => "refused")
    """
    address = f"localhost:{guarded.port}"
    opened = page.evaluate(open_authorized, [f"ws://{address}/ws?empresa_id=5", TOKEN])
    assert opened == ["vendeai.v1", "status"]
    opened = page.evaluate(open_authorized, [f"ws://{address}/ws?empresa_id=5", TOKEN + "x"])
    assert opened == ["vendeai.v1", "error"]
    posted = page.evaluate(post_authorized, [f"http://{address}/api/bot/connect/5", TOKEN])
    assert posted["success"] is True
    refused = page.evaluate(post_authorized, [f"http://{address}/api/bot/connect/5", "wrong"])
    assert refused["code"] == "unauthorized"


def test_a_rebound_host_is_refused(served: Served, browser: Browser) -> None:
    """DNS rebinding: Host and Origin agree, so that no rule about origins stops it."""
    # The refusal's own policy would forbid every call; the attacker's page has none.
    page = browser.new_context(bypass_csp=True).new_page()
    address = f"{REBOUND}:{served.port}"
    response = page.goto(f"http://{address}/")
    assert response is not None
    assert response.status == 403
    assert page.evaluate(GET, f"http://{address}/api/bot/sessions") == {
        "error": response.json()["error"],
        "code": "invalid_host",
    }
    assert page.evaluate(POST, f"http://{address}/api/bot/connect/77")["code"] == "invalid_host"
    assert page.evaluate(OPEN_SOCKET, f"ws://{address}/ws?empresa_id=5") == "refused"
    assert served.get("/api/bot/status/77").status_code == 404
    page.context.close()


def test_the_page_cannot_be_framed(served: Served, page: Page, stranger: str) -> None:
    wrong = faults(page)
    page.goto(f"http://{stranger}/")
    page.evaluate(
        "(address) => {const f = document.createElement('iframe'); f.src = address;"
        " document.body.append(f); return new Promise((loaded) => {f.onload = loaded;});}",
        f"{served.url}/",
    )
    assert any("frame-ancestors" in said for said in wrong)
