"""`/ws?empresa_id=5`: one WebSocket, handed to its empresa's broadcast, which sends every frame."""

from __future__ import annotations

from actors.messages import Listener
from web import schemas
from web.listener_socket import ListenerSocket


class EmpresaSocket(ListenerSocket):
    """Hears one empresa."""

    _listener: Listener | None = None

    async def join(self) -> None:
        """Join the empresa's broadcast."""
        self.empresa_id = schemas.empresa_id(self.get_query_argument("empresa_id", "", strip=False))
        since = schemas.since(self.get_query_argument("since", None, strip=False))
        ledger_id = self.get_query_argument("ledger", None)
        self._listener = Listener(send=self.send, close=self.close)
        await self.system.join(self.empresa_id, self._listener, since, ledger_id)
        if self.ws_connection is None:
            # It closed while we asked: the broadcast may have heard of the leaving first.
            self.on_close()

    def on_close(self) -> None:
        """Leave."""
        if self._listener is not None and self.empresa_id is not None:
            self.system.leave(self.empresa_id, self._listener)


ROUTES = [(r"/ws", EmpresaSocket)]
