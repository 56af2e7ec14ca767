"""How long a shop waits for its QR, and from the scan to connected."""

from __future__ import annotations

import asyncio
import time

from bench import kernel
from bench.figures import Figure, shares, spread
from bench.shops import Shop, until
from bench.stage import Plan, stage

#: Shops that have the machine to themselves, and shops that all pair in the same moment.
ALONE = 20
AT_ONCE = 50


async def pairing(plan: Plan) -> list[Figure]:
    """One at a time, then many at once; at most as many as the largest count says."""
    alone, at_once = min(ALONE, plan.most), min(AT_ONCE, plan.most)
    async with stage(plan, alone + at_once) as it:
        with kernel.watched(it.who()) as used:
            qrs, scans = await _one_at_a_time(it.shops[:alone])
        figures = [
            *spread("connect to QR, one at a time", qrs, alone),
            *spread("scan to connected, one at a time", scans, alone),
            *shares("pairing one at a time", used, alone),
        ]
        with kernel.watched(it.who()) as used:
            qrs, scans = await _all_at_once(it.shops[alone:])
        return [
            *figures,
            *spread("connect to QR, all at once", qrs, at_once),
            *spread("scan to connected, all at once", scans, at_once),
            *shares("pairing all at once", used, at_once),
        ]


async def _one_at_a_time(shops: list[Shop]) -> tuple[list[float], list[float]]:
    qrs, scans = [], []
    for shop in shops:
        begun = time.monotonic()
        await shop.connect()
        await until(lambda shop=shop: "qr" in shop.heard)  # type: ignore[misc]
        qrs.append(shop.heard["qr"] - begun)
        scanned = time.monotonic()
        await shop.scan()
        await until(lambda shop=shop: "connected" in shop.heard)  # type: ignore[misc]
        scans.append(shop.heard["connected"] - scanned)
    return qrs, scans


async def _all_at_once(shops: list[Shop]) -> tuple[list[float], list[float]]:
    begun = time.monotonic()
    await asyncio.gather(*(shop.connect() for shop in shops))
    await until(lambda: all("qr" in shop.heard for shop in shops))
    scanned = time.monotonic()
    await asyncio.gather(*(shop.scan() for shop in shops))
    await until(lambda: all("connected" in shop.heard for shop in shops))
    return (
        [shop.heard["qr"] - begun for shop in shops],
        [shop.heard["connected"] - scanned for shop in shops],
    )
