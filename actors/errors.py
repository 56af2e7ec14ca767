"""Why a request to an actor is refused. `web/base.py` gives each its status."""


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """A request that cannot be granted; `code` is stable, `sentence` is Portuguese."""

    code = "refused"
    sentence = "Pedido recusado."

    def __init__(self, sentence: str | None = None, **fields: object) -> None:
        super().__init__(sentence or self.sentence)
        self.sentence = sentence or self.sentence
        self.fields = fields


class EmpresaNotFound(Refusal):
    """No empresa of that id was ever connected."""

    code = "empresa_not_found"
    sentence = "Empresa não encontrada"


class ActorNotFound(Refusal):
    """No actor of that URN lives; it may have been restarted, under another one."""

    code = "actor_not_found"
    sentence = "Este ator não existe mais. Consulte a lista de atores de novo."


class ActorNotStoppable(Refusal):
    """Only a session is stopped: the server needs all others."""

    code = "actor_not_stoppable"
    sentence = "Só a sessão de uma empresa pode ser parada. Os outros atores podem ser reiniciados."


class EmpresaErasing(Refusal):
    """It is being erased; once that is done, it is unknown and may begin anew."""

    code = "empresa_erasing"
    sentence = "Esta empresa está sendo apagada. Tente de novo em alguns segundos."


class EmpresaErased(Refusal):
    """It was erased while the caller listened or waited; `unlinked` False: not on the phone."""

    code = "empresa_erased"
    sentence = "Esta empresa foi apagada, com todos os seus eventos."


class QrNotAvailable(Refusal):
    """There is no QR to scan now; `state` and `reason` say why."""

    code = "qr_not_available"
    sentence = "Não há QR code para esta empresa agora. Peça um novo com connect."


class MessageNotFound(Refusal):
    """No message of that id is known to this empresa."""

    code = "message_not_found"
    sentence = "Esta mensagem não existe para esta empresa. Confira o id."


class AmbiguousMessage(Refusal):
    """More than one message has this id; those who write choose it."""

    code = "ambiguous_message"
    sentence = (
        "Mais de uma mensagem tem este id. Informe em to a conversa, ou use o id que esta API deu."
    )


class OtherChat(Refusal):
    """The message is in another chat than the one in `to`."""

    code = "other_chat"
    sentence = "Esta mensagem é de outra conversa. Confira to, ou deixe-o de fora."


class TargetNotSent(Refusal):
    """What is answered or changed has not been sent, and may never be."""

    code = "target_not_sent"
    sentence = "A mensagem indicada não foi enviada. Veja o estado dela."


class TargetDeleted(Refusal):
    """What is answered or changed was deleted."""

    code = "target_deleted"
    sentence = "A mensagem indicada foi apagada. Escolha outra."


class NotOwnMessage(Refusal):
    """Somebody else's message, which only its writer edits, or deletes in a chat of two."""

    code = "message_not_own"
    sentence = (
        "Só mensagens próprias podem ser editadas e, fora de um grupo, apagadas para todos. "
        "Envie uma nova mensagem."
    )


class NotEditable(Refusal):
    """A message without a text or a caption, or whose file is not known any more."""

    code = "not_editable"
    sentence = "Só textos e legendas podem ser editados. Apague a mensagem e envie outra."


class EditTooLate(Refusal):
    """WhatsApp lets people edit for 15 minutes."""

    code = "edit_too_late"
    sentence = "O WhatsApp só aceita edições por 15 minutos. Envie uma nova mensagem."


class DeleteTooLate(Refusal):
    """WhatsApp lets people delete for 60 hours."""

    code = "delete_too_late"
    sentence = "O WhatsApp só apaga para todos por 60 horas. Envie uma correção."


class NotForwardable(Refusal):
    """Of a kind that is not forwarded, to be seen once, or not kept."""

    code = "not_forwardable"
    sentence = "Esta mensagem não pode ser encaminhada. Envie o conteúdo como uma mensagem nova."


