"""Why media is not taken, fetched or served: a stable code and what to do, in Portuguese."""


class MediaRefusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """`code` is stable, `sentence` is Portuguese, `fields` stand beside them in an answer.

    None holds a URL or anything that came out of one: those carry passwords.
    """

    code = "media_refused"
    sentence = "Mídia recusada."

    def __init__(self, sentence: str | None = None, **fields: object) -> None:
        super().__init__(sentence or self.sentence)
        self.sentence = sentence or self.sentence
        self.fields = fields


class MediaTypeNotSupported(MediaRefusal):
    """Not a kind of file that this type of message carries; `found` and `accepted` say which."""

    code = "media_type_not_supported"
    sentence = "O WhatsApp não mostra este tipo de arquivo assim. Envie como document."


class MediaNotConvertible(MediaRefusal):
    """A sound that cannot be made a voice note: broken, without sound, or too long."""

    code = "media_not_convertible"
    sentence = (
        "Este áudio não pôde ser convertido em mensagem de voz: está corrompido, vazio ou é longo "
        "demais. Envie outro arquivo, ou envie sem voice."
    )


class MediaTooLarge(MediaRefusal):
    """More bytes than `limit`."""

    code = "media_too_large"
    sentence = "O arquivo é maior que o limite deste tipo de mensagem. Envie um arquivo menor."


class MediaEmpty(MediaRefusal):
    """No byte at all, which WhatsApp does not take."""

    code = "media_empty"
    sentence = "O arquivo está vazio. Confira o arquivo e envie de novo."


class MediaNotFound(MediaRefusal):
    """The empresa has no such file here; it may have been removed by retention."""

    code = "media_not_found"
    sentence = "Este arquivo não existe ou já foi removido. Envie o arquivo de novo."


class MediaExpired(MediaRefusal):
    """WhatsApp did not hold the file any more when it was fetched."""

    code = "media_expired"
    sentence = "O WhatsApp já não tem este arquivo. Peça ao cliente que envie de novo."


class MediaFailed(MediaRefusal):
    """The file cannot be had; `reason` says why."""

    code = "media_failed"
    sentence = "Não foi possível baixar este arquivo. Peça ao cliente que envie de novo."


class MediaGone(MediaRefusal):
    """The file was here, and was removed by retention."""

    code = "media_gone"
    sentence = "Este arquivo já foi removido do servidor. Peça ao cliente que envie de novo."


class MediaBudgetSpent(MediaRefusal):
    """The empresa's files fill its budget, `limit` in bytes, and none may be removed."""

    code = "media_budget_spent"
    sentence = (
        "O espaço para arquivos desta empresa está cheio. Tente de novo mais tarde "
        "ou peça ao operador que aumente o limite."
    )


class MediaDiskFull(MediaRefusal):
    """The disk has no room for it; journals and database come first."""

    code = "media_disk_full"
    sentence = "O servidor está sem espaço em disco para arquivos. Tente de novo mais tarde."


class MediaUrlInvalid(MediaRefusal):
    """Not an address that is fetched from, whoever answers there."""

    code = "media_url_invalid"
    sentence = (
        "A URL da mídia deve começar com http:// ou https://, sem usuário nem senha, "
        "nas portas que o servidor aceita (normalmente 80 e 443)."
    )


class MediaUrlUnsafe(MediaRefusal):
    """Its host is inside some network: this machine, a private one, or no place at all."""

    code = "media_url_unsafe"
    sentence = (
        "A URL da mídia leva a um endereço interno ou reservado. Use um endereço público "
        "ou peça ao operador que libere a rede."
    )


class MediaUrlUnreachable(MediaRefusal):
    """Nobody answers there; `reason` is `dns`, `connect` or `tls`."""

    code = "media_url_unreachable"
    sentence = (
        "Não foi possível conectar ao endereço da mídia. Confira o nome, "
        "o certificado e se o site está no ar."
    )


class MediaUrlRefused(MediaRefusal):
    """The answer is not 200; `status` says what it is."""

    code = "media_url_refused"
    sentence = "O site da mídia não entregou o arquivo. Confira se a URL abre sem login."


class MediaUrlRedirects(MediaRefusal):
    """Sent on more often than `limit` times."""

    code = "media_url_redirects"
    sentence = "A URL da mídia redireciona vezes demais. Use o endereço final do arquivo."


class MediaUrlTooSlow(MediaRefusal):
    """An answer that does not begin, does not get on, or does not end in time."""

    code = "media_url_too_slow"
    sentence = "O site da mídia é lento demais. Tente de novo ou envie o próprio arquivo."


class MediaUrlCompressed(MediaRefusal):
    """Compressed although that was not asked for; a small answer may be huge inside."""

    code = "media_url_compressed"
    sentence = (
        "O site da mídia só entrega o arquivo comprimido (Content-Encoding), o que o servidor "
        "não aceita. Envie o próprio arquivo."
    )


class MediaUrlBroken(MediaRefusal):
    """The answer is cut off, or no HTTP."""

    code = "media_url_broken"
    sentence = "A resposta do site da mídia está incompleta ou malformada. Envie o próprio arquivo."
