"""How entries of the synced app state are encrypted and authenticated.

An account's phone makes one key and shares it with its companions; the server only ever sees the
results.
"""

import hmac
import json
import secrets
from dataclasses import dataclass
from functools import cached_property

from google.protobuf.message import DecodeError

from simulator.phone.errors import AppStateError
from simulator.phone.primitives import cbc_decrypt, cbc_encrypt, hkdf, hmac_sha256, same
from simulator.phone.protobufs import SyncActionData, SyncdMutation, SyncdPatch

MAC_LENGTH = 32
_IV_LENGTH = 16
_OPERATION_BYTE = {SyncdMutation.SET: b"\x01", SyncdMutation.REMOVE: b"\x02"}


@dataclass(frozen=True)
class AppStateKey:
    """An account's key: an id (6 bytes) and 32 random bytes."""

    id: bytes
    data: bytes
    timestamp: int
    """When it was made, in Unix seconds."""

    @cached_property
    def _expanded(self) -> bytes:
        return hkdf(b"", self.data, b"WhatsApp Mutation Keys", 160)

    def encrypt(self, action: SyncActionData, operation: int = SyncdMutation.SET) -> SyncdMutation:
        """Return the mutation that sets or removes what the action says."""
        iv = secrets.token_bytes(_IV_LENGTH)
        value_key = self._expanded[32:64]
        box = iv + cbc_encrypt(value_key, iv, action.SerializeToString())
        mutation = SyncdMutation(operation=operation)
        mutation.record.index.blob = self._index_mac(action.index)
        mutation.record.value.blob = box + self._value_mac(operation, box)
        mutation.record.keyID.ID = self.id
        return mutation

    def decrypt(self, mutation: SyncdMutation) -> SyncActionData:
        """Return what a mutation says; raise AppStateError if it is not authentic."""
        record, operation = mutation.record, mutation.operation
        box, mac = record.value.blob[:-MAC_LENGTH], record.value.blob[-MAC_LENGTH:]
        if self.id != record.keyID.ID or not same(self._value_mac(operation, box), mac):
            raise AppStateError("the entry is not authenticated with this account's key")
        action = SyncActionData()
        try:
            text = cbc_decrypt(self._expanded[32:64], box[:_IV_LENGTH], box[_IV_LENGTH:])
            action.ParseFromString(text)
            json.loads(action.index)
        except (ValueError, DecodeError) as error:
            raise AppStateError("the entry is no sync action") from error
        if not same(self._index_mac(action.index), record.index.blob):
            raise AppStateError("the entry's index is not the one that was encrypted")
        return action

    def snapshot_mac(self, name: str, version: int, lt_hash: bytes) -> bytes:
        """Return the code over all that a collection holds at a version."""
        covered = lt_hash + version.to_bytes(8, "big") + name.encode()
        return hmac_sha256(self._expanded[96:128], covered)

    def patch_mac(self, name: str, version: int, patch: SyncdPatch) -> bytes:
        """Return the code over a patch that leads to a version; needs its snapshotMAC."""
        value_macs = b"".join(value_mac(mutation) for mutation in patch.mutations)
        covered = patch.snapshotMAC + value_macs + version.to_bytes(8, "big") + name.encode()
        return hmac_sha256(self._expanded[128:], covered)

    def _index_mac(self, index: bytes) -> bytes:
        return hmac_sha256(self._expanded[:32], index)

    def _value_mac(self, operation: int, box: bytes) -> bytes:
        associated = _OPERATION_BYTE[operation] + self.id
        covered = associated + box + len(associated).to_bytes(8, "big")
        return hmac.digest(self._expanded[64:96], covered, "sha512")[:MAC_LENGTH]


def value_mac(mutation: SyncdMutation) -> bytes:
    """Return the authentication code at the end of a mutation's value."""
    return bytes(mutation.record.value.blob[-MAC_LENGTH:])
