import zlib

import pytest

from simulator import curve
from simulator.nodes import Jid
from simulator.phone.bundle import Bundle
from simulator.phone.errors import BadBundleError
from simulator.phone.padding import unpad
from simulator.phone.phone import PeerMessage, Phone
from simulator.phone.primitives import hkdf
from simulator.phone.protobufs import HistorySync, Message, ProtocolMessage
from simulator.phone.ratchet import Ratchet
from simulator.phone.signal_messages import PrekeyMessage, ReceivedMessage, with_type
from simulator.records import SqliteRecords

DEVICE = Jid("2924", "lid", 1)


class LinkedDevice:
    """A companion with one one-time prekey, as far as it is needed to read its first messages."""

    def __init__(self) -> None:
        self.identity, self.signed, self.one_time = (curve.generate() for _ in range(3))
        self.ratchet: Ratchet | None = None

    def bundle(self) -> Bundle:
        signature = self.identity.sign(with_type(self.signed.public))
        keys = self.identity.public, 1, self.signed.public, signature
        return Bundle(77, *keys, 9, self.one_time.public)

    def read(self, peer: PeerMessage) -> Message:
        opening = PrekeyMessage.parse(peer.ciphertext)
        assert (opening.signed_prekey_id, opening.prekey_id) == (1, 9)
        if self.ratchet is None:
            self.ratchet = self._respond(opening)
        received = ReceivedMessage.parse(opening.message)
        return Message.FromString(unpad(self.ratchet.open(self.identity.public, received)))

    def _respond(self, opening: PrekeyMessage) -> Ratchet:
        secrets = [
            self.signed.dh(opening.identity),
            self.identity.dh(opening.base_key),
            self.signed.dh(opening.base_key),
            self.one_time.dh(opening.base_key),
        ]
        keys = hkdf(b"", b"\xff" * 32 + b"".join(secrets), b"WhisperText", 64)
        return Ratchet(opening.identity, opening.base_key, keys[:32], self.signed, keys[32:])


@pytest.fixture
def phone() -> Phone:
    return Phone.create(SqliteRecords(":memory:"), "5511987654321", "2924", "Ana")


def test_a_new_device_hears_the_key_an_empty_history_and_the_push_name(phone: Phone) -> None:
    device = LinkedDevice()
    greeting = phone.greet(DEVICE, device.bundle())
    assert [peer.kind for peer in greeting] == ["pkmsg"] * 3
    assert len({peer.id for peer in greeting}) == 3
    share, *histories = (device.read(peer).protocolMessage for peer in greeting)
    assert share.type == ProtocolMessage.APP_STATE_SYNC_KEY_SHARE
    (key,) = share.appStateSyncKeyShare.keys
    expected = phone.app_state.key
    assert (key.keyID.keyID, key.keyData.keyData) == (expected.id, expected.data)
    assert list(key.keyData.fingerprint.deviceIndexes) == [0]
    synced = []
    for history in histories:
        notification = history.historySyncNotification
        assert notification.HasField("syncType")
        payload = zlib.decompress(notification.initialHistBootstrapInlinePayload)
        synced.append(HistorySync.FromString(payload))
        assert synced[-1].syncType == notification.syncType
    kinds = [sync.syncType for sync in synced]
    assert kinds == [HistorySync.INITIAL_BOOTSTRAP, HistorySync.PUSH_NAME]
    assert [(name.ID, name.pushname) for name in synced[1].pushnames] == [
        ("5511987654321@s.whatsapp.net", "Ana")
    ]


def test_a_device_that_asks_for_the_key_gets_it_again_and_other_messages_no_answer(
    phone: Phone,
) -> None:
    device = LinkedDevice()
    phone.greet(DEVICE, device.bundle())
    request = Message()
    request.protocolMessage.type = ProtocolMessage.APP_STATE_SYNC_KEY_REQUEST
    request.protocolMessage.appStateSyncKeyRequest.keyIDs.add(keyID=b"\x01")
    (answer,) = phone.answer_peer(DEVICE, request)
    (key,) = device.read(answer).protocolMessage.appStateSyncKeyShare.keys
    assert key.keyData.keyData == phone.app_state.key.data
    assert phone.answer_peer(DEVICE, Message(conversation="oi")) == []


def test_a_device_with_a_bad_bundle_is_not_greeted(phone: Phone) -> None:
    bundle = LinkedDevice().bundle()
    bad = Bundle(77, bundle.identity, 1, bundle.signed_prekey, bytes(64), 9, bundle.prekey)
    with pytest.raises(BadBundleError):
        phone.greet(DEVICE, bad)
    assert not phone.has_session(DEVICE)
