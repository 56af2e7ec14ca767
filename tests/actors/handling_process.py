"""A server whose handler is at work, to be killed.

    python -m tests.actors.handling_process FOLDER AFTER

It says a line for each text of the handler's that is stored, from the number AFTER on.
"""

import asyncio
import json
import sys
from pathlib import Path

from actors.messages import Listener
from tests.actors.running_system import running_system
from tests.fake_clients import FakeClients


async def _say(frame: str) -> None:
    event = json.loads(frame)
    if event["type"] == "message_state":
        sys.stdout.write(event["data"]["id"] + "\n")
        sys.stdout.flush()


async def main() -> None:
    folder = Path(sys.argv[1])
    async with running_system(folder, FakeClients(linked={5})) as system:
        await system.join(5, Listener(_say, lambda *_: None), int(sys.argv[2]), None)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
