import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyaileys.appstate.keys import ExpandedAppStateKeys, expand_app_state_keys
from pyaileys.appstate.processor import HashState, process_patch
from pyaileys.proto import WAProto_pb2

from simulator.phone import lt_hash
from simulator.phone.app_state import COLLECTIONS, AppState
from simulator.phone.app_state_keys import AppStateKey
from simulator.phone.errors import AppStateError, StalePatchError
from simulator.phone.phone import Phone
from simulator.phone.protobufs import SyncActionData, SyncdMutation, SyncdPatch
from simulator.records import SqliteRecords

KEY = AppStateKey(b"\x01\x02\x03\x04\x05\x06", bytes(range(32)), 1_700_000_000)
ELEMENTS = st.lists(st.binary(min_size=32, max_size=32), max_size=5)


def app_state(key: AppStateKey = KEY) -> AppState:
    return AppState(SqliteRecords(":memory:"), "2924", key)


def archive(chat: str, *, archived: bool = True) -> SyncActionData:
    action = SyncActionData(index=json.dumps(["archive", chat]).encode(), padding=b"", version=3)
    action.value.archiveChatAction.archived = archived
    return action


def companion_of(phone: AppState) -> AppState:
    """Return what a companion makes of the patches that the phone's side gives it."""
    companion = app_state(phone.key)
    for name in COLLECTIONS:
        for version, patch in enumerate(phone.collection(name, 0).patches):
            companion.accept(name, version, patch)
    return companion


def patch_of(companion: AppState, name: str) -> bytes:
    """Return the companion's last patch as it sends it: without its version."""
    version = companion.collection(name, 0).version
    patch = SyncdPatch.FromString(companion.collection(name, version - 1).patches[0])
    patch.ClearField("version")
    return bytes(patch.SerializeToString())


@given(before=ELEMENTS, elements=ELEMENTS)
def test_a_set_hash_forgets_what_is_taken_out_and_knows_no_order(
    before: list[bytes], elements: list[bytes]
) -> None:
    start = lt_hash.change(lt_hash.EMPTY, before, [])
    full = lt_hash.change(start, elements, [])
    assert lt_hash.change(start, reversed(elements), []) == full
    assert lt_hash.change(full, [], elements) == start


def test_another_implementation_accepts_the_patches_and_reads_the_push_name() -> None:
    phone = Phone.create(SqliteRecords(":memory:"), "5511987654321", "2924", "Ana")
    phone.rename("Ana Maria")
    phone.rename("Loja da Ana")
    key, state, names = phone.app_state.key, HashState(), []
    macs: dict[bytes, bytes] = {}

    def keys(key_id: bytes) -> ExpandedAppStateKeys:
        assert key_id == key.id
        return expand_app_state_keys(key.data)

    for patch in phone.app_state.collection("critical_block", 0).patches:
        parsed = WAProto_pb2.SyncdPatch.FromString(patch)
        result = process_patch(
            parsed,
            state,
            keys,
            macs.get,
            validate_macs=True,
            collection_name="critical_block",
        )
        macs.update({added.index_mac: added.value_mac for added in result.added_macs})
        state = result.state
        names += [mutation.action_value.pushNameSetting.name for mutation in result.mutations]
        assert [mutation.index for mutation in result.mutations] == [["setting_pushName"]]
    assert names == ["Ana", "Ana Maria", "Loja da Ana"]
    assert phone.app_state.collection("critical_block", 0).version == state.version == 3


def test_a_device_gets_only_the_patches_that_it_does_not_know() -> None:
    phone = app_state()
    assert phone.collection("regular", 0).patches == []
    for number in range(3):
        assert phone.set("regular", archive(f"{number}@lid")) == number + 1
    assert len(phone.collection("regular", 1).patches) == 2
    assert phone.collection("regular", 3).patches == []
    assert phone.collection("regular_low", 0).version == 0


