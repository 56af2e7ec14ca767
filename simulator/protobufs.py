"""WhatsApp's protobuf classes, as far as the handshake and the registration need them."""

from neonize.proto.waCert.WACert_pb2 import CertChain
from neonize.proto.waCompanionReg.WACompanionReg_pb2 import DeviceProps
from neonize.proto.waWa6.WAWebProtobufsWa6_pb2 import ClientPayload, HandshakeMessage

__all__ = ["CertChain", "ClientPayload", "DeviceProps", "HandshakeMessage"]
