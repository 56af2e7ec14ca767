"""The secrets of one account's phone, as they are remembered."""

import json
import secrets
import time
from dataclasses import asdict, dataclass
from typing import Any

from simulator import curve
from simulator.curve import KeyPair
from simulator.phone.app_state_keys import AppStateKey
from simulator.phone.bundle import Bundle
from simulator.phone.key_agreement import OwnKeys
from simulator.phone.signal_messages import with_type

_LONGEST_REGISTRATION_ID = 1 << 14
_SIGNED_PREKEY_ID = 1


@dataclass(frozen=True)
class Credentials:
    """What a phone makes when its account is created; only name and key index change later."""

    number: str
    lid: str
    name: str
    keys: OwnKeys
    signature: bytes
    """The identity's, over the signed prekey with its type."""

    app_state_key: AppStateKey
    raw_id: int
    last_key_index: int = 0
    """That of the companion linked last."""

    @classmethod
    def generate(cls, number: str, lid: str, name: str) -> "Credentials":
        """Make those of a new account."""
        identity, prekey = curve.generate(), curve.generate()
        registration_id = 1 + secrets.randbelow(_LONGEST_REGISTRATION_ID - 1)
        return cls(
            number,
            lid,
            name,
            OwnKeys(registration_id, identity, _SIGNED_PREKEY_ID, prekey),
            identity.sign(with_type(prekey.public)),
            AppStateKey(secrets.token_bytes(6), secrets.token_bytes(32), int(time.time())),
            raw_id=secrets.randbits(31),
        )

    def bundle(self) -> Bundle:
        """Return the public side, for those who want to write to the phone."""
        return Bundle(
            self.keys.registration_id,
            self.keys.identity.public,
            self.keys.signed_prekey_id,
            self.keys.signed_prekey.public,
            self.signature,
        )

    def dump(self) -> bytes:
        """Return what `load` makes the same credentials from."""
        return json.dumps(asdict(self), default=bytes.hex).encode()

    @classmethod
    def load(cls, data: bytes) -> "Credentials":
        """Return the credentials that were dumped."""
        read: dict[str, Any] = json.loads(data)
        keys, app_state_key = read["keys"], read["app_state_key"]
        for name in ("identity", "signed_prekey"):
            keys[name] = KeyPair(**{k: bytes.fromhex(v) for k, v in keys[name].items()})
        for name in ("id", "data"):
            app_state_key[name] = bytes.fromhex(app_state_key[name])
        read["keys"], read["app_state_key"] = OwnKeys(**keys), AppStateKey(**app_state_key)
        read["signature"] = bytes.fromhex(read["signature"])
        return cls(**read)
