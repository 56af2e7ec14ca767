import http.client
import json
from urllib.parse import urlsplit

import pytest

from tests.simulator.real.simulator_process import RefusedError, SimulatorProcess


def ask(
    simulator: SimulatorProcess, method: str, path: str, body: str = "", **headers: str
) -> tuple[int, bytes]:
    address = urlsplit(simulator.where["admin"]).netloc
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body or None, names)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_it_says_that_it_runs(shared: SimulatorProcess) -> None:
    assert shared.get("/healthz") == {"status": "ok"}


def test_the_page_of_the_phones_is_there(shared: SimulatorProcess) -> None:
    status, page = ask(shared, "GET", "/")
    assert status == 200
    assert "Telefones" in page.decode()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nowhere", "", 404),
        ("GET", "/scan", "", 405),
        ("GET", "/devices", "", 400),
        ("GET", "/received?number=abc", "", 400),
        ("GET", "/received?number=5511999990001&after=-1", "", 400),
        ("POST", "/scan", "not json", 400),
        ("POST", "/scan", "[]", 400),
        ("POST", "/scan", "{}", 400),
        ("POST", "/scan", '{"number": "5511999999999", "qr": "x"}', 400),
        ("POST", "/scan", '{"number": "+5511999999999"}', 400),
        ("POST", "/scan", '{"number": "+5511999999999", "qr": "x", "url": "y"}', 400),
        ("POST", "/scan", '{"number": "+5511999999999", "url": "http://example.com/"}', 400),
        ("POST", "/scan", '{"number": "+5511999999999", "image": "*"}', 400),
        ("POST", "/scan", '{"number": "+5511999999999", "qr": "x", "name": 1}', 400),
        ("POST", "/code", '{"number": "+5511999999999", "code": "ABCD-EFGH"}', 422),
        ("POST", "/say", '{"from": "+5511999999999", "to": "+5511999999999", "text": "x"}', 422),
        ("POST", "/say", '{"from": "+5511999999999", "to": "+5511999999998"}', 400),
        (
            "POST",
            "/say",
            '{"from": "+5511999999999", "to": "+5511999999998", "text": "x", "count": 0}',
            400,
        ),
        ("POST", "/send", '{"from": "+551199999991", "to": "+551199999992", "message": 1}', 400),
        (
            "POST",
            "/send",
            '{"from": "+551199999991", "to": "+551199999992", "message": {"nothing": {}}}',
            400,
        ),
        ("POST", "/vote", '{"by": "+551199999991", "of": "+551199999992", "poll": "X"}', 400),
        (
            "POST",
            "/vote",
            '{"by": "+551199999991", "of": "+551199999992", "poll": "X", "options": ["a"]}',
            404,
        ),
        ("POST", "/type", '{"from": "+551199999991", "to": "+551199999992", "media": 1}', 400),
        ("POST", "/type", '{"from": "+551199999991", "to": "+551199999992", "state": "x"}', 400),
        ("GET", "/typing", "", 400),
        ("POST", "/presence", '{"number": "+551199999991", "online": 1}', 400),
        ("POST", "/picture", '{"number": "+551199999991", "picture": "*"}', 400),
        ("POST", "/picture", '{"number": "+551199999991", "picture": 1}', 400),
        ("GET", "/picture?id=none", "", 404),
        ("POST", "/mark-read", '{"by": "+551199999991", "of": "+551199999992", "ids": []}', 400),
        ("POST", "/remove", '{"number": "+5511999999999", "device": 9}', 404),
        ("POST", "/drop", '{"how": "gently"}', 400),
        ("POST", "/faults", '{"refuse": 1}', 400),
        ("POST", "/faults", '{"earthquake": true}', 400),
        ("POST", "/faults", "{}", 400),
        ("POST", "/faults", '{"kind": "earthquake"}', 400),
        ("POST", "/faults", '{"kind": ["drop"]}', 400),
        ("POST", "/faults", '{"kind": "refuse", "refuse": true}', 400),
        ("POST", "/faults", '{"kind": "refuse", "times": 0}', 400),
        ("POST", "/faults", '{"kind": "refuse", "times": true}', 400),
        ("POST", "/faults", '{"kind": "refuse", "number": "5511"}', 400),
        ("POST", "/faults", '{"kind": "drop", "how": "gently"}', 400),
        ("POST", "/faults", '{"kind": "drop", "how": ["fin"]}', 400),
        ("POST", "/faults", '{"kind": "blackhole", "at": "lunch"}', 400),
        ("POST", "/faults", '{"kind": "delay"}', 400),
        ("POST", "/faults", '{"kind": "delay", "ms": 0}', 400),
        ("POST", "/faults", '{"kind": "failure", "reason": 200}', 400),
        ("POST", "/faults", '{"kind": "failure", "reason": 402, "expire": -1}', 400),
        ("POST", "/faults", '{"kind": "stream-error"}', 400),
        ("POST", "/faults", '{"kind": "stream-error", "conflict": "none"}', 400),
        ("POST", "/faults", '{"kind": "pairing"}', 400),
        ("POST", "/faults", '{"kind": "iq", "answer": 500}', 400),
        ("POST", "/faults", '{"kind": "iq", "xmlns": "w:p", "answer": true}', 400),
        ("POST", "/faults", '{"kind": "undecryptable", "heals": "no"}', 400),
        ("POST", "/faults", '{"kind": "ack"}', 400),
        ("POST", "/faults", '{"kind": "media", "answer": 404}', 400),
        ("POST", "/faults", '{"kind": "media", "on": "upload"}', 400),
        ("GET", "/media?number=5511999999999", "", 400),
        ("GET", "/media?number=5511999999999&id=x", "", 404),
        ("DELETE", "/faults?kind=earthquake", "", 400),
        ("DELETE", "/faults?id=first", "", 400),
        ("DELETE", "/faults?number=abc", "", 400),
        ("DELETE", "/faults?nubmer=5511999999999", "", 400),
    ],
)
def test_what_can_not_be_done_is_refused_with_a_sentence(
    shared: SimulatorProcess, method: str, path: str, body: str, status: int
) -> None:
    answered, content = ask(shared, method, path, body)
    assert answered == status
    assert json.loads(content)["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Host": "simulator.example"},
    ],
)
def test_pages_of_other_origins_and_other_names_are_refused(
    shared: SimulatorProcess, headers: dict[str, str]
) -> None:
    assert ask(shared, "GET", "/stats", **headers)[0] == 403


