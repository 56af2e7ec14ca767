"""One simulated account's phone: its device 0.

Everything that it remembers goes through `Records`; a Phone made again from the same records goes
on where the last one was. All methods are synchronous and belong to one thread; devices are
addressed by LID (`Jid("2924…", "lid", device)`), anything else is a ValueError. Errors are those
of `simulator.phone.errors`.

    phone = Phone.create(records, number="5511…", lid="2924…", name="Ana")   # once
    phone = Phone.load(records, number="5511…")                       # None if never created

Linking a device
    qr = adv.parse_qr(text)                            # or, by code: attempt.finish's adv secret
    grant = phone.authorise(qr.identity_public, qr.adv_secret)
        grant.signed_identity is the content of <device-identity> in pair-success
        grant.complete(answer) is what goes, unchanged, into <device-identity> of that device's
        bundles and messages
    attempt = phone.enter_code(code, wrapped_companion_ephemeral)
        attempt.wrapped_ephemeral goes into primary_hello, beside phone.identity.public
        attempt.finish(wrapped_key_bundle, companion_identity) is the adv secret
    phone.greet(device, bundle)                        # the three peer messages, in order

Messages (`simulator.phone.contents` builds and reads them)
    kind, ciphertext = phone.encrypt(device, message, bundle if there is no session yet)
    message = phone.decrypt(device, kind, ciphertext, identity)
        Each DecryptError asks for a retry receipt with phone.registration_id and phone.bundle();
        error.kind is what to count it as. A ReusedCounterError for a stanza id that was read
        before is a doubled stanza: a plain receipt.

Groups: each device is told the sender key once (`encrypt` of `group_keys.with_key`), then
    ciphertext = phone.group_keys.encrypt(group, message)          # one for all, a "skmsg"
    phone.group_keys.learn(group, author, message)                 # of each message decrypted
    message = phone.group_keys.decrypt(group, author, ciphertext)

App state (the server's side too, as patches can only be checked with the account's key)
    phone.app_state.collection(name, after_version)
    phone.app_state.accept(name, base_version, patch)  # StalePatchError: 409; AppStateError: 400
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from simulator.curve import KeyPair
from simulator.nodes import LID_SERVER, Jid
from simulator.phone import adv, contents, greeting, link_code
from simulator.phone.app_state import AppState
from simulator.phone.bundle import Bundle
from simulator.phone.credentials import Credentials
from simulator.phone.errors import BadIdentityError, MalformedMessageError
from simulator.phone.group_keys import GroupKeys
from simulator.phone.key_agreement import initiate
from simulator.phone.padding import pad, unpad
from simulator.phone.past import Past
from simulator.phone.protobufs import Message, SyncActionData
from simulator.phone.session import Session
from simulator.phone.signal_messages import PrekeyMessage
from simulator.records import Records

_KIND = "phone"
_SESSION_KIND = "phone-session"


@dataclass(frozen=True)
class PeerMessage:
    """A message (`category="peer"`) by which a phone speaks to one of its own devices."""

    id: str
    kind: str
    """The `type` of its `enc`: pkmsg or msg."""

    ciphertext: bytes


class Phone:
    """One account's phone; see the module's text for how the server uses it."""

    def __init__(self, records: Records, credentials: Credentials) -> None:
        self._records = records
        self._credentials = credentials
        self.group_keys = GroupKeys(records, credentials.lid)
        self.past = Past(records, credentials.number)
        self.app_state = AppState(
            records, credentials.lid, credentials.app_state_key, self._on_app_state
        )

    @classmethod
    def create(cls, records: Records, number: str, lid: str, name: str) -> "Phone":
        """Make the phone of a new account; its app state holds the push name."""
        phone = cls(records, Credentials.generate(number, lid, name))
        with records.transaction():
            phone._remember(phone._credentials)
            phone.app_state.set_push_name(name, _now_ms())
        return phone

    @classmethod
    def load(cls, records: Records, number: str) -> "Phone | None":
        """Return the phone of an account that was created before, else None."""
        stored = records.get(_KIND, number)
        return None if stored is None else cls(records, Credentials.load(stored))

    @property
    def number(self) -> str:
        """The phone number, as the user of its JID."""
        return self._credentials.number

    @property
    def lid(self) -> str:
        """The opaque id, as the user of its JID."""
        return self._credentials.lid

    @property
    def name(self) -> str:
        """The push name."""
        return self._credentials.name

    @property
    def identity(self) -> KeyPair:
        """The key that stands for the account."""
        return self._credentials.keys.identity

    @property
    def registration_id(self) -> int:
        """The number of this installation."""
        return self._credentials.keys.registration_id

    def bundle(self) -> Bundle:
        """Return the phone's prekey bundle, which has no one-time key."""
        return self._credentials.bundle()

    def rename(self, name: str) -> int:
        """Change the push name; return the new version of the app state's `critical_block`."""
        with self._records.transaction():
            self._remember(replace(self._credentials, name=name))
            return self.app_state.set_push_name(name, _now_ms())

    def authorise(self, companion_identity: bytes, adv_secret: bytes) -> adv.Grant:
        """Consent to a companion that was scanned, or that proved to know the code typed."""
        index = self._credentials.last_key_index + 1
        self._remember(replace(self._credentials, last_key_index=index))
        account = adv.Account(self.identity, self._credentials.raw_id)
        return adv.grant(account, companion_identity, adv_secret, index, int(time.time()))

    def enter_code(self, code: str, wrapped_companion_ephemeral: bytes) -> link_code.Attempt:
        """Type a pairing code: see `link_code.enter`."""
        return link_code.enter(self.identity, code, wrapped_companion_ephemeral)

    def greet(self, device: Jid, bundle: Bundle) -> list[PeerMessage]:
        """Return what tells a new device the app state's key, its history and the push name."""
        credentials = self._credentials
        messages = [
            greeting.key_share(credentials.app_state_key, credentials.raw_id),
            greeting.history(self.past.sync()),
            greeting.push_names({f"{self.number}@s.whatsapp.net": self.name}),
        ]
        with self._records.transaction():
            with self._session(device) as session:
                session.begin(initiate(credentials.keys, bundle))
            return [self._to_peer(device, message) for message in messages]

    def answer_peer(self, device: Jid, message: Message) -> list[PeerMessage]:
        """Return the answers to a peer message of one's own device: a key, if it asks for one."""
        if not greeting.asks_for_keys(message):
            return []
        credentials = self._credentials
        share = greeting.key_share(credentials.app_state_key, credentials.raw_id)
        return [self._to_peer(device, share)]

    def forget_device(self, device: Jid) -> None:
        """Forget the session with a device that was removed."""
        self._records.delete(_SESSION_KIND, self._session_key(device))

    def has_session(self, device: Jid) -> bool:
        """Tell whether `encrypt` needs no bundle for this device."""
        return self._records.get(_SESSION_KIND, self._session_key(device)) is not None

    def encrypt(
        self, device: Jid, message: Message, bundle: Bundle | None = None
    ) -> tuple[str, bytes]:
        """Encrypt for one device; return ("pkmsg" or "msg", ciphertext).

        A bundle starts a new session. Raise NoSessionError without either, and BadBundleError.
        """
        with self._session(device) as session:
            if bundle is not None:
                session.begin(initiate(self._credentials.keys, bundle))
            return session.seal(self._credentials.keys, pad(message.SerializeToString()))

    def decrypt(
        self, device: Jid, kind: str, ciphertext: bytes, identity: bytes | None = None
    ) -> Message:
        """Decrypt what a device sent; raise a DecryptError if that can't be done.

        With the identity that the server knows of that device, a `pkmsg` of another is refused.
        A refused message changes nothing, but for one whose padding or content is bad: its key is
        used up, as it was authentic.
        """
        keys = self._credentials.keys
        with self._session(device) as session:
            if kind == "pkmsg":
                opening = PrekeyMessage.parse(ciphertext)
                if identity is not None and opening.identity != identity:
                    raise BadIdentityError(
                        "the message comes from another identity than its device has"
                    )
                text = session.open_first(keys, opening)
            elif kind == "msg":
                text = session.open(keys, ciphertext)
            else:
                raise MalformedMessageError(f"a phone reads no {kind!r} from a device")
        return contents.parse(unpad(text))

    @contextmanager
    def _session(self, device: Jid) -> Iterator[Session]:
        """Lend the session with a device; what was done to it is kept if no error is raised."""
        key = self._session_key(device)
        stored = self._records.get(_SESSION_KIND, key)
        session = Session() if stored is None else Session.load(stored)
        yield session
        self._records.put(_SESSION_KIND, key, session.dump())

    def _to_peer(self, device: Jid, message: Message) -> PeerMessage:
        return PeerMessage(contents.new_id(), *self.encrypt(device, message))

    def _on_app_state(self, action: SyncActionData) -> None:
        if action.value.HasField("pushNameSetting"):
            self._remember(replace(self._credentials, name=action.value.pushNameSetting.name))

    def _remember(self, credentials: Credentials) -> None:
        self._records.put(_KIND, credentials.number, credentials.dump())
        self._credentials = credentials

    def _session_key(self, device: Jid) -> str:
        if device.server != LID_SERVER:
            raise ValueError(f"sessions are kept by LID, not with {device}")
        return f"{self.lid} {device}"


def _now_ms() -> int:
    return int(time.time() * 1000)
