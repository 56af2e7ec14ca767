"""One simulated account's phone: its device 0.

Everything that it remembers goes through `Records`; a Phone made again from the same records goes
on where the last one was. All methods are synchronous and belong to one thread; devices are
addressed by LID (`Jid("2924…", "lid", device)`), anything else is a ValueError. Errors are those
of `simulator.phone.errors`.

    phone = Phone.create(records, number="5511…", lid="2924…", name="Ana")   # once
    phone = Phone.load(records, number="5511…")                       # None if never created
    phone.number, phone.lid, phone.name: str                          # bare users, without server
    phone.registration_id: int; phone.identity: KeyPair
    phone.rename(name)                                                # also patches the app state
    phone.bundle() -> Bundle                                          # simulator.phone.bundle

Linking a device
    qr = adv.parse_qr(text) -> QrCode(ref, noise_public, identity_public, adv_secret, client_type)
    grant = phone.authorise(identity_public, adv_secret) -> adv.Grant
        grant.key_index: int           # for device lists
        grant.signed_identity: bytes   # content of <device-identity> in pair-success
        grant.complete(answer: bytes) -> bytes   # PairingError; returns what goes, unchanged, into
                                       # <device-identity> of that device's bundles and messages
    attempt = phone.enter_code(code, wrapped_companion_ephemeral) -> link_code.Attempt
        attempt.wrapped_ephemeral: bytes   # primary_hello, beside phone.identity.public
        attempt.finish(wrapped_key_bundle, companion_identity) -> adv_secret   # WrongCodeError
    phone.greet(device, bundle) -> list[PeerMessage(id, kind, ciphertext)]     # the three, in order
    phone.forget_device(device)

Messages (`Message` is waE2E.Message; simulator.phone.contents builds and reads them)
    phone.has_session(device) -> bool
    phone.encrypt(device, message, bundle=None) -> (kind, ciphertext)   # kind "pkmsg" or "msg"
        A bundle starts a new session, also where there was one; without either: NoSessionError.
    phone.decrypt(device, kind, ciphertext) -> Message                  # DecryptError and below
        Each DecryptError asks for a retry receipt with phone.registration_id and phone.bundle();
        error.kind is what to count it as. A ReusedCounterError for a stanza id that was read
        before is a doubled stanza: a plain receipt.

App state (the server's side too, as patches can only be checked with the account's key)
    phone.app_state.collection(name, after_version) -> Collection(version, patches: list[bytes])
    phone.app_state.accept(name, patch: bytes) -> int    # the new version; StalePatchError: 409
"""
