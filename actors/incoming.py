"""What actors tell and ask one another about the files that messages brought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from persistence import media_values as values

MediaState = values.MediaState
MediaStep = values.MediaStep
DueMedia = values.DueMedia
DuePage = values.DuePage
StoredMedia = values.StoredMedia


# --- to the archive --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChangeMedia:
    """Store what became of an attempt to fetch a file. Answer: None, once it is committed."""

    step: MediaStep

    @property
    def empresa_id(self) -> int:
        """Whose it is."""
        return self.step.empresa_id


# --- to a reader -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MediaDue:
    """Answer: `DuePage`: at most `most` that are to be fetched now, of each empresa `each`."""

    now: datetime
    each: int
    most: int


@dataclass(frozen=True, slots=True)
class MediaOf:
    """Answer: `StoredMedia`, or None: there is none of that id. Refused: `EmpresaNotFound`."""

    empresa_id: int
    media_id: str


# --- to the receiver -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MediaWaits:
    """Messages have brought files: look."""
