"""The server, with workers that have no WhatsApp (`bench/flood.py`) and a look at its event loop.

    python -m bench.flooded LAGS

It writes into the file LAGS, every 10 ms, the monotonic time and by how many seconds the event
loop was late. Each worker imports this module again: it holds nothing but definitions.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import TextIO

_EVERY = 0.01


def _watch(loop: asyncio.AbstractEventLoop, file: TextIO, due: float) -> None:
    now = time.monotonic()
    file.write(f"{now:.6f} {max(0.0, now - due):.6f}\n")
    loop.call_at(loop.time() + _EVERY, _watch, loop, file, now + _EVERY)


def main() -> int:
    """Serve until a signal."""
    # Here and not above: each worker runs this file again.
    from bench.flood import flood  # noqa: PLC0415 - as it says
    from commands import serve  # noqa: PLC0415
    from whatsapp import worker_process  # noqa: PLC0415

    setattr(worker_process, "enter_worker", flood)  # noqa: B010 - what a worker runs
    with Path(sys.argv[1]).open("w", buffering=1) as lags:

        def watch(_url: str) -> None:
            _watch(asyncio.get_running_loop(), lags, time.monotonic())

        return serve.run(watch)


if __name__ == "__main__":
    sys.exit(main())
