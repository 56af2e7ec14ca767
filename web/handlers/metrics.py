"""`GET /metrics`: for Prometheus."""

from __future__ import annotations

import asyncio
import os

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics

from web import schemas
from web.base import BaseHandler
from web.metrics_collector import Scrape


class MetricsHandler(BaseHandler):
    """Asks no actor, so that none that hangs is waited for."""

    async def get(self) -> None:
        """Answer with every series, as text or, where `Accept` prefers it, as OpenMetrics."""
        actors = self.system.tree.look()
        pids = [actor.look.pid for actor in actors if actor.look.pid is not None]
        scrape = Scrape(actors, await self.system.tree.processes((*pids, os.getpid())))
        is_open = schemas.prefers_openmetrics(self.request.headers.get("Accept", ""))
        render = openmetrics.generate_latest if is_open else generate_latest
        # Thousands of lines: on the loop they would keep others waiting.
        text = await asyncio.to_thread(render, scrape)
        kind = openmetrics.CONTENT_TYPE_LATEST if is_open else CONTENT_TYPE_PLAIN_0_0_4
        self.set_header("Content-Type", kind)
        self.finish(text)


ROUTES = [(r"/metrics", MetricsHandler)]
