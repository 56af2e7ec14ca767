"""WhatsApp's protobuf classes, as far as phones need them."""

from neonize.proto.waAdv.WAAdv_pb2 import (
    ADVDeviceIdentity,
    ADVSignedDeviceIdentity,
    ADVSignedDeviceIdentityHMAC,
)
from neonize.proto.waE2E.WAWebProtobufsE2E_pb2 import (
    Message,
    PollVoteMessage,
    ProtocolMessage,
)
from neonize.proto.waHistorySync.WAWebProtobufsHistorySync_pb2 import HistorySync
from neonize.proto.waServerSync.WAServerSync_pb2 import SyncdMutation, SyncdPatch
from neonize.proto.waSyncAction.WAWebProtobufSyncAction_pb2 import SyncActionData

__all__ = [
    "ADVDeviceIdentity",
    "ADVSignedDeviceIdentity",
    "ADVSignedDeviceIdentityHMAC",
    "HistorySync",
    "Message",
    "PollVoteMessage",
    "ProtocolMessage",
    "SyncActionData",
    "SyncdMutation",
    "SyncdPatch",
]