def test_a_name_can_be_given_and_changed(shared: SimulatorProcess) -> None:
    number = "+5521900000001"
    made = shared.post("/accounts", number=number)
    named = shared.post("/accounts", number=number, name="Ana")
    assert (named["lid"], named["name"]) == (made["lid"], "Ana")
    assert shared.post("/accounts", number=number)["name"] == "Ana"


def test_two_phones_write_to_each_other_and_see_it_delivered_and_read(
    shared: SimulatorProcess,
) -> None:
    ana, bia = "+5521900000002", "+5521900000003"
    ids = shared.post("/say", **{"from": ana}, to=bia, text="oi", count=2)["ids"]
    shared.post("/say", **{"from": bia}, to=ana, text="olá")
    shared.post("/mark-read", by=bia, of=ana, ids=ids)
    received = shared.get(f"/received?number={bia}")["messages"]
    assert [(m["id"], m["text"]) for m in received] == [(ids[0], "oi 1"), (ids[1], "oi 2")]
    assert [m["text"] for m in shared.get(f"/received?number={ana}")["messages"]] == ["olá"]
    assert shared.get(f"/received?number={bia}&after=1")["messages"] == received[1:]
    receipts = shared.get(f"/receipts?number={ana}")["receipts"]
    assert [(r["type"], r["ids"]) for r in receipts] == [
        ("delivered", ids[:1]),
        ("delivered", ids[1:]),
        ("read", ids),
    ]


def test_removing_the_devices_of_a_phone_that_has_none_is_harmless(
    shared: SimulatorProcess,
) -> None:
    assert shared.post("/remove", number="+5521900000004") == {"removed": []}


def test_a_url_where_there_is_no_code_is_refused(shared: SimulatorProcess) -> None:
    url = shared.where["admin"] + "/stats"
    with pytest.raises(RefusedError) as refusal:
        shared.post("/scan", number="+5521900000005", url=url)
    assert refusal.value.args[0] == 422
