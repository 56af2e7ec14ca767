"""What a shop reads of its status: one Portuguese sentence that says what to do."""

from __future__ import annotations

from actors.status import Reason, State, Status

_BY_REASON: dict[Reason, str] = {
    Reason.QR_EXPIRED: "O QR code expirou. Gere um novo e escaneie em até um minuto.",
    Reason.PAIRING_CANCELLED: "A conexão foi cancelada. Gere um novo QR code quando quiser.",
    Reason.CODE_EXPIRED: "O código expirou. Peça um novo código.",
    Reason.CODE_WRONG: "O código digitado no celular estava errado. Peça um novo código.",
    Reason.PAIRING_REFUSED: (
        "O WhatsApp recusou o pareamento. Gere um novo QR code e tente de novo."
    ),
    Reason.DEVICE_LIMIT: (
        "Este número já tem o máximo de aparelhos conectados. "
        "Remova um em WhatsApp > Aparelhos conectados e tente de novo."
    ),
    Reason.REMOVED_BY_PHONE: (
        "O aparelho foi removido no celular. Gere um novo QR code para conectar de novo."
    ),
    Reason.UNLINKING: "Desvinculando o WhatsApp. Aguarde alguns segundos.",
    Reason.UNLINK_UNCONFIRMED: (
        "As credenciais foram apagadas aqui, mas o WhatsApp não pôde ser avisado. "
        "Remova o aparelho no celular, em WhatsApp > Aparelhos conectados."
    ),
    Reason.WHATSAPP_UNREACHABLE: (
        "O servidor não consegue alcançar o WhatsApp. "
        "Ele continua tentando; não é preciso fazer nada."
    ),
    Reason.WHATSAPP_UNAVAILABLE: (
        "O WhatsApp está indisponível. O servidor continua tentando; não é preciso fazer nada."
    ),
    Reason.LINK_SILENT: (
        "O WhatsApp não responde há algum tempo. O servidor está verificando a conexão."
    ),
    Reason.JOURNAL_UNWRITABLE: (
        "O disco do servidor está cheio ou com defeito. O WhatsApp guarda as mensagens e a conexão "
        "volta sozinha quando houver espaço. Avise o suporte."
    ),
    Reason.WORKER_DIED: "A conexão caiu e está sendo refeita; não é preciso fazer nada.",
    Reason.INTERNAL_ERROR: (
        "Um erro interno interrompeu a conexão. Ela está sendo refeita; não é preciso fazer nada."
    ),
    Reason.RESTARTS_EXHAUSTED: (
        "A conexão falhou muitas vezes seguidas. Reinicie a sessão; se continuar, chame o suporte."
    ),
}

_BY_STATE: dict[State, str] = {
    State.STOPPED: "Desconectado. Clique em conectar para usar o WhatsApp.",
    State.CONNECTING: "Conectando ao WhatsApp. Aguarde alguns segundos.",
    State.AWAITING_SCAN: (
        "Abra o WhatsApp no celular, toque em Aparelhos conectados e escaneie o QR code."
    ),
    State.AWAITING_CODE: (
        "No celular, abra WhatsApp > Aparelhos conectados > Conectar com número de telefone "
        "e digite o código."
    ),
    State.CONNECTED: "Conectado.",
    State.DEGRADED: "Conectado, mas o WhatsApp está lento para responder.",
    State.RECONNECTING: "Reconectando ao WhatsApp; não é preciso fazer nada.",
    State.LOGGED_OUT: "O WhatsApp foi desvinculado. Gere um novo QR code para conectar.",
    State.BANNED: (
        "O WhatsApp bloqueou este número por um tempo. Espere o fim do bloqueio e conecte de novo."
    ),
    State.REPLACED: (
        "Outra conexão assumiu este aparelho. Feche a outra e conecte de novo por aqui."
    ),
    State.CLIENT_OUTDATED: (
        "O servidor precisa ser atualizado para continuar no WhatsApp. Avise o suporte."
    ),
    State.FAILED: "A conexão parou por causa de um erro. Reinicie a sessão ou chame o suporte.",
}


def sentence(status: Status) -> str:
    """What the shop should know and do."""
    if status.reason in _BY_REASON:
        return _BY_REASON[status.reason]
    return _BY_STATE[status.state]
