"""What is refused of a message to send; `web/base.py` gives each its status.

`field` beside the sentence names what is wrong in the body, as `media.url` or `contacts[2].phone`.
"""

from actors.errors import Refusal
from web.refusals import InvalidRequest, PayloadTooLarge


class InvalidRecipient(InvalidRequest):
    """`to` is neither a phone number nor an address of WhatsApp's."""

    code = "invalid_recipient"
    sentence = (
        "to deve ser um telefone com DDD, por exemplo (21) 99999-9999; um telefone de outro país "
        "com +, por exemplo +1 650 253 0000; ou um endereço do WhatsApp (…@s.whatsapp.net, …@lid "
        "ou …@g.us)."
    )


class RecipientNotSupported(Refusal):
    """An address of WhatsApp's to which no message is sent: a broadcast, a channel, a bot."""

    code = "recipient_not_supported"
    sentence = (
        "Só é possível enviar para pessoas e grupos, não para listas de transmissão, status ou "
        "canais."
    )


class UnknownMessageType(InvalidRequest):
    """`type` is none of `types`, which stand beside."""

    code = "unknown_message_type"
    sentence = "type deve ser um dos tipos de mensagem da lista em types."


class InvalidCharacters(InvalidRequest):
    """A string with U+0000 or half of a surrogate pair: it could be neither stored nor sent."""

    code = "invalid_characters"
    sentence = "Os textos devem ser Unicode válido, sem o caractere nulo."


class InvalidText(InvalidRequest):
    """`text` is missing where it must be, is no string, or stands where there is none."""

    code = "invalid_text"
    sentence = "text deve ser um texto que não esteja vazio."


class InvalidMentions(InvalidRequest):
    """`mentions` is no list of people."""

    code = "invalid_mentions"
    sentence = "mentions deve ser uma lista de até 1024 telefones ou endereços de pessoas."


class InvalidOption(InvalidRequest):
    """`voice` or `typing` is neither true nor false."""

    code = "invalid_option"
    sentence = "voice e typing devem ser true ou false."


class InvalidLinkPreview(InvalidRequest):
    """`linkPreview` does not say what is shown of an address in the text."""

    code = "invalid_link_preview"
    sentence = (
        'linkPreview deve ser {"url", "title", "description"}: um endereço http:// ou https:// '
        "que esteja em text, um título de até 300 caracteres e, se houver, uma descrição de até "
        "1000 caracteres."
    )


class InvalidExpiresIn(InvalidRequest):
    """`expiresIn` is no number of seconds of at most seven days."""

    code = "invalid_expires_in"
    sentence = "expiresIn deve ser um número inteiro de segundos, de 1 a 604800 (7 dias)."


class InvalidMedia(InvalidRequest):
    """`media` is not exactly one of a URL, base64 and a file."""

    code = "invalid_media"
    sentence = (
        'media deve ser {"url": …} ou {"base64": …, "fileName": …}, '
        "ou o arquivo deve vir na parte file de um multipart/form-data: só um dos três."
    )


class InvalidMediaUrl(InvalidRequest):
    """`media.url` is no address of the web's."""

    code = "invalid_media_url"
    sentence = (
        "media.url deve ser um endereço http:// ou https:// de até 2048 caracteres, sem usuário "
        "nem senha, com espaços e acentos codificados (%20)."
    )


class MediaMissing(InvalidRequest):
    """A type that is nothing without media."""

    code = "media_missing"
    sentence = (
        "Falta o arquivo. Envie media.url, media.base64 ou a parte file de um multipart/form-data."
    )


class InvalidForm(InvalidRequest):
    """A `multipart/form-data` that is cut off, or without its parts in their order."""

    code = "invalid_form"
    sentence = (
        "O multipart/form-data deve ter a parte message, com o JSON, e depois dela a parte file, "
        "com o arquivo; uma vez cada."
    )


class MediaTooLarge(PayloadTooLarge):
    """More bytes than this type may have; `limit`, in bytes, stands beside."""

    code = "media_too_large"
    sentence = "O arquivo é grande demais para este tipo de mensagem."


class InvalidLocation(InvalidRequest):
    """No place on Earth, or a name of it that is too long."""

    code = "invalid_location"
    sentence = (
        "latitude deve ser um número de -90 a 90 e longitude um número de -180 a 180; "
        "name e address, se houver, textos de até 1000 caracteres."
    )


class InvalidContact(InvalidRequest):
    """`contacts` is no list of names and phone numbers."""

    code = "invalid_contact"
    sentence = (
        "contacts deve ser uma lista de 1 a 20 contatos, cada um com name (até 256 caracteres) e "
        "phone (um telefone, com DDD ou com + e o código do país)."
    )


class InvalidPoll(InvalidRequest):
    """No question, or none to choose from."""

    code = "invalid_poll"
    sentence = (
        "A enquete deve ter question (até 255 caracteres), de 2 a 12 options diferentes "
        "(até 100 caracteres cada) e choices de 1 até o número de opções."
    )


class InvalidEmoji(InvalidRequest):
    """`emoji` is not one emoji, nor empty."""

    code = "invalid_emoji"
    sentence = "emoji deve ser exatamente um emoji, ou vazio para retirar a reação."


class InvalidTarget(InvalidRequest):
    """`target` is no message's id."""

    code = "invalid_target"
    sentence = "target deve ser o id de uma mensagem, o nosso ou o do WhatsApp."


class InvalidQuote(InvalidRequest):
    """`quote` is no message's id, or stands where there are no replies."""

    code = "invalid_quote"
    sentence = "quote deve ser o id da mensagem respondida, o nosso ou o do WhatsApp."


class InvalidIdempotencyKey(InvalidRequest):
    """The header is not 1 to 255 visible characters of ASCII."""

    code = "invalid_idempotency_key"
    sentence = "Idempotency-Key deve ter de 1 a 255 caracteres ASCII visíveis, sem espaços."