def test_a_companions_patches_are_accepted_and_given_to_others_with_their_versions() -> None:
    phone = app_state()
    phone.set("regular_low", archive("1@lid"))
    companion = companion_of(phone)
    companion.set("regular_low", archive("1@lid", archived=False))
    assert phone.accept("regular_low", 1, patch_of(companion, "regular_low")) == 2
    given_on = SyncdPatch.FromString(phone.collection("regular_low", 1).patches[0])
    assert given_on.version.version == 2
    companion_of(phone)


def test_an_entry_that_is_removed_is_gone_from_the_hash() -> None:
    phone = app_state()
    phone.set("regular", archive("1@lid"))
    patch = SyncdPatch(mutations=[KEY.encrypt(archive("1@lid"), SyncdMutation.REMOVE)])
    patch.keyID.ID = KEY.id
    patch.snapshotMAC = KEY.snapshot_mac("regular", 2, lt_hash.EMPTY)
    patch.patchMAC = KEY.patch_mac("regular", 2, patch)
    assert phone.accept("regular", 1, patch.SerializeToString()) == 2


def test_a_patch_on_an_old_version_is_stale_and_changes_nothing() -> None:
    phone = app_state()
    companion = companion_of(phone)
    companion.set("regular", archive("1@lid"))
    phone.set("regular", archive("2@lid"))
    with pytest.raises(StalePatchError):
        phone.accept("regular", 0, patch_of(companion, "regular"))
    assert phone.collection("regular", 0).version == 1


def _unsigned(patch: SyncdPatch) -> None:
    patch.patchMAC = bytes(32)


def _other_snapshot(patch: SyncdPatch) -> None:
    patch.snapshotMAC = bytes(32)


def _other_value(patch: SyncdPatch) -> None:
    patch.mutations[0].record.value.blob = bytes(96)


def _other_index(patch: SyncdPatch) -> None:
    patch.mutations[0].record.index.blob = bytes(32)


def _other_key_id(patch: SyncdPatch) -> None:
    patch.mutations[0].record.keyID.ID = b"other!"


def _other_operation(patch: SyncdPatch) -> None:
    patch.mutations[0].operation = SyncdMutation.REMOVE


def _repeated(patch: SyncdPatch) -> None:
    patch.mutations.append(KEY.encrypt(archive("3@lid")))


@pytest.mark.parametrize(
    "spoil",
    [
        _unsigned,
        _other_snapshot,
        _other_value,
        _other_index,
        _other_key_id,
        _other_operation,
        _repeated,
    ],
)
def test_a_patch_that_is_not_authentic_is_refused_and_changes_nothing(
    spoil: Callable[[SyncdPatch], None],
) -> None:
    phone = app_state()
    companion = companion_of(phone)
    companion.set("regular", archive("1@lid"))
    patch = SyncdPatch.FromString(patch_of(companion, "regular"))
    spoil(patch)
    with pytest.raises(AppStateError):
        phone.accept("regular", 0, patch.SerializeToString())
    assert phone.collection("regular", 0).version == 0


def test_what_is_no_patch_or_no_collection_is_refused() -> None:
    phone = app_state()
    with pytest.raises(AppStateError, match="not a patch"):
        phone.accept("regular", 0, b"\xff\xff")
    with pytest.raises(AppStateError, match="no collection"):
        phone.collection("irregular", 0)


def test_an_entry_that_holds_no_sync_action_is_refused() -> None:
    action = SyncActionData(index=b"not json", padding=b"", version=1)
    with pytest.raises(AppStateError, match="no sync action"):
        KEY.decrypt(KEY.encrypt(action))


def test_a_push_name_that_a_companion_sets_is_the_phones_also_after_a_restart() -> None:
    records = SqliteRecords(":memory:")
    phone = Phone.create(records, "5511987654321", "2924", "Ana")
    companion = companion_of(phone.app_state)
    companion.set_push_name("Loja da Ana", 1)
    phone.app_state.accept("critical_block", 1, patch_of(companion, "critical_block"))
    assert phone.name == "Loja da Ana"
    again = Phone.load(records, phone.number)
    assert again is not None
    assert again.name == "Loja da Ana"
