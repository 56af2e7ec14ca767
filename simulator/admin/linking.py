"""`/scan`, `/code`, `/remove`, `/devices`: an owner's phone and the devices linked to it."""

from urllib.parse import urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from simulator.admin.base import LOOPBACK, AdminHandler, ComplaintError
from simulator.admin.pictures import qr_text
from simulator.devices import Device
from simulator.phone.phone import Phone
from simulator.unlinking import unlink


class Scan(AdminHandler):
    """A phone scans a QR code."""

    async def post(self) -> None:
        """Link who shows the code; 422 with the sentence that the phone would show."""
        body = self.body()
        phone = _named(self, body)
        device = await self.server.pairing.scan(phone, await _qr(self, body))
        self.answer(jid=str(device.number_jid), lid=str(device.jid))


class Code(AdminHandler):
    """A user types a pairing code on the phone."""

    async def post(self) -> None:
        """Link who shows the code; 422 with the sentence that the phone would show."""
        body = self.body()
        device = await self.server.pairing.enter_code(_named(self, body), self.text(body, "code"))
        self.answer(jid=str(device.number_jid), lid=str(device.jid))


class Remove(AdminHandler):
    """The owner removes linked devices on the phone."""

    def post(self) -> None:
        """Remove one device by its id, or all."""
        body = self.body()
        phone, wanted = self.phone(body, "number"), body.get("device")
        linked = self.server.devices.linked(phone.number)
        removed = [device for device in linked if wanted in (None, device.id)]
        if wanted is not None and not removed:
            raise ComplaintError(404, f"There is no device {wanted}.")
        for device in removed:
            unlink(self.server, device)
        self.answer(removed=[str(device.number_jid) for device in removed])


class Devices(AdminHandler):
    """The devices linked to a number."""

    def get(self) -> None:
        """List them."""
        linked = self.server.devices.linked(self.asked_number())
        self.answer(devices=[_described(self, device) for device in linked])


def _named(handler: AdminHandler, body: dict[str, object]) -> Phone:
    phone, name = handler.phone(body, "number"), body.get("name")
    if name is None:
        return phone
    if not isinstance(name, str) or not name:
        raise ComplaintError(400, '"name" is no text.')
    return handler.server.accounts.ensure(phone.number, name)


async def _qr(handler: AdminHandler, body: dict[str, object]) -> str:
    given = {name: handler.text(body, name) for name in ("qr", "image", "url") if name in body}
    if len(given) != 1:
        raise ComplaintError(400, 'One of "qr", "image" and "url" says what is scanned.')
    if "url" in given:
        return qr_text(await _fetch(given["url"]))
    return given["qr"] if "qr" in given else qr_text(given["image"])


async def _fetch(url: str) -> bytes:
    host = urlsplit(url).hostname
    if host not in LOOPBACK:
        raise ComplaintError(400, "Only a URL of this machine is fetched.")
    try:
        answer = await AsyncHTTPClient().fetch(
            url, headers={"Accept": "image/png"}, follow_redirects=False, request_timeout=10
        )
    except (HTTPClientError, OSError, ValueError) as error:
        raise ComplaintError(422, f"Não há QR code nesse endereço ({error}).") from error
    return answer.body


def _described(handler: AdminHandler, device: Device) -> dict[str, object]:
    server = handler.server
    return {
        "jid": str(device.number_jid),
        "lid": str(device.jid),
        "device": device.id,
        "online": server.connections.of(device) is not None,
        "prekeys": server.prekeys.count(device),
        "platform": device.platform,
        "pairedAt": device.paired_at,
    }
