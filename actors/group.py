"""The messages of one transaction, by what they ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import compress

from actors.answering import ChooseHandler, ChosenHandler, HandlerStep, TakeHandlerStep
from actors.backlog import Wish
from actors.bulk import AcceptedJob, AcceptJob, ChangedJob, ChangeJob, JobChange, NewJob
from actors.errors import (
    EmpresaNotFound,
    IdempotencyKeyReused,
    JobNotChangeable,
    JobNotFound,
    Refusal,
)
from actors.incoming import ChangeMedia, MediaStep
from actors.messages import (
    BeginErasure,
    EraseMore,
    LedgerHead,
    NewEvent,
    RecordEvents,
    SetWanted,
    StoredStatus,
)
from actors.outgoing import (
    Accepted,
    AcceptMessage,
    Change,
    ChangeMessages,
    NewOutgoing,
    PaceState,
    Profile,
    PutProfile,
)
from actors.reading import ForgetReads, MarkRead
from actors.reply import Refused


class Group:
    """Sorted, in the order of the messages; `answers` by their places."""

    def __init__(self, messages: Sequence[RecordEvents | Wish]) -> None:
        self.items: dict[int, list[NewEvent | Change]] = {}
        """Of each empresa that is known, or is to be made."""
        self.wanted: dict[int, bool] = {}
        self.statuses: list[StoredStatus] = []
        self.begun: list[int] = []
        self.erasing: dict[int, int] = {}
        self.answers: dict[int, object] = {}
        self.accepting: dict[int, NewOutgoing] = {}
        self.jobs: dict[int, NewJob | JobChange] = {}
        self.paces: dict[int, PaceState] = {}
        """Of known empresas, from `known` on; and so the next."""
        self.profiles: dict[int, Profile] = {}
        self._profiles: dict[int, PutProfile] = {}
        self.read: list[tuple[int, str, str]] = []
        """Conversations that the shop has read: empresa, own number, chat."""
        self.to_tell: list[tuple[int, str, str]] = []
        """Those of them of which WhatsApp is to be told."""
        self.told: dict[int, list[int]] = {}
        """The events of messages of which it was, by empresa."""
        self.steps: dict[int, HandlerStep] = {}
        self._choices: dict[int, ChooseHandler] = {}
        self.media: list[MediaStep] = []
        """What became of attempts to fetch files."""
        self._changes: dict[int, ChangeMessages] = {}
        self._places: dict[int, int] = {}
        """Where the changes of a message begin among its empresa's items."""
        for place, message in enumerate(messages):
            self._sort(place, message)

    def _sort(self, place: int, message: RecordEvents | Wish) -> None:
        match message:
            case SetWanted(empresa_id, value):
                self.items.setdefault(empresa_id, [])
                self.wanted[empresa_id] = value
            case RecordEvents(empresa_id, new, status):
                self.items.setdefault(empresa_id, []).extend(new)
                self.statuses += [status] if status is not None else []
            case BeginErasure(empresa_id):
                self.begun.append(empresa_id)
            case EraseMore(empresa_id):
                self.erasing[place] = empresa_id
            case _:
                self._sort_wish(place, message)

    def _sort_wish(self, place: int, message: Wish) -> None:
        match message:
            case AcceptMessage():
                self.accepting[place] = message.new
            case AcceptJob(wish) | ChangeJob(wish):
                self.jobs[place] = wish
            case ChangeMessages():
                self._changes[place] = message
            case PutProfile():
                self._profiles[place] = message
            case MarkRead(empresa_id, number, chat, is_to_be_told):
                self.read.append((empresa_id, number, chat))
                self.to_tell += [(empresa_id, number, chat)] if is_to_be_told else []
            case ForgetReads(empresa_id, seqs):
                self.told.setdefault(empresa_id, []).extend(seqs)
            case ChooseHandler():
                self._choices[place] = message
            case TakeHandlerStep():
                self.steps[place] = message.step
            case ChangeMedia(step):
                self.media.append(step)

    def others(self) -> set[int]:
        """The empresas that must be known for what is asked, and are not made for it."""
        ids = {each.empresa_id for each in self.accepting.values()}
        ids |= {each.empresa_id for each in self.jobs.values()}
        ids |= {each.empresa_id for each in self._changes.values()}
        ids |= {each.empresa_id for each in self._profiles.values()}
        ids |= {each.empresa_id for each in self._choices.values()}
        ids |= {each.empresa_id for each in self.steps.values()}
        ids |= {each.empresa_id for each in self.media}
        return ids - self.items.keys()

    def known_jobs(
        self, done: Mapping[int, tuple[AcceptedJob | ChangedJob, NewEvent | None]]
    ) -> None:
        """Put what jobs have to tell with the rest; nothing is done of unknown empresas."""
        for place, wish in self.jobs.items():
            if place not in done:
                self.answers[place] = Refused(EmpresaNotFound())
                continue
            answer, event = done[place]
            self.answers[place] = _answer_of_job(answer)
            if event is not None:
                self.items.setdefault(wish.empresa_id, []).append(event)

    def known_choices(self, heads: Mapping[int, LedgerHead]) -> dict[int, ChosenHandler | None]:
        """The last choice of each empresa that is known; the others are refused."""
        for place, message in self._choices.items():
            if message.empresa_id not in heads:
                self.answers[place] = Refused(EmpresaNotFound())
        choices = self._choices.values()
        return {each.empresa_id: each.chosen for each in choices if each.empresa_id in heads}

    def known(
        self,
        heads: Mapping[int, LedgerHead],
        accepted: Mapping[int, tuple[Accepted, NewEvent | None]],
        taken: Mapping[int, Sequence[NewEvent]],
    ) -> None:
        """Put what was accepted, the handlers' steps and the changes of others with the rest.

        Of empresas without a head nothing is done: they were erased, or never were.
        """
        for place, new in self.accepting.items():
            if place not in accepted:
                self.answers[place] = Refused(EmpresaNotFound())
                continue
            answer, event = accepted[place]
            self.answers[place] = _answer(answer)
            if event is not None:
                self.items.setdefault(new.empresa_id, []).append(event)
        self._take(taken)
        for place, message in self._changes.items():
            if message.empresa_id in heads:
                items = self.items.setdefault(message.empresa_id, [])
                self._places[place] = len(items)
                items.extend(message.changes)
                if message.pace is not None:
                    self.paces[message.empresa_id] = message.pace
        for place, put in self._profiles.items():
            if put.empresa_id in heads:
                self.profiles[put.empresa_id] = put.profile
            else:
                self.answers[place] = Refused(EmpresaNotFound())

    def _take(self, taken: Mapping[int, Sequence[NewEvent]]) -> None:
        for place, step in self.steps.items():
            self.answers[place] = place in taken
            if place in taken:
                self.items.setdefault(step.empresa_id, []).extend(taken[place])

    def add(self, events: Mapping[int, Sequence[NewEvent]]) -> None:
        """Put what follows from other things with the rest; after `known`."""
        for empresa_id, new in events.items():
            self.items.setdefault(empresa_id, []).extend(new)

    def done(self, gone: frozenset[int], taken: Mapping[int, Sequence[bool]]) -> None:
        """Of the empresas `gone` nothing is left; of each other's items these were taken."""
        for place, empresa_id in self.erasing.items():
            self.answers[place] = empresa_id in gone
        for place, message in self._changes.items():
            first = self._places.get(place)
            kept = () if first is None else taken[message.empresa_id][first:]
            self.answers[place] = tuple(compress(message.changes, kept))


def _answer(accepted: Accepted) -> Accepted | Refused:
    return accepted if accepted.is_same else Refused(IdempotencyKeyReused(id=accepted.id))


def _answer_of_job(done: AcceptedJob | ChangedJob) -> object:
    refusal: Refusal | None = None
    if isinstance(done, AcceptedJob):
        refusal = None if done.is_same else IdempotencyKeyReused(id=done.id)
    elif done.job is None:
        refusal = JobNotFound()
    elif not done.is_taken:
        refusal = JobNotChangeable(state=done.job.state)
    return done if refusal is None else Refused(refusal)
