"""What can go wrong with the private PostgreSQL; each docstring is the sentence people read."""


class PostgresError(Exception):
    """PostgreSQL did not do what was asked of it."""

    def __init__(self, **facts: object) -> None:
        super().__init__(" ".join((self.__doc__ or "").split()).format(**facts))


class NoPostgresError(PostgresError):
    """No PostgreSQL {oldest} or newer was found: install the locked requirements, or set PGBIN to the folder
    of its programs, or DATABASE_URL to a running server."""


class TooOldPostgresError(PostgresError):
    """The PostgreSQL in {folder} is version {found}, and CourseCove needs {oldest} or newer."""


class OtherPostgresVersionError(PostgresError):
    """The data in {folder} was made by PostgreSQL {made_by}, which is not here (found: {found}): set PGBIN to
    the programs of that version, or start over with an empty folder."""


class PathTooLongError(PostgresError):
    """No folder with a path short enough for PostgreSQL's socket was found: set TMPDIR to a short one, such
    as /tmp."""


class ForeignFolderError(PostgresError):
    """The folder {folder} holds something else than a private PostgreSQL: name an empty or a new one."""


class FolderNotOursError(PostgresError):
    """The folder {folder} belongs to another user: start as that user, or name another folder."""


class NoAccountError(PostgresError):
    """PostgreSQL needs an account that is not root's, and this machine offers neither one that can reach
    {folder} nor a user namespace: start as an ordinary user, or set DATABASE_URL."""


class DiskFullError(PostgresError):
    """The disk that holds {folder} is full: free some space and start again."""


class CannotStartError(PostgresError):
    """PostgreSQL could not be started in {folder}: {reason}"""
