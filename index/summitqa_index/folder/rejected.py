"""The file that holds what was rolled back from: ``REJECTED``, a line for each such version.

A line is the digest of what the version says, and its id.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from summitqa.errors import IndexDamagedError
from summitqa.files import open_regular, replace_durably
from summitqa.settings import REJECTED

_LARGEST = 1 << 20


def load(home: Path) -> dict[str, str]:
    """Give the id by each digest; IndexDamagedError where the file is not what was written."""
    try:
        with open_regular(home / REJECTED) as file:
            lines = file.read(_LARGEST).decode("ascii").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise _damaged(home) from error
    pairs = [re.fullmatch(r"([0-9a-f]{64}) (\S+)", line) for line in lines]
    if not all(pairs):
        raise _damaged(home)
    return {pair[1]: pair[2] for pair in pairs if pair}


def _damaged(home: Path) -> IndexDamagedError:
    return IndexDamagedError(
        f"The file {home / REJECTED} is damaged: it is to name the versions that were rolled back "
        "from. Remove it to let the sources bring back what they say.",
        [REJECTED],
    )


def save(home: Path, rejected: Mapping[str, str]) -> None:
    """Write the file anew, durably and in one step."""
    replace_durably(home / REJECTED, dump(rejected))


def dump(rejected: Mapping[str, str]) -> bytes:
    """Give what the file is to hold."""
    return "".join(f"{digest} {version}\n" for digest, version in rejected.items()).encode()
