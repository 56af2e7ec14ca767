"""What is refused of a bulk job; `web/base.py` gives each its status."""

from actors.errors import Refusal
from web.refusals import InvalidRequest


class InvalidBulk(InvalidRequest):
    """Without a name or a message; `field` says which."""

    code = "invalid_bulk"
    sentence = (
        "O envio em massa deve ter name (até 200 caracteres), message (a mensagem, como em "
        "/messages) e to (a lista de destinatários)."
    )


class InvalidDeadline(InvalidRequest):
    """`deadline` is no moment, or past, or too far away."""

    code = "invalid_deadline"
    sentence = (
        "deadline deve ser uma data e hora futura em ISO 8601 com fuso, de até 90 dias, por "
        "exemplo 2026-12-24T18:00:00-03:00."
    )


class InvalidRecipients(Refusal):
    """Some of `to` cannot be written to; `invalid` names them by their places in the list."""

    code = "invalid_recipients"
    sentence = (
        "A lista to tem destinatários inválidos. Corrija ou retire os que estão em invalid e envie "
        "de novo: nada foi aceito."
    )


class NotForMany(Refusal):
    """An edit, a reaction, an answer, …: it is about one conversation."""

    code = "not_for_many"
    sentence = (
        "Respostas, reações, edições, exclusões e encaminhamentos são de uma conversa só e não "
        "podem ser enviados em massa."
    )
