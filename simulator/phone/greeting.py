"""The peer messages by which a phone tells a new companion what it needs to know."""

import zlib
from collections.abc import Mapping

from simulator.phone.app_state_keys import AppStateKey
from simulator.phone.protobufs import HistorySync, Message, ProtocolMessage


def key_share(key: AppStateKey, raw_id: int) -> Message:
    """Hand over the key of the app state."""
    message = Message()
    protocol = message.protocolMessage
    protocol.type = ProtocolMessage.APP_STATE_SYNC_KEY_SHARE
    shared = protocol.appStateSyncKeyShare.keys.add()
    shared.keyID.keyID = key.id
    shared.keyData.keyData = key.data
    shared.keyData.timestamp = key.timestamp
    shared.keyData.fingerprint.rawID = raw_id
    shared.keyData.fingerprint.currentIndex = 0
    shared.keyData.fingerprint.deviceIndexes.append(0)
    return message


def push_names(names: Mapping[str, str]) -> Message:
    """Tell the names by which accounts call themselves, by JID."""
    sync = HistorySync(syncType=HistorySync.PUSH_NAME, chunkOrder=1, progress=100)
    for jid, name in names.items():
        sync.pushnames.add(ID=jid, pushname=name)
    return history(sync)


def asks_for_keys(message: Message) -> bool:
    """Tell whether a companion asks for keys of the app state."""
    kind = message.protocolMessage.type
    return message.HasField("protocolMessage") and bool(
        kind == ProtocolMessage.APP_STATE_SYNC_KEY_REQUEST
    )


def history(sync: HistorySync) -> Message:
    """Tell what was before the link."""
    message = Message()
    protocol = message.protocolMessage
    protocol.type = ProtocolMessage.HISTORY_SYNC_NOTIFICATION
    notification = protocol.historySyncNotification
    notification.syncType = sync.syncType
    notification.chunkOrder = sync.chunkOrder
    notification.progress = sync.progress
    notification.initialHistBootstrapInlinePayload = zlib.compress(sync.SerializeToString())
    return message