class TextTooLong(Refusal):
    """`text` has more characters than WhatsApp shows; `limit` stands beside."""

    code = "text_too_long"
    sentence = "text é longo demais. Divida o texto em várias mensagens."


class ConversationNotFound(Refusal):
    """The empresa's number has no conversation with somebody of that address."""

    code = "conversation_not_found"
    sentence = "Esta conversa não existe neste número da empresa. Confira o contato e o number."


class NotOnWhatsapp(Refusal):
    """WhatsApp knows none of the numbers that may be meant."""

    code = "not_on_whatsapp"
    sentence = "Este número não tem WhatsApp. Confira o DDD e o nono dígito."


class UnknownRecipient(Refusal):
    """Nobody of this address has ever written to the empresa, or the other way round."""

    code = "unknown_recipient"
    sentence = (
        "Este contato ou grupo ainda não apareceu nas conversas desta empresa. "
        "Envie para o número de telefone."
    )


class MessageNotChangeable(Refusal):
    """It is past that; `state` says where it stands."""

    code = "message_not_changeable"
    sentence = "Esta mensagem já não pode ser alterada assim. Veja o estado dela."


class JobNotFound(Refusal):
    """No job of that id was accepted for this empresa."""

    code = "bulk_not_found"
    sentence = "Este envio em massa não existe para esta empresa. Confira o id."


class JobNotChangeable(Refusal):
    """It is past that; `state` says where it stands."""

    code = "bulk_not_changeable"
    sentence = "Este envio em massa já terminou ou foi cancelado. Veja o estado dele."


class IdempotencyKeyReused(Refusal):
    """The key stands for another body; `id` is what was accepted under it."""

    code = "idempotency_key_reused"
    sentence = (
        "Esta Idempotency-Key já foi usada para outra mensagem. Use uma chave nova para cada uma."
    )


class InvalidSettings(Refusal):
    """An empresa's settings that cannot be; `field` names the one that is wrong."""

    code = "invalid_settings"
    sentence = "Os ajustes têm um campo inválido. Corrija-o e envie todos de novo."


class UnknownHandler(Refusal):
    """No message handler of this name; `handlers` has those that there are."""

    code = "unknown_handler"
    sentence = "Este atendente automático não existe neste servidor. Escolha um da lista handlers."


class HandlerNotUsable(Refusal):
    """Its class does not load, or cannot begin; `detail` says why, for who wrote it."""

    code = "handler_not_usable"
    sentence = (
        "Este atendente automático não consegue começar. Peça a quem cuida do servidor que corrija "
        "o que está em detail."
    )


class LedgerReset(Refusal):
    """The caller's numbers are of another ledger, or beyond this one's end."""

    code = "ledger_reset"
    sentence = (
        "Esta numeração de eventos não vale mais. Recomece com after=0 e o ledgerId desta resposta."
    )


class Unavailable(Refusal):
    """An actor that is needed is dead or being restarted, or the database is gone."""

    code = "unavailable"
    sentence = "O servidor não pode atender agora. Tente de novo em alguns segundos."


class NotConnected(Unavailable):
    """The empresa is not connected now."""

    code = "not_connected"
    sentence = "A empresa não está conectada ao WhatsApp agora."


class EmpresaNotConnected(Refusal):
    """It is not connected now, and what is asked for is worth something only now."""

    code = "empresa_not_connected"
    sentence = "A empresa não está conectada ao WhatsApp agora. Conecte-a e tente de novo."


class NoPicture(Refusal):
    """Somebody has no picture, or does not show it to this number."""

    code = "no_picture"
    sentence = "Este contato ou grupo não tem foto, ou não a mostra para este número."


class PictureUnreachable(Unavailable):
    """WhatsApp has a picture, and did not hand it over, or not as one."""

    code = "picture_unreachable"
    sentence = "O WhatsApp não entregou a foto agora. Tente de novo em alguns minutos."


class DeadlineExceeded(Refusal):
    """An actor did not answer in time; what was asked may still happen."""

    code = "deadline_exceeded"
    sentence = "O servidor não respondeu a tempo. Consulte o status antes de tentar de novo."
