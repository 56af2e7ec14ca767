"""An account's synced app state: settings and chat marks that all its devices share.

It lies on the server as collections of encrypted entries, changed by numbered patches. The real
server can't read them; here the account's phone checks each one with its key.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from simulator.phone import lt_hash
from simulator.phone.app_state_keys import AppStateKey, value_mac
from simulator.phone.errors import AppStateError, StalePatchError
from simulator.phone.primitives import same
from simulator.phone.protobufs import SyncActionData, SyncdMutation, SyncdPatch
from simulator.records import Records

COLLECTIONS = ("critical_block", "critical_unblock_low", "regular_high", "regular", "regular_low")

_KIND = "app-state"
_PATCH_KIND = "app-state-patch"


@dataclass(frozen=True)
class Collection:
    """What a device that knows an older version needs to know."""

    version: int
    patches: list[bytes]
    """SyncdPatch, in order."""


@dataclass
class _State:
    version: int
    hash: bytes
    value_macs: dict[str, str]
    """The present entries' authentication codes by index, in hex."""


class AppState:
    """The collections of one account, in its records."""

    def __init__(
        self,
        records: Records,
        account: str,
        key: AppStateKey,
        on_accepted: Callable[[SyncActionData], None] = lambda _: None,
    ) -> None:
        """`on_accepted` hears what a companion has set, within the transaction that keeps it."""
        self._records = records
        self._account = account
        self._on_accepted = on_accepted
        self.key = key

    def collection(self, name: str, after_version: int) -> Collection:
        """Return the patches since a version (0: all); AppStateError for an unknown name."""
        version = self._load(name).version
        patches = [
            self._records.get(_PATCH_KIND, self._patch_key(name, number))
            for number in range(after_version + 1, version + 1)
        ]
        return Collection(version, [patch for patch in patches if patch is not None])

    def accept(self, name: str, base_version: int, patch: bytes) -> int:
        """Take over a companion's patch (SyncdPatch) and return the version that it leads to.

        Raise StalePatchError if it was not made on the present version, and AppStateError if it
        is not authentic; nothing changes then.
        """
        state = self._load(name)
        if base_version != state.version:
            raise StalePatchError(f"{name} is at version {state.version}")
        parsed = SyncdPatch()
        try:
            parsed.ParseFromString(patch)
        except DecodeError as error:
            raise AppStateError("not a patch") from error
        actions = [(one.operation, self.key.decrypt(one)) for one in parsed.mutations]
        self._apply(state, parsed)
        snapshot_mac = self.key.snapshot_mac(name, state.version, state.hash)
        patch_mac = self.key.patch_mac(name, state.version, parsed)
        if not (same(snapshot_mac, parsed.snapshotMAC) and same(patch_mac, parsed.patchMAC)):
            raise AppStateError("the patch's authentication codes do not fit")
        with self._records.transaction():
            for operation, action in actions:
                if operation == SyncdMutation.SET:
                    self._on_accepted(action)
            return self._store(name, state, parsed)

    def set(self, name: str, action: SyncActionData) -> int:
        """Set an entry on the phone itself; return the collection's new version."""
        state = self._load(name)
        patch = SyncdPatch(mutations=[self.key.encrypt(action)])
        patch.keyID.ID = self.key.id
        self._apply(state, patch)
        patch.snapshotMAC = self.key.snapshot_mac(name, state.version, state.hash)
        patch.patchMAC = self.key.patch_mac(name, state.version, patch)
        return self._store(name, state, patch)

    def set_push_name(self, name: str, timestamp_ms: int) -> int:
        """Set the account's push name; return the new version of `critical_block`."""
        action = SyncActionData(index=b'["setting_pushName"]', padding=b"", version=1)
        action.value.timestamp = timestamp_ms
        action.value.pushNameSetting.name = name
        return self.set("critical_block", action)

    def _apply(self, state: _State, patch: SyncdPatch) -> None:
        added, removed = [], []
        for mutation in patch.mutations:
            index = mutation.record.index.blob.hex()
            replaced = state.value_macs.pop(index, None)
            if replaced is not None:
                removed.append(bytes.fromhex(replaced))
            if mutation.operation == SyncdMutation.SET:
                added.append(value_mac(mutation))
                state.value_macs[index] = added[-1].hex()
        state.hash = lt_hash.change(state.hash, added, removed)
        state.version += 1

    def _load(self, name: str) -> _State:
        if name not in COLLECTIONS:
            raise AppStateError(f"there is no collection {name!r}")
        stored = self._records.get(_KIND, f"{self._account}/{name}")
        if stored is None:
            return _State(0, lt_hash.EMPTY, {})
        read = json.loads(stored)
        return _State(read["version"], bytes.fromhex(read["hash"]), read["valueMacs"])

    def _store(self, name: str, state: _State, patch: SyncdPatch) -> int:
        patch.version.version = state.version
        value = {
            "version": state.version,
            "hash": state.hash.hex(),
            "valueMacs": state.value_macs,
        }
        with self._records.transaction():
            self._records.put(
                _PATCH_KIND, self._patch_key(name, state.version), patch.SerializeToString()
            )
            self._records.put(_KIND, f"{self._account}/{name}", json.dumps(value).encode())
        return state.version

    def _patch_key(self, name: str, version: int) -> str:
        return f"{self._account}/{name}/{version}"
