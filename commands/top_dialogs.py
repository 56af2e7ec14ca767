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
        self._actor = actor
        self._text = Static(Content(details(actor)))
        self._box = VerticalScroll(self._text)
        self._box.border_title = label(actor)

    def compose(self) -> ComposeResult:
        """A text that scrolls."""
        yield self._box
        yield Footer()

    def show(self, actors: list[Actor]) -> None:
        """The actor of that name as these have it."""
        found = [actor for actor in actors if actor["name"] == self._actor["name"]]
        if not found:
            self._box.border_subtitle = "it is gone; this is what it was"
            return
        self._actor = found[0]
        self._box.border_subtitle = ""
        self._text.update(Content(details(self._actor)))


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
