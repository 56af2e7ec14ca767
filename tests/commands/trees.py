"""Answers of `GET /api/admin/actors`, made up; and a client of a server that gives them."""

from __future__ import annotations

from typing import Any

from commands.admin_client import Actor, AdminClient, AdminProblem, Tree

STARTED_AT = "2026-11-20T10:00:00.000Z"


def actor(class_name: str = "SessionActor", empresa_id: int | None = 5, **other: Any) -> Actor:
    """One that has nothing to do; `cpu=` gives it a worker that takes so many percent."""
    cpu = other.pop("cpu", None)
    kind = class_name.removesuffix("Actor").lower()
    name = kind if empresa_id is None else f"{kind}-{empresa_id}"
    return {
        "urn": f"urn:uuid:{name}",
        "class": class_name,
        "name": name,
        "parent": None,
        "empresaId": empresa_id,
        "state": "connected" if class_name == "SessionActor" else "running",
        "responsive": True,
        "inbox": 0,
        "oldestMs": 0,
        "busyWith": None,
        "busyMs": 0,
        "handled": 10,
        "perSecond": 0.5,
        "p50Ms": 0.06,
        "p99Ms": 1.2,
        "startedAt": STARTED_AT,
        "uptimeMs": 3_600_000,
        "failures": 0,
        "restarts": 0,
        "restartDueAt": None,
        "lastFailure": None,
        "breaker": None,
        "pid": None,
        "link": None,
        "listeners": None,
        "worker": None if cpu is None else worker(cpu),
        **other,
    }


def worker(cpu: float, memory: int = 28 * 2**20) -> dict[str, Any]:
    return {
        "pid": 4711,
        "cpuPercent": cpu,
        "pssBytes": memory,
        "threads": 11,
        "descriptors": 25,
        "journalBacklog": 0,
        "heardMs": 1200,
    }


def tree(*actors: Actor, **other: Any) -> Tree:
    server = {"pid": 1, "cpuPercent": 3.5, "pssBytes": 2**27, "threads": 20, "descriptors": 90}
    return {"actors": list(actors), "server": server, "deadLetters": [], "abandoned": [], **other}


class MadeUp(AdminClient):
    """Answers with what `answer` is at that moment."""

    def __init__(self, answer: Tree | AdminProblem) -> None:
        super().__init__("http://made.up", None)
        self.answer = answer

    async def tree(self) -> Tree:
        if isinstance(self.answer, AdminProblem):
            raise self.answer
        return self.answer
