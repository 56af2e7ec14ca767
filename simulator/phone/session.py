"""All that a phone knows of its Signal session with one device: the present state and older ones.

Two devices that write to one another at the same time for the first time begin two sessions; the
older states let both sides read what was encrypted with either.
"""

import copy
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from simulator.curve import KeyPair
from simulator.phone.errors import DecryptError, NoSessionError, ReusedCounterError
from simulator.phone.key_agreement import OwnKeys, respond
from simulator.phone.ratchet import Chain, Opening, Ratchet
from simulator.phone.signal_messages import PrekeyMessage, ReceivedMessage

STATES_KEPT = 10


@dataclass
class Session:
    """The states shared with one device, the present one first."""

    states: list[Ratchet] = field(default_factory=list)

    def begin(self, state: Ratchet) -> None:
        """Go on with this state; those of another identity are forgotten, the rest kept."""
        older = [old for old in self.states if old.their_identity == state.their_identity]
        self.states = [state, *(old for old in older if old is not state)][:STATES_KEPT]

    def seal(self, own: OwnKeys, text: bytes) -> tuple[str, bytes]:
        """Encrypt with the present state; return ("pkmsg" or "msg", ciphertext)."""
        if not self.states:
            raise NoSessionError("there is no session with this device")
        state = self.states[0]
        message = state.seal(own.identity.public, text)
        if state.opening is None:
            return "msg", message
        opening = PrekeyMessage(
            own.registration_id,
            state.opening.prekey_id,
            state.opening.signed_prekey_id,
            state.base_key,
            own.identity.public,
            message,
        )
        return "pkmsg", opening.encode()

    def open(self, own: OwnKeys, data: bytes) -> bytes:
        """Decrypt a `msg` with whichever state it fits; nothing changes if none does."""
        if not self.states:
            raise NoSessionError("there is no session with this device")
        message = ReceivedMessage.parse(data)
        errors = []
        for index, state in enumerate(self.states):
            attempt = copy.deepcopy(state)
            try:
                text = attempt.open(own.identity.public, message)
            except DecryptError as error:
                errors.append(error)
                continue
            self.states[index] = attempt
            self.begin(attempt)
            return text
        raise next((one for one in errors if isinstance(one, ReusedCounterError)), errors[0])

    def open_first(self, own: OwnKeys, opening: PrekeyMessage) -> bytes:
        """Decrypt a `pkmsg`; nothing changes if that fails."""
        for state in self.states:
            if (state.base_key, state.their_identity) == (opening.base_key, opening.identity):
                return self.open(own, opening.message)
        state = respond(own, opening)
        text = state.open(own.identity.public, ReceivedMessage.parse(opening.message))
        self.begin(state)
        return text

    def dump(self) -> bytes:
        """Return what `load` makes the same session from."""
        return json.dumps([asdict(state) for state in self.states], default=bytes.hex).encode()

    @classmethod
    def load(cls, data: bytes) -> "Session":
        """Return the session that was dumped."""
        return cls([_load_state(state) for state in json.loads(data)])


def _load_state(state: dict[str, Any]) -> Ratchet:
    binary = ("their_identity", "base_key", "root", "sending_chain")
    return Ratchet(
        **{name: bytes.fromhex(state[name]) for name in binary},
        own_key=KeyPair(**{name: bytes.fromhex(key) for name, key in state["own_key"].items()}),
        sent=state["sent"],
        previous_sent=state["previous_sent"],
        receiving=[_load_chain(chain) for chain in state["receiving"]],
        opening=Opening(**state["opening"]) if state["opening"] else None,
    )


def _load_chain(chain: dict[str, Any]) -> Chain:
    skipped = {int(counter): bytes.fromhex(seed) for counter, seed in chain["skipped"].items()}
    keys = bytes.fromhex(chain["ratchet_key"]), bytes.fromhex(chain["key"])
    return Chain(*keys, chain["index"], skipped)
