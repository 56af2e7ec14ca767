"""What can be wrong with the database."""


class DatabaseProblem(Exception):  # noqa: N818 - it is a state of affairs; its subclasses say which
    """The server cannot start with this database; the text is one sentence that says what to do."""


class DatabaseUnsupported(DatabaseProblem):
    """The URL names an engine, or a form of it, that this program does not speak."""


class DatabaseUnusable(DatabaseProblem):
    """The database cannot be opened, created or written."""


class DatabaseInUse(DatabaseProblem):
    """Another server, or a migration, is at work on it."""


class DatabaseNewer(DatabaseProblem):
    """A newer version of the program has migrated it."""


class DatabaseUnavailable(Exception):  # noqa: N818 - it passes; what could not be done is kept
    """A running server cannot use its database now; `sentence` is Portuguese.

    The connection has been dropped: the next transaction opens a new one.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class DatabaseTaken(DatabaseUnavailable):
    """Another server writes this database: two would number events without each other."""

    def __init__(self) -> None:
        super().__init__(
            "Outro servidor usa este banco de dados. "
            "Pare um dos dois; este continua tentando e não grava nada."
        )
