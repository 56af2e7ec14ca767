"""`top` in a terminal, with answers that are made up."""

from __future__ import annotations

import re

import pytest
from textual.widgets import Input

from commands.admin_client import Actor, AdminProblem
from commands.top_columns import COLUMNS
from commands.top_dialogs import Details
from tests.commands.looking import Glance, look, looking
from tests.commands.trees import MadeUp, actor, tree

IDLE = [actor(empresa_id=n, cpu=0.5 + n / 10) for n in range(1, 6)]
MANY = [actor(empresa_id=n, cpu=0.5) for n in range(1, 301)]


def empresas(glance: Glance) -> list[str]:
    return [row[0] for row in glance.rows]


async def click_title(glance: Glance, key: str) -> None:
    left = 0
    for column in COLUMNS:
        if column.key == key:
            break
        left += column.width + 1
    await glance.pilot.click("ActorList", offset=(left + 2, 0))


def test_what_an_operator_must_see_stands_at_the_top() -> None:
    async def story() -> None:
        given = [*IDLE, actor(empresa_id=17, cpu=98.0), actor(empresa_id=40, responsive=False)]
        async with looking(MadeUp(tree(*given))) as glance:
            await glance.says("1 unresponsive")
            assert empresas(glance)[:2] == ["40", "17"]
            assert glance.row(40)[2] == "unresponsive"
            assert "server: 3.50 % CPU" in glance.text
            assert "empresas: 7 (7 connected)" in glance.text

    look(story)


def test_what_changes_is_shown_at_the_next_look() -> None:
    async def story() -> None:
        client = MadeUp(tree(*IDLE))
        async with looking(client) as glance:
            await glance.until(lambda: empresas(glance) == ["1", "2", "3", "4", "5"])
            client.answer = tree(*IDLE, actor(empresa_id=9, state="failed"))
            await glance.until(lambda: empresas(glance)[0] == "9")
            client.answer = tree(*IDLE)
            await glance.until(lambda: empresas(glance) == ["1", "2", "3", "4", "5"])

    look(story)


def test_a_key_sorts_by_the_next_column_and_another_inverts() -> None:
    async def story() -> None:
        async with looking(MadeUp(tree(*reversed(IDLE)))) as glance:
            await glance.says("by attention")
            await glance.press("greater_than_sign")
            await glance.says("by empresa")
            await glance.press("greater_than_sign", "greater_than_sign", "greater_than_sign")
            await glance.says("by cpu")
            assert empresas(glance) == ["5", "4", "3", "2", "1"]
            await glance.press("i")
            await glance.says("by cpu, inverted")
            assert empresas(glance) == ["1", "2", "3", "4", "5"]
            await glance.press("less_than_sign")
            await glance.says("by state")

    look(story)


def test_a_click_on_a_title_sorts_and_a_second_one_inverts() -> None:
    async def story() -> None:
        async with looking(MadeUp(tree(*IDLE))) as glance:
            await glance.says("by attention")
            await click_title(glance, "cpu")
            await glance.says("by cpu")
            assert empresas(glance)[0] == "5"
            await click_title(glance, "cpu")
            await glance.says("by cpu, inverted")
            await click_title(glance, "listeners")
            await glance.says("by listeners")

    look(story)


def test_what_is_typed_after_a_slash_filters_and_escape_shows_all() -> None:
    async def story() -> None:
        given = [*IDLE, actor(empresa_id=3, state="stopped", name="another")]
        async with looking(MadeUp(tree(*given))) as glance:
            await glance.says("6 by attention")
            await glance.press("slash", *"3 q")
            await glance.says("0 by attention; only 3 q")
            await glance.press("backspace", *"stop")
            await glance.says("1 by attention; only 3 stop")
            assert [row[2] for row in glance.rows if row[0] == "3"] == ["stopped"]
            await glance.press("enter", "slash")
            assert glance.app.query_one(Input).value == "3 stop"
            await glance.press("escape")
            await glance.says("6 by attention")
            assert glance.app.focused is glance.app.query_one("ActorList")

    look(story)


def test_it_begins_with_the_filter_of_the_command_line() -> None:
    async def story() -> None:
        async with looking(MadeUp(tree(*IDLE)), "4 conn") as glance:
            await glance.says("1 by attention; only 4 conn")
            assert empresas(glance) == ["4"]

    look(story)


def test_details_follow_their_actor_and_say_when_it_is_gone() -> None:
    async def story() -> None:
        client = MadeUp(tree(*IDLE))
        async with looking(client) as glance:
            await glance.says("5 by attention")
            await glance.select(3)
            await glance.press("enter")
            await glance.says("SessionActor of empresa 3")
            failure = {
                "error": "RuntimeError('[red]broken')",
                "traceback": "Traceback\n  RuntimeError: [red]broken",
                "at": "2026-11-20T10:00:00.000Z",
            }
            busy = actor(empresa_id=3, busyWith="ClientReported", busyMs=900, lastFailure=failure)
            client.answer = tree(*IDLE[:2], busy)
            await glance.says("ClientReported, for 900ms")
            assert "  RuntimeError: [red]broken" in glance.text
            client.answer = tree(*IDLE[:2])
            await glance.says("it is gone")
            assert "ClientReported, for 900ms" in glance.text
            await glance.press("escape")
            await glance.until(lambda: not isinstance(glance.app.screen, Details))

    look(story)


def test_a_row_that_is_clicked_twice_is_shown_whole() -> None:
    async def story() -> None:
        async with looking(MadeUp(tree(*IDLE))) as glance:
            await glance.says("5 by attention")
            await glance.pilot.click("ActorList", offset=(3, 2), times=2)
            await glance.says("SessionActor of empresa 2")

    look(story)


