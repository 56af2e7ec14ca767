from __future__ import annotations

from typing import Any

import pytest

from tests.whatsapp.messages import NOBODY, OWN, US, image, message, text
from tests.whatsapp.protobufs import e2e
from whatsapp.message_shape import shape_message

AD = e2e.ContextInfo.ExternalAdReplyInfo(
    title="Golf 2020", sourceURL="https://fb.me/x", sourceID="77", ctwaClid="clid"
)
WITH_CONTEXT = [
    field.name
    for field in e2e.Message.DESCRIPTOR.fields
    if field.message_type and "contextInfo" in field.message_type.fields_by_name
]


def shaped(content: e2e.Message) -> dict[str, Any]:
    return shape_message(message(content), OWN)


def test_a_reply_names_the_message_that_it_answers() -> None:
    content = text(stanzaID="ABC", participant="1:3@lid", quotedMessage=image("o carro"))
    assert shaped(content)["quoted"] == {
        "id": "ABC",
        "sender": US,
        "type": "image",
        "text": "o carro",
    }


@pytest.mark.parametrize(
    ("quoted", "kind", "said"),
    [
        (e2e.Message(conversation="oi"), "text", "oi"),
        (e2e.Message(audioMessage={"PTT": True}), "voice", None),
        (e2e.Message(viewOnceMessageV2={"message": image("olha")}), "image", "olha"),
        (e2e.Message(documentWithCaptionMessage={"message": image("x")}), "image", "x"),
        (e2e.Message(buttonsMessage={"contentText": "Qual?"}), "unsupported", "Qual?"),
        (e2e.Message(ephemeralMessage={}), "unsupported", None),
        (e2e.Message(), "unsupported", None),
        (None, None, None),
    ],
)
def test_what_is_quoted_has_its_type_and_its_text_without_wrappers(
    quoted: e2e.Message | None, kind: str | None, said: str | None
) -> None:
    found = shaped(text(stanzaID="ABC", quotedMessage=quoted))["quoted"]
    assert found == {"id": "ABC", "sender": NOBODY, "type": kind, "text": said}


def test_mentions_name_people_by_what_is_known() -> None:
    content = text("@1 @5531", mentionedJID=["1@lid", "5531977770000@s.whatsapp.net"])
    assert shaped(content)["mentions"] == [US, {"phone": "+5531977770000", "lid": None}]


def test_a_customer_who_came_from_an_ad_brings_its_referral() -> None:
    assert shaped(text(externalAdReply=AD))["referral"] == {
        "sourceUrl": "https://fb.me/x",
        "sourceId": "77",
        "sourceType": None,
        "title": "Golf 2020",
        "body": None,
        "ctwaClid": "clid",
        "mediaType": None,
        "mediaUrl": None,
        "thumbnailUrl": None,
    }


@pytest.mark.parametrize("kind", ["image", "video"])
def test_an_ad_says_what_it_shows(kind: str) -> None:
    ad = e2e.ContextInfo.ExternalAdReplyInfo(mediaURL="https://fb.me/m", thumbnailURL="https://t")
    ad.mediaType = ad.MediaType.Value(kind.upper())
    referral = shaped(text(externalAdReply=ad))["referral"]
    assert (referral["mediaType"], referral["mediaUrl"]) == (kind, "https://fb.me/m")
    assert referral["thumbnailUrl"] == "https://t"


@pytest.mark.parametrize("name", WITH_CONTEXT)
def test_every_kind_of_content_answers_mentions_and_refers(name: str) -> None:
    context = {"stanzaID": "ABC", "mentionedJID": ["1@lid"], "externalAdReply": AD}
    data = shaped(e2e.Message(**{name: {"contextInfo": context}}))
    assert data["quoted"]["id"] == "ABC"
    assert data["mentions"] == [US]
    assert data["referral"]["ctwaClid"] == "clid"
