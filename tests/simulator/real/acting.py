"""What people do with their phones at a simulator, and what there is to see then."""

from tests.simulator.real.client_process import RealClient
from tests.simulator.real.process import Event
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until


def scan(simulator: SimulatorProcess, client: RealClient, number: str) -> Event:
    """Let the phone scan the client's QR code, and wait until it is connected."""
    qr = client.event("qr")["text"]
    scanned = simulator.post("/scan", number=number, qr=qr, name="Loja")
    client.event("connected")
    return scanned


def say(simulator: SimulatorProcess, sender: str, to: str, text: str, count: int = 1) -> list[str]:
    """Let a customer write, `count` times with a number appended if more than once."""
    more = {"count": count} if count > 1 else {}
    said = simulator.post("/say", **{"from": sender}, to=to, text=text, **more)
    return [str(number) for number in said["ids"]]


def received(simulator: SimulatorProcess, number: str, *texts: str) -> list[Event]:
    """Return a number's messages once it has received as many; they must be these, in order."""
    messages: list[Event] = []

    def all_there() -> bool:
        messages[:] = simulator.get(f"/received?number={number[1:]}")["messages"]
        return len(messages) >= len(texts)

    wait_until(all_there)
    assert [message["text"] for message in messages] == list(texts)
    return messages


def everything_acknowledged(simulator: SimulatorProcess, number: str) -> bool:
    """Tell whether the number's devices have acknowledged all that was sent to them."""
    stanzas = simulator.get(f"/queue?number={number[1:]}")["stanzas"]
    return all(stanza["state"] == "acknowledged" for stanza in stanzas)
