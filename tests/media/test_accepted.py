from __future__ import annotations

import pytest

from media import errors, kinds
from media.accepted import MESSAGE_TYPES, accept
from tests.media.test_kinds import FILES

MIB = 1024 * 1024

#: Of each type, what it carries, besides documents, which are anything.
CARRIED = {
    "image": {"JPEG", "JPEG of a camera", "PNG"},
    "video": {"MP4", "MP4 of a phone", "MP4 of an unknown brand", "3GP"},
    "sticker": {"WebP", "animated WebP", "WebP with flags, still"},
}


@pytest.mark.parametrize("message_type", CARRIED)
def test_a_type_carries_the_kinds_that_phones_show_and_no_other(message_type: str) -> None:
    for name, (body, kind) in FILES.items():
        if name in CARRIED[message_type]:
            assert accept(message_type, body, 10) == kind
        else:
            with pytest.raises(errors.MediaTypeNotSupported) as caught:
                accept(message_type, body, 10)
            assert caught.value.fields["found"] == kind.mime_type


def test_a_refused_kind_says_what_is_accepted() -> None:
    with pytest.raises(errors.MediaTypeNotSupported) as caught:
        accept("image", FILES["PDF"][0], 10, "foto.jpg")
    assert caught.value.fields == {
        "found": "application/pdf",
        "accepted": ["image/jpeg", "image/png"],
    }


def test_a_document_is_anything() -> None:
    for body, kind in FILES.values():
        assert accept("document", body, 10) == kind


def test_a_document_is_called_what_its_name_says_where_the_bytes_allow_it() -> None:
    assert accept("document", FILES["ZIP"][0], 10, "a.xlsx") == kinds.XLSX


def test_a_recording_in_an_mp4_goes_as_audio() -> None:
    assert accept("audio", FILES["MP4"][0], 10) == kinds.M4A


def test_a_voice_note_may_be_any_recording_and_other_audio_what_phones_play() -> None:
    assert accept("voice", FILES["Opus"][0], 10) == kinds.OPUS
    for name in ("Vorbis", "WAV", "WebM", "3GP", "MP3", "AAC", "AMR", "M4A"):
        assert accept("voice", FILES[name][0], 10) == FILES[name][1]
    with pytest.raises(errors.MediaTypeNotSupported):
        accept("voice", FILES["PDF"][0], 10)
    for name in ("Vorbis", "WAV", "WebM"):
        with pytest.raises(errors.MediaTypeNotSupported):
            accept("audio", FILES[name][0], 10)


@pytest.mark.parametrize("message_type", MESSAGE_TYPES)
def test_one_byte_beyond_a_types_limit_is_too_large(message_type: str) -> None:
    name = {"image": "PNG", "video": "MP4", "sticker": "animated WebP"}.get(message_type, "Opus")
    limit = MESSAGE_TYPES[message_type].limit
    accept(message_type, FILES[name][0], limit)
    with pytest.raises(errors.MediaTooLarge) as caught:
        accept(message_type, FILES[name][0], limit + 1)
    assert caught.value.fields == {"limit": limit}


def test_a_still_sticker_may_be_smaller_only() -> None:
    accept("sticker", FILES["WebP"][0], 100 * 1024)
    with pytest.raises(errors.MediaTooLarge) as caught:
        accept("sticker", FILES["WebP"][0], 100 * 1024 + 1)
    assert caught.value.fields == {"limit": 100 * 1024}


def test_a_document_of_64_mib_is_taken() -> None:
    assert MESSAGE_TYPES["document"].limit >= 64 * MIB
