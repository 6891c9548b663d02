"""Everything that can go wrong, one class for each meaning.

The message of each is one sentence fit for a user: it names what is wrong and what is
expected. ``exit_code`` is what a command ends with: 2 where the user's input or
configuration is at fault, 3 where we are, and a number of its own where a script may want to
mend it, make room or try again: 4 damage, 5 no space, 6 busy, 7 called off, 8 no database.
"""

from collections.abc import Iterable
from datetime import datetime


class SummitQAError(Exception):
    """The root of all errors raised on purpose."""

    exit_code = 3


class InputError(SummitQAError):
    """What the user gave, by hand or by configuration, cannot be used."""

    exit_code = 2


class SettingsError(InputError):
    """A setting is missing or malformed."""


class UnreachableError(SummitQAError):
    """What we need cannot be reached now; nothing is known to be wrong with what we ask of it."""


class DatabaseUnavailableError(UnreachableError):
    """The database cannot be reached, or is too slow, for now; what it holds is not in doubt."""

    exit_code = 8


class QuestionError(InputError):
    """The question cannot be searched for: empty, too long, or no question at all."""


class SourceError(InputError):
    """A source cannot be read as an article."""


class ConflictError(InputError):
    """What was to be changed on a shelf has been changed, or taken off it, since."""


class ArticleUnknownError(InputError):
    """No article of that slug is on the shelf."""


class ModelError(InputError):
    """The encoder's model cannot be loaded or is not what it should be."""


class IndexMissingError(InputError):
    """No index has been built yet."""


class IndexDamagedError(SummitQAError):
    """Files of an index are not what its manifest says, or are missing.

    ``files`` names each, relative to the version's folder.
    """

    exit_code = 4

    def __init__(self, message: str, files: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.files = tuple(files)


class BackupDamagedError(SummitQAError):
    """A backup is not what was written, or is not whole."""

    exit_code = 4


class UnreadableError(InputError):
    """A file of the data folder may not be read by this process, though it may well be whole."""


class IndexMismatchError(InputError):
    """The index is whole but was written by another model or format."""


class IndexBusyError(SummitQAError):
    """Another reindex is running.

    ``since`` when (UTC) and by ``who``, in the words it gave; None where that is not known.
    """

    exit_code = 6

    def __init__(self, since: datetime | None = None, who: str | None = None) -> None:
        self.since = since
        self.who = who
        super().__init__(
            f"A reindex is running already, busy {self.known}; try again when it is done."
        )

    @property
    def known(self) -> str:
        """What is known of it, in words."""
        if self.since is None:
            return "since a moment ago"
        return f"since {self.since:%Y-%m-%d %H:%M:%S UTC}, by {self.who}"


class GateError(InputError):
    """A new version lost too many of the questions it was to answer; it was kept aside.

    ``version`` is its id, ``lost`` are those questions.
    """

    def __init__(self, message: str, version: str, lost: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.version = version
        self.lost = tuple(lost)


class RejectedError(InputError):
    """The sources say what was rolled back from; the version in use stays.

    ``version`` is the id of the one rolled back from.
    """

    def __init__(self, message: str, version: str) -> None:
        super().__init__(message)
        self.version = version


class DiskFullError(SummitQAError):
    """There is not enough space for what is to be written; what was there stays."""

    exit_code = 5


class CalledOffError(SummitQAError):
    """A reindex was called off; the version in use stays."""

    exit_code = 7

    def __init__(self) -> None:
        super().__init__("The reindex was cancelled; the index in use stays as it was.")


class TurnOverError(CalledOffError):
    """A build has had its turn; what it has embedded is kept for when it goes on."""


class PermissionDeniedError(InputError):
    """The action is for admins."""
