from collections.abc import Iterator

import pytest

from simulator.phone.phone import Phone
from simulator.records import SqliteRecords
from tests.simulator.phone.talk import ANA, BIA


@pytest.fixture
def records() -> Iterator[SqliteRecords]:
    kept = SqliteRecords(":memory:")
    yield kept
    kept.close()


@pytest.fixture
def ana(records: SqliteRecords) -> Phone:
    return Phone.create(records, "5511911111111", ANA.user, "Ana")


@pytest.fixture
def bia(records: SqliteRecords) -> Phone:
    return Phone.create(records, "5511922222222", BIA.user, "Bia")