def test_a_server_that_does_not_answer_is_said_with_since_when_over_what_was_seen_last() -> None:
    async def story() -> None:
        client = MadeUp(tree(*IDLE))
        async with looking(client) as glance:
            await glance.says("5 by attention")
            client.answer = AdminProblem("No server can be reached.")
            await glance.until(
                lambda: re.search(
                    r"No server can be reached\. Since \d\d:\d\d:\d\d; asked again", glance.text
                )
            )
            assert len(glance.rows) == 5
            client.answer = tree(*IDLE[:2])
            await glance.until(lambda: "No server" not in glance.text)
            assert len(glance.rows) == 2

    look(story)


def test_it_begins_without_a_server_and_goes_on_once_there_is_one() -> None:
    async def story() -> None:
        client = MadeUp(AdminProblem("No server can be reached."))
        async with looking(client) as glance:
            await glance.says("No server can be reached.")
            await glance.press("enter", "r", "down", "i", "greater_than_sign")
            client.answer = tree(*IDLE)
            await glance.says("5 by empresa")

    look(story)


def test_whom_somebody_has_selected_stays_selected_wherever_it_goes() -> None:
    async def story() -> None:
        client = MadeUp(tree(*IDLE))
        async with looking(client) as glance:
            await glance.says("5 by attention")
            await glance.select(3)
            client.answer = tree(*IDLE[:2], actor(empresa_id=3, cpu=90.0))
            await glance.until(lambda: empresas(glance)[0] == "3")
            assert selected(glance) == 3
            client.answer = tree(*IDLE[:2])
            await glance.until(lambda: len(glance.rows) == 2)
            assert selected(glance) == 1

    look(story)


def test_who_comes_to_the_top_is_selected_until_somebody_selects() -> None:
    async def story() -> None:
        client = MadeUp(tree(*IDLE))
        async with looking(client) as glance:
            await glance.says("5 by attention")
            client.answer = tree(*IDLE, actor(empresa_id=9, responsive=False))
            await glance.until(lambda: empresas(glance)[0] == "9")
            assert selected(glance) == 9

    look(story)


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (["end"], 300),
        (["end", "up"], 299),
        (["end", "home"], 1),
        (["pagedown", "pagedown", "pageup", "down"], 36),
        (["up"], 1),
    ],
)
def test_the_selected_row_is_always_in_sight(keys: list[str], found: int) -> None:
    async def story() -> None:
        async with looking(MadeUp(tree(*MANY))) as glance:
            await glance.says("300 by attention")
            await glance.press(*keys)
            await glance.until(lambda: glance.row(found))
            assert selected(glance) == found

    look(story)


def test_a_narrow_terminal_shows_the_first_columns_and_scrolls_to_the_others() -> None:
    async def story() -> None:
        async with looking(MadeUp(tree(*IDLE)), size=(60, 20)) as glance:
            await glance.says("connected")
            assert "listeners" not in glance.text
            glance.app.query_one("ActorList").scroll_to(x=500, animate=False)
            await glance.says("listeners")

    look(story)


def test_a_question_that_is_not_answered_with_yes_does_nothing() -> None:
    async def story() -> None:
        client = Recording(*IDLE)
        async with looking(client) as glance:
            await glance.says("5 by attention")
            for key in ("n", "escape", "q"):
                await glance.press("r")
                await glance.says("Restart SessionActor of empresa 1? (y/n)")
                await glance.press(key)
                await glance.until(lambda: "(y/n)" not in glance.text)
            assert client.done == []

    look(story)


def test_the_one_that_was_asked_about_is_restarted_though_another_stands_there_now() -> None:
    async def story() -> None:
        client = Recording(*IDLE)
        async with looking(client) as glance:
            await glance.says("5 by attention")
            await glance.press("r")
            await glance.says("Restart SessionActor of empresa 1? (y/n)")
            client.answer = tree(*IDLE, actor(empresa_id=9, responsive=False))
            await glance.says("1 unresponsive")
            await glance.press("y")
            await glance.says("Restart of SessionActor")
            assert client.done == [("restart", IDLE[0]["urn"])]

    look(story)


def test_a_refusal_of_what_was_asked_for_is_shown() -> None:
    async def story() -> None:
        client = Recording(*IDLE)
        client.refusal = AdminProblem("Só a sessão de uma empresa pode ser parada.")
        async with looking(client) as glance:
            await glance.says("5 by attention")
            await glance.press("s")
            await glance.says("Stop SessionActor of empresa 1? (y/n)")
            await glance.press("y")
            await glance.says("Só a sessão de uma empresa")

    look(story)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_it_ends(key: str) -> None:
    async def story() -> None:
        async with looking(MadeUp(tree(*IDLE))) as glance:
            await glance.says("5 by attention")
            await glance.press(key)
            await glance.until(lambda: not glance.app.is_running)

    look(story)


class Recording(MadeUp):
    """Keeps what was asked for."""

    refusal: AdminProblem | None = None

    def __init__(self, *actors: Actor) -> None:
        super().__init__(tree(*actors))
        self.done: list[tuple[str, str]] = []

    async def restart(self, urn: str) -> None:
        await self._do("restart", urn)

    async def stop(self, urn: str) -> None:
        await self._do("stop", urn)

    async def _do(self, what: str, urn: str) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.done.append((what, urn))


def selected(glance: Glance) -> int:
    assert glance.selected is not None
    return int(glance.selected["empresaId"])
