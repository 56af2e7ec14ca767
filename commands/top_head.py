"""What stands above and below the table of `top`: how the server fares, what fails, the filter."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from commands.admin_client import Tree
from commands.top_summary import is_troubled, summary


class Head(Static):
    """The server in three lines; the last in red where something hangs. Then what is shown."""

    def show(self, tree: Tree, shown: str) -> None:
        """As the server has just answered."""
        process, empresas, troubles = summary(tree)
        tone = "bold red" if is_troubled(tree) else ""
        lines = (f"{process}\n{empresas}\n", (troubles, tone), f"\n{shown}")
        self.update(Content.assemble(*lines))


class Failure(Static):
    """Why there is no answer, since when; not to be seen while there is one."""

    DEFAULT_CSS = """
    Failure { display: none; height: auto; background: $error; color: $text; }
    Failure.failing { display: block; }
    """

    since: datetime | None = None
    """When the first of these questions failed; None: the last one did not."""

    def show(self, sentence: str, every: float) -> None:
        """It failed, or failed again."""
        self.since = self.since or datetime.now().astimezone()
        self.update(
            Content(f"{sentence} Since {self.since:%H:%M:%S}; asked again every {every:g} s.")
        )
        self.add_class("failing")

    def end(self) -> None:
        """There was an answer."""
        self.since = None
        self.remove_class("failing")


class FilterInput(Input):
    """Words that choose the actors, while they are typed; Escape takes all back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "give_up", "show all")]
    DEFAULT_CSS = """
    FilterInput { display: none; }
    FilterInput.open { display: block; }
    """

    def begin(self) -> None:
        """Let somebody type."""
        self.add_class("open")
        self.focus()

    def end(self) -> None:
        """What was typed stays."""
        self.remove_class("open")

    async def action_give_up(self) -> None:
        """Everything is shown again."""
        self.value = ""
        await self.action_submit()
