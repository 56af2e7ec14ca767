"""`/healthz`: the process answers. `/readyz`: what it needs answers too."""

from __future__ import annotations

import asyncio

from web.base import BaseHandler


class HealthHandler(BaseHandler):
    """Open to everybody, and says nothing."""

    is_open = True

    def get(self) -> None:
        """Answer, as long as the event loop turns."""
        self.reply({"status": "ok"})

    def head(self) -> None:
        """As GET, without the body."""
        self.get()


class ReadyHandler(BaseHandler):
    """Open to everybody: whether requests can be served now."""

    is_open = True

    async def get(self) -> None:
        """Answer 200 or 503, each check `ok` or a sentence; `notice` does not count."""
        checks, notice = await asyncio.gather(self.system.readiness(), self.system.common_trouble())
        is_ready = all(found == "ok" for found in checks.values())
        self.set_status(200 if is_ready else 503)
        status = "ready" if is_ready else "not_ready"
        self.reply({"status": status, "checks": checks, "notice": notice})

    async def head(self) -> None:
        """As GET, without the body."""
        await self.get()


ROUTES = [(r"/healthz", HealthHandler), (r"/readyz", ReadyHandler)]
