"""Calls that block on the disk, made from the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from typing import TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


async def on_thread(executor: Executor, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
    """What the function answers; also when cancelled, this ends only after it has.

    So whatever the function was busy with is its caller's own again.
    """
    calling = asyncio.get_running_loop().run_in_executor(executor, function, *arguments)
    try:
        return await asyncio.shield(calling)
    except asyncio.CancelledError:
        while not calling.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([calling])
        raise
