"""What PostgreSQL's errors mean: trouble with the database, or one value that it cannot take."""

from __future__ import annotations

import psycopg
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

_GONE = (
    "O banco de dados PostgreSQL não responde. "
    "Verifique se ele está ligado e acessível; o servidor continua tentando."
)
_LOCKED = (
    "O banco de dados está bloqueado por outro programa. "
    "Feche o outro programa; o servidor continua tentando."
)
_FULL = "O disco do banco de dados está cheio. Libere espaço; o servidor continua tentando."
_READ_ONLY = (
    "O banco de dados só aceita leitura. "
    "Aponte para o servidor principal do PostgreSQL; o servidor continua tentando."
)
_CROWDED = (
    "O banco de dados PostgreSQL está sem recursos (conexões ou memória). "
    "Aumente o limite; o servidor continua tentando."
)
_REFUSED = (
    "O banco de dados recusou o acesso. "
    "Verifique usuário, senha e permissões; o servidor continua tentando."
)
_DAMAGED = "O banco de dados está danificado. Pare o servidor e restaure um backup."
_OTHER = "O banco de dados não aceita gravações agora. O servidor continua tentando; veja o log."

#: By the start of SQLSTATE, the first that fits (PostgreSQL's documentation, appendix A).
_SENTENCES = {
    "08": _GONE,  # connection exception
    "57014": _LOCKED,  # a statement waited for longer than its timeout
    "57P": _GONE,  # shut down, crashed, starting
    "25006": _READ_ONLY,
    "25P03": _GONE,  # idle for too long within a transaction
    "40": _LOCKED,  # deadlock, serialization
    "55P03": _LOCKED,  # a lock was not to be had in time
    "53100": _FULL,
    "53": _CROWDED,
    "28": _REFUSED,
    "3D": _GONE,  # no such database
    "42501": _REFUSED,
    "42P01": _OTHER,
    "58": _OTHER,  # input or output failed
    "XX": _DAMAGED,
}

#: Data that is not to be had, constraints, and a limit of one value or index entry.
_OF_A_VALUE = ("22", "23", "54")


def sentence(error: BaseException | None) -> str:
    """What the operator should do; Portuguese."""
    if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
        # The connection broke, or never came about; the server's own words are in the text.
        return _REFUSED if "authentication failed" in str(error) else _GONE
    state = str(getattr(error, "sqlstate", None) or "")
    return next((text for start, text in _SENTENCES.items() if state.startswith(start)), _OTHER)


def trouble(error: DBAPIError) -> str | None:
    """The sentence, or None where it is about a value that was to be written."""
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        # The driver's own: a text with a NUL, a type that it does not know.
        is_of_a_value = isinstance(error, DataError | IntegrityError) or (
            type(error.orig) is psycopg.ProgrammingError
        )
    else:
        is_of_a_value = str(state).startswith(_OF_A_VALUE)
    return None if is_of_a_value else sentence(error.orig)
