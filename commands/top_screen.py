"""`top` in a terminal: what the server answers, anew every few seconds, and what to do about it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import ClassVar

from textual import on, work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Footer, Input

from commands.admin_client import Actor, AdminClient, AdminProblem, Tree
from commands.top_details import label
from commands.top_dialogs import Details, Question
from commands.top_head import Failure, FilterInput, Head
from commands.top_list import ActorList
from commands.top_table import Filter, Order, chosen


class TopApp(App[None]):
    """Runs until `q`. It asks on the event loop, one question after the other."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter"),
        Binding("less_than_sign", "sort(-1)", "sort", key_display="< >"),
        Binding("greater_than_sign", "sort(1)", show=False),
        Binding("i", "turn", "invert"),
        Binding("r", "restart", "restart"),
        Binding("s", "stop", "stop"),
        Binding("q,ctrl+c", "quit", "quit"),
    ]
    DEFAULT_CSS = "ActorList.stale { opacity: 60%; }"

    def __init__(self, client: AdminClient, every: float, order: Order, choice: Filter) -> None:
        super().__init__()
        self._client = client
        self._every = every
        self._order = order
        self._choice = choice
        self._tree: Tree | None = None
        self._answered_at = datetime.now().astimezone()
        self._head = Head(f"asking {client.url} …", markup=False)
        self._failure = Failure()
        self._list = ActorList()
        self._input = FilterInput(placeholder="an empresa, a state, or both: 5 conn")

    def compose(self) -> ComposeResult:
        """From the top down."""
        yield self._head
        yield self._failure
        yield self._list
        yield self._input
        yield Footer()

    def on_mount(self) -> None:
        """Begin to ask."""
        self._input.value = str(self._choice)
        self._list.focus()
        self._watch()

    @work
    async def _watch(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(self._every)

    async def _look(self) -> None:
        try:
            self._tree = await self._client.tree()
        except AdminProblem as problem:
            self._failure.show(str(problem), self._every)
            self._list.add_class("stale")
            return
        self._answered_at = datetime.now().astimezone()
        self._failure.end()
        self._list.remove_class("stale")
        self._show()
        for screen in self.screen_stack:
            if isinstance(screen, Details):
                screen.show(self._tree["actors"])

    def _show(self) -> None:
        if self._tree is None:
            return
        actors = chosen(self._tree["actors"], self._order, self._choice)
        self._list.show(actors, self._order)
        turned = ", inverted" if self._order.is_turned else ""
        only = f"; only {self._choice}" if str(self._choice) else ""
        self._head.show(
            self._tree,
            f"{self._client.url} at {self._answered_at:%H:%M:%S}: "
            f"{len(actors)} by {self._order.key}{turned}{only}",
        )

    def action_sort(self, steps: int) -> None:
        """By another column."""
        self._order = self._order.moved(steps)
        self._show()

    def action_turn(self) -> None:
        """From the other end."""
        self._order = self._order.turned()
        self._show()

    @on(ActorList.Sorted)
    def _sort_by(self, event: ActorList.Sorted) -> None:
        is_same = event.column.key == self._order.key
        self._order = self._order.turned() if is_same else Order(event.column.key)
        self._show()

    @on(ActorList.Opened)
    def _open(self) -> None:
        actor = self._list.selected
        if actor is not None:
            self.push_screen(Details(actor))

    def action_filter(self) -> None:
        """Type which are shown."""
        self._input.begin()

    @on(Input.Changed)
    def _choose(self, event: Input.Changed) -> None:
        self._choice = Filter.typed(event.value)
        self._show()

    @on(Input.Submitted)
    def _end_filter(self) -> None:
        self._input.end()
        self._list.focus()

    def action_restart(self) -> None:
        """Ask, and have the selected one restarted."""
        self._do("Restart", self._client.restart)

    def action_stop(self) -> None:
        """Ask, and stop the selected session."""
        self._do("Stop", self._client.stop)

    @work
    async def _do(self, what: str, deed: Callable[[str], Awaitable[None]]) -> None:
        actor: Actor | None = self._list.selected
        if actor is None:
            return
        # Whoever answers has this one in mind, whatever is selected then or has taken its place.
        question = f"{what} {label(actor)}?"
        if actor["empresaId"] is None:
            question += " The session of every empresa begins anew with it."
        if not await self.push_screen_wait(Question(question)):
            return
        try:
            await deed(actor["urn"])
        except AdminProblem as problem:
            self.notify(str(problem), severity="error", markup=False)
            return
        self.notify(f"{what} of {label(actor)}: asked for.", markup=False)
        await self._look()
