from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persistence import empresas, ledger
from persistence.database import Database
from persistence.keys import LONGEST, stored_key
from persistence.values import NewEvent
from tests.persistence.test_retention import NOW


@pytest.mark.parametrize("key", ["with \x00 in it", "half a \ud800 pair", "long" * 1000, "ação 🚗"])
def test_whatever_id_a_stranger_chooses_his_message_is_stored_once(
    database: Database, key: str
) -> None:
    writer = database.writer()
    for expected in (1, 0):
        with writer.transaction() as connection:
            heads = empresas.ensure(connection, [5])
            done = ledger.append(connection, heads, {5: [NewEvent("message", NOW, {}, key)]})
            assert len(done.get(5, ())) == expected
    writer.close()


@given(st.text())
def test_a_stored_key_is_short_text_without_a_nul(key: str) -> None:
    stored = stored_key(key)
    assert stored is not None
    assert len(stored.encode()) <= LONGEST
    assert "\0" not in stored
    assert stored == key or stored.startswith("sha256:")
