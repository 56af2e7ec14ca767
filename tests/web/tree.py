"""The tree of actors as an operator reads it."""

from __future__ import annotations

from typing import Any

from tests.web.served import Served

FIELDS = {
    "urn",
    "class",
    "name",
    "parent",
    "empresaId",
    "state",
    "responsive",
    "inbox",
    "oldestMs",
    "busyWith",
    "busyMs",
    "handled",
    "perSecond",
    "p50Ms",
    "p99Ms",
    "startedAt",
    "uptimeMs",
    "failures",
    "restarts",
    "restartDueAt",
    "lastFailure",
    "breaker",
    "pid",
    "link",
    "listeners",
    "worker",
}
WORKER = {
    "pid",
    "cpuPercent",
    "pssBytes",
    "threads",
    "descriptors",
    "journalBacklog",
    "heardMs",
}


def actors(served: Served, query: str = "") -> list[dict[str, Any]]:
    answer = served.get(f"/api/admin/actors{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["actors"]
    return found


def of_class(served: Served, name: str, query: str = "") -> dict[str, Any]:
    (found,) = [actor for actor in actors(served, query) if actor["class"] == name]
    return found
