"""What a data folder is to a database that replicas share, before it is started from."""

from enum import Enum
from pathlib import Path

from summitqa.errors import SummitQAError
from summitqa.postgres import is_postgres
from summitqa.postgres.claim import holds_shelves, mirrored
from summitqa_bot.state.database import look
from summitqa_bot.state.overview import has_shelves


class Beginning(Enum):
    """Whether the next start takes over what a folder holds, or refuses it.

    UNKNOWN where the database does not tell.
    """

    TAKEN = "taken"
    REFUSED = "refused"
    UNKNOWN = "unknown"


def beginning(home: Path, url: str | None) -> Beginning | None:
    """Look, changing nothing; None where a folder is, or is free to become, a mirror.

    None, too, where no replicas share a database.
    """
    if not is_postgres(url) or mirrored(home) is not None or not holds_shelves(home):
        return None
    try:
        return Beginning.REFUSED if look(home, url, has_shelves) else Beginning.TAKEN
    except SummitQAError:
        return Beginning.UNKNOWN
