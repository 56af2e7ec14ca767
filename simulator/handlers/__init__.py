"""What the server answers to clients' stanzas: one file per subject."""

from simulator.handlers import (
    acknowledging,
    app_state,
    encrypt,
    groups,
    linking,
    media,
    messaging,
    passive,
    pictures,
    presence,
    settings,
    usync,
)
from simulator.router import Router

ALL = (
    acknowledging,
    app_state,
    encrypt,
    groups,
    linking,
    media,
    messaging,
    passive,
    pictures,
    presence,
    settings,
    usync,
)


def register(router: Router) -> None:
    """Plug every handler into the router."""
    for handler in ALL:
        handler.register(router)
