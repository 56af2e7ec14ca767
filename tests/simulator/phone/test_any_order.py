"""Whatever the network does to messages within reason, each is read once and as it was written."""

from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from simulator.nodes import Jid
from simulator.phone.contents import read, text_message
from simulator.phone.errors import ReusedCounterError
from simulator.phone.phone import Phone
from simulator.records import SqliteRecords

JIDS = (Jid("2924", "lid"), Jid("2185", "lid"))
SIDES = st.sampled_from((0, 1))

LATEST = 4
"""How many other messages may overtake one: each may turn the ratchet, and five turns are kept."""

MOST_SESSIONS = 4
"""How many sessions a side may begin: ten are kept."""


@dataclass
class Letter:
    sender: int
    text: str
    kind: str
    data: bytes
    overtaken: int = 0
    was_read: bool = False


class TwoPhones(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.records = SqliteRecords(":memory:")
        self.phones = [
            Phone.create(self.records, f"55119{jid.user}", jid.user, "Nome") for jid in JIDS
        ]
        self.begun = [0, 0]
        self.written = 0
        self.letters: list[Letter] = []

    @rule(side=SIDES, anew=st.booleans())
    def write(self, side: int, *, anew: bool) -> None:
        phone, other = self.phones[side], self.phones[1 - side]
        known = phone.has_session(JIDS[1 - side])
        begins = not known or (anew and self.begun[side] < MOST_SESSIONS)
        self.begun[side] += begins
        self.written += 1
        text = f"texto {self.written}"
        bundle = other.bundle() if begins else None
        sealed = phone.encrypt(JIDS[1 - side], text_message(text), bundle)
        self.letters.append(Letter(side, text, *sealed))

    @precondition(lambda self: self.letters)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        letter = data.draw(st.sampled_from(self.letters))
        receiver = self.phones[1 - letter.sender]
        try:
            message = receiver.decrypt(JIDS[letter.sender], letter.kind, letter.data)
        except ReusedCounterError:
            assert letter.was_read
            return
        assert not letter.was_read
        assert read(message).text == letter.text
        letter.was_read = True
        self._overtake(letter)

    @precondition(lambda self: self.letters)
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        self.letters.remove(data.draw(st.sampled_from(self.letters)))

    @rule(side=SIDES)
    def restart(self, side: int) -> None:
        phone = Phone.load(self.records, self.phones[side].number)
        assert phone is not None
        self.phones[side] = phone

    def teardown(self) -> None:
        self.records.close()

    def _overtake(self, read_now: Letter) -> None:
        for letter in self.letters:
            letter.overtaken += letter.sender == read_now.sender
        self.letters = [letter for letter in self.letters if letter.overtaken <= LATEST]


TwoPhones.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
test_every_message_is_read_once_in_whatever_order_they_come = TwoPhones.TestCase
