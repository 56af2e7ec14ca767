"""The table of `top` as a widget: it formats only the rows that are in sight."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from commands.admin_client import Actor
from commands.top_columns import COLUMNS, Column
from commands.top_table import Order, aligned

_TONES = {
    "": Style(),
    "good": Style(color="green"),
    "warn": Style(color="yellow"),
    "bad": Style(color="red", bold=True),
    "quiet": Style(dim=True),
}
_TITLE = Style(bold=True, reverse=True)
_SORTED = Style(bold=True, reverse=True, underline=True)
_SELECTED = Style(reverse=True)
_WIDTH = sum(column.width + 1 for column in COLUMNS)


class ActorList(ScrollView, can_focus=True):
    """Whom it shows, and which is selected: the first one, until another is chosen.

    That one stays selected wherever it moves to. Should it be gone, its row is.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "first", show=False),
        Binding("end", "last", show=False),
        Binding("enter", "open", "details"),
    ]

    class Sorted(Message):
        """The title of a column was clicked."""

        def __init__(self, column: Column) -> None:
            super().__init__()
            self.column = column

    class Opened(Message):
        """The selected one is to be shown whole."""

    def __init__(self) -> None:
        super().__init__()
        self._actors: list[Actor] = []
        self._order = Order()
        self._selected_name: str | None = None
        """Whom somebody has chosen."""
        self._row = 0

    @property
    def selected(self) -> Actor | None:
        """None where nobody is shown."""
        return self._actors[self._row] if self._actors else None

    def show(self, actors: list[Actor], order: Order) -> None:
        """Show these. In another order than before the first of them is selected."""
        if order != self._order:
            self._order, self._row, self._selected_name = order, 0, None
            self.scroll_to(y=0, animate=False)
        rows = {actor["name"]: row for row, actor in enumerate(actors)}
        self._actors = actors
        self._row = max(0, min(rows.get(self._selected_name, self._row), len(actors) - 1))
        self.virtual_size = Size(_WIDTH, len(actors) + 1)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line of titles stays; the others scroll."""
        scrolled_x, scrolled_y = self.scroll_offset
        row = y - 1 + scrolled_y
        if y == 0:
            segments = self._titles()
        elif row < len(self._actors):
            segments = self._cells(row)
        else:
            segments = []
        strip = Strip(segments).crop_extend(scrolled_x, scrolled_x + self.size.width, None)
        return strip.apply_style(self.rich_style)

    def action_move(self, rows: int) -> None:
        """Select another, so many rows down."""
        if not self._actors:
            return
        self._row = max(0, min(self._row + rows, len(self._actors) - 1))
        self._selected_name = self._actors[self._row]["name"]
        self.refresh()
        self.call_after_refresh(self._scroll_to_selected)

    def action_page(self, pages: int) -> None:
        """Select another, so many screens down."""
        self.action_move(pages * max(1, self.size.height - 1))

    def action_first(self) -> None:
        """Select the first one."""
        self.action_move(-len(self._actors))

    def action_last(self) -> None:
        """Select the last one."""
        self.action_move(len(self._actors))

    def action_open(self) -> None:
        """Have the selected one shown whole."""
        if self.selected is not None:
            self.post_message(self.Opened())

    def on_click(self, event: events.Click) -> None:
        """A title sorts, a row is selected; clicked twice it is opened."""
        if event.y == 0:
            column = _column_at(event.x + self.scroll_offset.x)
            if column is not None:
                self.post_message(self.Sorted(column))
            return
        row = event.y - 1 + self.scroll_offset.y
        if row < len(self._actors):
            self.action_move(row - self._row)
            if event.chain > 1:
                self.action_open()

    def _scroll_to_selected(self) -> None:
        # Two lines: the titles cover the first one of what is in sight.
        self.scroll_to_region(Region(self.scroll_offset.x, self._row, 1, 2), animate=False)

    def _titles(self) -> list[Segment]:
        segments = []
        for column in COLUMNS:
            style = _SORTED if column.key == self._order.key else _TITLE
            segments += [Segment(aligned(column, column.title), style), Segment(" ", _TITLE)]
        return segments

    def _cells(self, row: int) -> list[Segment]:
        actor, segments = self._actors[row], []
        is_selected = row == self._row
        for column in COLUMNS:
            style = _TONES[column.tone(actor)]
            text = aligned(column, column.text(actor)) + " "
            segments.append(Segment(text, style + _SELECTED if is_selected else style))
        return segments


def _column_at(x: int) -> Column | None:
    left = 0
    for column in COLUMNS:
        left += column.width + 1
        if x < left:
            return column
    return None
