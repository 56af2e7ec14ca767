"""Sounds made into what phones play as a voice note: Opus in Ogg, one channel."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

from media import kinds
from media.errors import MediaNotConvertible
from media.kinds import Kind

logger = logging.getLogger("vendeai.media")

#: As what ffmpeg is to read each kind. It chooses nothing itself: some of its formats are lists of
#: further files.
_READ_AS: dict[Kind, str] = {
    kinds.OGG: "ogg",
    kinds.MP3: "mp3",
    kinds.AAC: "aac",
    kinds.M4A: "mov",
    kinds.MP4: "mov",
    kinds.THREE_GP: "mov",
    kinds.QUICKTIME: "mov",
    kinds.AMR: "amr",
    kinds.WAV: "wav",
    kinds.WEBM: "matroska",
    kinds.MATROSKA: "matroska",
}
CONVERTED = frozenset(_READ_AS)
"""What is made into a voice note; of a film it is the sound."""
#: Seconds that it may take.
_SECONDS = 90.0
#: What WhatsApp's own voice notes have: bits and samples a second.
_BITS, _SAMPLES = "32k", "48000"
_LIMITED = str(Path(__file__).with_name("limited.py"))


def to_voice(source: int, kind: Kind, limit: int) -> bytes:
    """The voice note of what a descriptor reads from its beginning on; closes nothing.

    The same sound gives the same bytes. Blocks, 90 s at most, while a process of its own works at
    it. Raises `MediaNotConvertible`: it is broken, has no sound, or its voice note has more bytes
    than `limit`.
    """
    try:
        done = subprocess.run(
            _command(kind, limit),
            stdin=source,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env={},
        )
    except subprocess.TimeoutExpired as error:
        raise MediaNotConvertible from error
    if done.returncode != 0 or not 0 < len(done.stdout) < limit:
        logger.info("a sound was not made a voice note: %s", done.stderr[-300:])
        raise MediaNotConvertible
    return done.stdout


def _command(kind: Kind, limit: int) -> list[str]:
    # Here and not above: nobody needs it who sends no such sounds.
    from imageio_ffmpeg import get_ffmpeg_exe  # noqa: PLC0415 - as it says

    return [
        *(sys.executable, "-I", "-S", _LIMITED, str(get_ffmpeg_exe())),
        *("-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "1"),
        # It opens nothing but what it is given.
        *("-protocol_whitelist", "fd,pipe", "-f", _READ_AS[kind], "-i", "fd:"),
        *("-map", "0:a:0", "-map_metadata", "-1", "-ac", "1", "-ar", _SAMPLES),
        *("-c:a", "libopus", "-b:a", _BITS, "-application", "voip"),
        # Without a random number and the name of the program within.
        *("-fflags", "+bitexact", "-flags", "+bitexact", "-fs", str(limit), "-f", "ogg", "pipe:1"),
    ]
