"""What `top` shows before its table: one actor whole, and the question before something is done."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Footer, Label, Static

from commands.admin_client import Actor
from commands.top_details import details, label


class Details(ModalScreen[None]):
    """All of one actor, as it is now; of one that is gone, as it was last."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "back"),
    ]
    DEFAULT_CSS = """
    Details { align: center middle; }
    Details VerticalScroll { width: 90%; height: 90%; border: round $primary; padding: 0 1; }
    """

    def __init__(self, actor: Actor) -> None:
        super().__init__()
        self.actor = actor

    def compose(self) -> ComposeResult:
        """A text that scrolls."""
        with VerticalScroll() as box:
            box.border_title = label(self.actor)
            yield Static(Content(details(self.actor)))
        yield Footer()

    def show(self, actors: list[Actor]) -> None:
        """The actor of that name as these have it."""
        box = self.query_one(VerticalScroll)
        found = [actor for actor in actors if actor["name"] == self.actor["name"]]
        if not found:
            box.border_subtitle = "it is gone; this is what it was"
            return
        self.actor, box.border_subtitle = found[0], ""
        self.query_one(Static).update(Content(details(self.actor)))


class Question(ModalScreen[bool]):
    """Answers True for `y` alone."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "yes"),
        Binding("n,escape,q", "dismiss(False)", "no"),
    ]
    DEFAULT_CSS = """
    Question { align: center middle; }
    Question Label { border: round $warning; padding: 1 2; max-width: 90%; }
    """

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self._sentence = sentence

    def compose(self) -> ComposeResult:
        """The sentence, and in the footer the keys that answer it."""
        yield Label(Content(f"{self._sentence} (y/n)"))
        yield Footer()
