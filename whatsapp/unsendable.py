"""Why no message can be made of what somebody asked to send."""

from __future__ import annotations


class Unsendable(Exception):  # noqa: N818 - an answer to who asked, not a fault
    """It cannot be sent, however often it is tried; `code` is stable, `sentence` Portuguese."""

    code = "invalid_content"
    sentence = "Esta mensagem tem conteúdo que não pode ser enviado. Corrija e envie de novo."


class InvalidContent(Unsendable):
    """WhatsApp's format cannot carry it: half a character, a number out of range."""


class FileGone(Unsendable):
    """The file is not in the store any more: retention has removed it, or somebody else."""

    code = "media_not_found"
    sentence = "Este arquivo não existe ou já foi removido. Envie o arquivo de novo."


class NotForwardable(Unsendable):
    """Of a kind that is not forwarded, or to be seen once, or not stored."""

    code = "not_forwardable"
    sentence = "Esta mensagem não pode ser encaminhada. Envie o conteúdo como uma mensagem nova."


class NotEditable(Unsendable):
    """Somebody else's, or of a kind without a text."""

    code = "not_editable"
    sentence = (
        "Só o texto ou a legenda de uma mensagem própria pode ser editado. Envie uma nova mensagem."
    )


class NotDeletable(Unsendable):
    """Somebody else's, in a chat of two."""

    code = "not_deletable"
    sentence = "Só mensagens próprias podem ser apagadas para todos fora de um grupo."
