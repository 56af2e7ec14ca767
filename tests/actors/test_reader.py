from __future__ import annotations

from typing import Any

import pytest
from pykka import ActorRef

from actors import messages as m
from actors.errors import EmpresaNotFound, Unavailable
from actors.reply import ask_blocking
from tests.actors.archiving import AT, Archiving, new


def test_a_page_shows_what_was_published(archiving: Archiving, reader: ActorRef[Any]) -> None:
    archiving.subscribe(5)
    archiving.record(5, new("a", 1, text="oi 🚗"), new("b", 2), new("c", 3))
    head = archiving.broadcast.next(m.LedgerHead)
    told = archiving.broadcast.next(m.EventsPublished).events
    page = ask_blocking(reader, m.EventsAfter(5, 0, 2))
    assert page == m.EventPage(told[:2], 2, m.LedgerHead(5, head.ledger_id, 3))
    assert ask_blocking(reader, m.EventsAfter(5, page.next, 2)).events == told[2:]
    assert ask_blocking(reader, m.EventsAfter(5, 0, 9, frozenset({"status"}))).events == ()
    assert ask_blocking(reader, m.LedgerHeadOf(5)) == page.head


def test_an_unknown_empresa_is_refused(reader: ActorRef[Any]) -> None:
    for question in (m.EventsAfter(5, 0, 10), m.LedgerHeadOf(5)):
        with pytest.raises(EmpresaNotFound):
            ask_blocking(reader, question)


def test_all_empresas_are_there_with_what_they_want(
    archiving: Archiving, reader: ActorRef[Any]
) -> None:
    assert ask_blocking(reader, m.StoredEmpresas()) == ()
    status = m.StoredStatus(6, "banned", None, AT, "+5511999999999", AT)
    archiving.record(6, status=status)
    archiving.ask(m.SetWanted(5, wanted=True))
    assert ask_blocking(reader, m.StoredEmpresas()) == (
        m.StoredEmpresa(5, wanted=True, status=None),
        m.StoredEmpresa(6, wanted=False, status=status),
    )


def test_it_reads_while_another_program_writes(archiving: Archiving, reader: ActorRef[Any]) -> None:
    archiving.ask(m.SetWanted(5, wanted=True))
    with archiving.site.locked():
        assert ask_blocking(reader, m.LedgerHeadOf(5)).last_seq == 0


def test_a_database_that_is_gone_is_a_refusal_and_it_reads_on_when_it_is_back(
    archiving: Archiving, reader: ActorRef[Any]
) -> None:
    archiving.ask(m.SetWanted(5, wanted=True))
    with archiving.site.gone(), pytest.raises(Unavailable):
        ask_blocking(reader, m.StoredEmpresas())
    assert len(ask_blocking(reader, m.StoredEmpresas())) == 1
