"""`/ws/admin`: the tree of actors, and what changes in it, for operators."""

from __future__ import annotations

from actors.messages import Listener
from web.actor_feed import ActorFeed
from web.listener_socket import ListenerSocket


class AdminSocket(ListenerSocket):
    """Follows the tree."""

    _listener: Listener | None = None

    async def join(self) -> None:
        """Join those who follow it; the whole tree is sent at once."""
        self._listener = Listener(send=self.send, close=self.close)
        self._feed.join(self._listener)

    def on_close(self) -> None:
        """Leave."""
        if self._listener is not None:
            self._feed.leave(self._listener)

    @property
    def _feed(self) -> ActorFeed:
        feed: ActorFeed = self.settings["feed"]
        return feed


ROUTES = [(r"/ws/admin", AdminSocket)]
