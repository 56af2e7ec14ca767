"""Sounds as browsers and phones record them, made voice notes by the real ffmpeg."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from media import kinds
from media.errors import MediaNotConvertible
from media.kinds import Kind, detect
from media.voice import CONVERTED, to_voice

_MIB = 1024 * 1024
#: How a recording of each kind is made.
RECORDINGS: dict[Kind, tuple[str, ...]] = {
    kinds.WAV: ("-f", "wav"),
    kinds.MP3: ("-f", "mp3"),
    kinds.AAC: ("-f", "adts"),
    kinds.OGG: ("-c:a", "libvorbis", "-f", "ogg"),
    kinds.WEBM: ("-c:a", "libopus", "-f", "webm"),
    kinds.MATROSKA: ("-c:a", "libopus", "-f", "matroska"),
    kinds.M4A: ("-f", "ipod"),
    kinds.MP4: ("-f", "mp4"),
    kinds.QUICKTIME: ("-f", "mov"),
    kinds.THREE_GP: ("-c:a", "aac", "-f", "3gp"),
}
#: A second of AMR at 12.2 kbit/s (RFC 4867, 5): 50 frames.
_AMR = b"#!AMR\n" + 50 * (b"\x3c" + bytes(31))


def recording(how: tuple[str, ...], folder: Path, source: str = "sine=duration=2") -> bytes:
    """Two seconds of a tone; of a film, if that is what the source is."""
    file = folder / "recording"
    command = [get_ffmpeg_exe(), "-loglevel", "error", "-f", "lavfi", "-i", source, *how]
    subprocess.run([*command, str(file)], check=True, timeout=60)
    return file.read_bytes()


def voice_of(body: bytes, kind: Kind, limit: int = _MIB) -> bytes:
    with tempfile.TemporaryFile() as file:
        file.write(body)
        file.flush()
        file.seek(0)
        return to_voice(file.fileno(), kind, limit)


def seconds_of(voice: bytes) -> float:
    """By the granule of the last page (RFC 7845, 4): samples at 48 kHz."""
    page = voice.rindex(b"OggS")
    return int.from_bytes(voice[page + 6 : page + 14], "little") / 48000


@pytest.mark.parametrize("kind", RECORDINGS, ids=lambda kind: kind.mime_type)
def test_a_recording_becomes_opus_of_the_same_length(kind: Kind, tmp_path: Path) -> None:
    body = recording(RECORDINGS[kind], tmp_path)
    assert detect(body) == kind
    voice = voice_of(body, kind)
    assert detect(voice) == kinds.OPUS
    assert seconds_of(voice) == pytest.approx(2, abs=0.2)
    assert voice[voice.index(b"OpusHead") + 9] == 1  # channel


def test_amr_of_a_phone_becomes_opus() -> None:
    assert detect(voice_of(_AMR, kinds.AMR)) == kinds.OPUS


def test_every_kind_that_is_converted_is_tried_here() -> None:
    assert {*RECORDINGS, kinds.AMR} == CONVERTED


def test_the_same_sound_gives_the_same_bytes(tmp_path: Path) -> None:
    body = recording(RECORDINGS[kinds.MP3], tmp_path)
    assert voice_of(body, kinds.MP3) == voice_of(body, kinds.MP3)


@pytest.mark.parametrize("body", [b"", b"RIFF\0\0\0\0WAVE", b"RIFF" + bytes(5000)])
def test_what_is_broken_is_refused(body: bytes) -> None:
    with pytest.raises(MediaNotConvertible):
        voice_of(body, kinds.WAV)


def test_a_film_without_sound_is_refused(tmp_path: Path) -> None:
    body = recording(("-f", "mp4"), tmp_path, "testsrc=duration=1:size=64x64")
    with pytest.raises(MediaNotConvertible):
        voice_of(body, kinds.MP4)


def test_a_voice_note_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    body = recording(RECORDINGS[kinds.WAV], tmp_path)
    with pytest.raises(MediaNotConvertible):
        voice_of(body, kinds.WAV, limit=1000)


def test_a_list_of_other_files_opens_none_of_them(tmp_path: Path) -> None:
    secret = tmp_path / "secret.wav"
    secret.write_bytes(recording(RECORDINGS[kinds.WAV], tmp_path))
    playlist = f"ffconcat version 1.0\nfile '{secret}'\n".encode()
    for kind in CONVERTED:
        with pytest.raises(MediaNotConvertible):
            voice_of(playlist, kind)
