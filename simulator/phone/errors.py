"""Why a phone refuses what it was given."""


class PhoneError(Exception):
    """A phone refuses what it was given; the text says why."""


class PairingError(PhoneError):
    """A companion's part of a pairing is not genuine."""


class WrongCodeError(PairingError):
    """The code typed on the phone is not the one the companion shows."""


class DecryptError(PhoneError):
    """A message can't be decrypted; a retry receipt is the answer."""

    kind = "enc"
    """What a refusal of this sort is counted as."""


class NoSessionError(DecryptError):
    """A `msg` of a device with which there is no session, or a prekey that is not ours."""

    kind = "enc-session"


class NoSenderKeyError(DecryptError):
    """A `skmsg` whose author has not told the phone its key for the group."""

    kind = "enc-sender-key"


class BadIdentityError(DecryptError):
    """The message comes from another identity than its device has."""

    kind = "enc-identity"


class BadMacError(DecryptError):
    """The authentication code fits no known state of the session."""

    kind = "enc-mac"


class BadPaddingError(DecryptError):
    """The authenticated text is not padded as WhatsApp pads."""

    kind = "enc-padding"


class ReusedCounterError(DecryptError):
    """A message key was used before: a stanza that came twice, or two texts with one key."""

    kind = "enc-counter"


class MalformedMessageError(DecryptError):
    """The bytes are not a Signal message, or what they hold is not a WhatsApp message."""

    kind = "enc-malformed"


class MediaError(PhoneError):
    """A file can't be had, or is not what its message says."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        """What it is counted as."""


class BadBundleError(PhoneError):
    """A prekey bundle is not signed by the identity in it, or has a key of a wrong length."""


class AppStateError(PhoneError):
    """A patch of the synced app state is malformed or its authentication codes do not fit."""


class StalePatchError(AppStateError):
    """A patch was made on an older version than the collection has: fetch, then try again."""
