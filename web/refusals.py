"""What the web refuses before any actor is asked; `web/base.py` gives each its status."""

from actors.errors import Refusal


class InvalidRequest(Refusal):
    """The request is malformed; its subclasses and `code` say in what."""

    code = "invalid_request"
    sentence = "Pedido malformado. Confira o endereço, os parâmetros e o corpo."


class InvalidEmpresaId(InvalidRequest):
    """Not an id of design: ASCII, `[1-9][0-9]{0,14}`."""

    code = "invalid_empresa_id"
    sentence = "O id da empresa deve ser um número inteiro positivo, de até 15 algarismos."


class EmpresaIdNotRepeated(InvalidRequest):
    """What cannot be undone is asked for twice: in the address and in the body."""

    code = "empresa_id_not_repeated"
    sentence = 'Para apagar a empresa, repita o id dela no corpo: {"empresaId": 5}.'


class InvalidPhoneNumber(InvalidRequest):
    """Not an E.164 number with the plus."""

    code = "invalid_phone_number"
    sentence = "O telefone deve estar no formato internacional, por exemplo +5521999999999."


class InvalidJson(InvalidRequest):
    """The body is not a JSON object in UTF-8."""

    code = "invalid_json"
    sentence = "O corpo do pedido deve ser um objeto JSON em UTF-8."


class InvalidSince(InvalidRequest):
    """`since` of a WebSocket is not a number of the ledger."""

    code = "invalid_since"
    sentence = "since deve ser o número do último evento recebido: um inteiro a partir de 0."


class InvalidAfter(InvalidRequest):
    """`after` is not a number of the ledger."""

    code = "invalid_after"
    sentence = "after deve ser o número do último evento lido: um inteiro a partir de 0."


class InvalidCursor(InvalidRequest):
    """`after` is no place in the order of all empresas' events."""

    code = "invalid_cursor"
    sentence = "after deve ser o next de uma resposta anterior, ou latest."


class InvalidLimit(InvalidRequest):
    """`limit` is not from 1 to 1000."""

    code = "invalid_limit"
    sentence = "limit deve ser um inteiro de 1 a 1000."


class InvalidWait(InvalidRequest):
    """`wait` is not from 0 to 30 seconds."""

    code = "invalid_wait"
    sentence = "wait deve ser um número inteiro de segundos, de 0 a 30."


class InvalidType(InvalidRequest):
    """`type` is not a list of names."""

    code = "invalid_type"
    sentence = "type deve ser uma lista de tipos de evento separados por vírgula."


class InvalidState(InvalidRequest):
    """`state` is no name of a state."""

    code = "invalid_state"
    sentence = "state deve ser um estado, por exemplo connected, restarting ou unresponsive."


class InvalidSort(InvalidRequest):
    """`sort` is none of `sorts`, which stand beside."""

    code = "invalid_sort"
    sentence = "sort deve ser uma das ordens da lista em sorts."


class InvalidTypingState(InvalidRequest):
    """`state` of typing is none of the three."""

    code = "invalid_typing_state"
    sentence = "state deve ser composing, recording ou paused."


class WebSocketExpected(InvalidRequest):
    """A plain request where a WebSocket is opened."""

    code = "websocket_expected"
    sentence = "Este endereço só aceita WebSocket (versão 13)."


class Unauthorized(Refusal):
    """No token, or a wrong one."""

    code = "unauthorized"
    sentence = "Token ausente ou incorreto. Envie o cabeçalho Authorization: Bearer <token>."


class InvalidHost(Refusal):
    """Without a token, a name that is not this machine's own: DNS rebinding looks like this."""

    code = "invalid_host"
    sentence = (
        "Sem token, o servidor só responde em localhost, 127.0.0.1 ou [::1]. "
        "Use um destes endereços ou configure VENDEAI_API_TOKEN."
    )


class ForwardedWithoutToken(Refusal):
    """Without a token, a request that a proxy hands on may come from anybody."""

    code = "forwarded_without_token"
    sentence = (
        "Sem token, o servidor não aceita pedidos vindos de um proxy. Configure VENDEAI_API_TOKEN."
    )


class ForeignOrigin(Refusal):
    """A web page of an origin that is not trusted."""

    code = "foreign_origin"
    sentence = (
        "Páginas desta origem não podem usar o servidor. Inclua a origem em VENDEAI_CORS_ORIGINS."
    )


class RouteNotFound(Refusal):
    """No such address."""

    code = "route_not_found"
    sentence = "Endereço não encontrado. Confira o caminho na documentação da API."


class MethodNotAllowed(Refusal):
    """The address exists, the method does not."""

    code = "method_not_allowed"
    sentence = "Este endereço não aceita este método HTTP."


class PayloadTooLarge(Refusal):
    """The body is larger than this address takes."""

    code = "payload_too_large"
    sentence = "O corpo do pedido é grande demais para este endereço."


class TooBusy(Refusal):
    """No room for another large body now."""

    code = "too_busy"
    sentence = (
        "O servidor está recebendo muitos arquivos ao mesmo tempo. Tente de novo em alguns "
        "segundos, ou envie por media.url ou multipart/form-data."
    )


class RangeNotSatisfiable(Refusal):
    """`Range` asks for bytes beyond the end; `size` is how many there are."""

    code = "range_not_satisfiable"
    sentence = "O arquivo tem menos bytes do que o pedido no cabeçalho Range."


class UnsupportedMediaType(Refusal):
    """A body that is not `application/json`, nor a form where one is taken."""

    code = "unsupported_media_type"
    sentence = "Envie o corpo como JSON, com o cabeçalho Content-Type: application/json."


class InternalError(Refusal):
    """A fault of ours; the log has it under the request's id."""

    code = "internal_error"
    sentence = (
        "Erro interno do servidor. Tente de novo; se continuar, informe ao suporte o "
        "cabeçalho X-Request-Id desta resposta."
    )
