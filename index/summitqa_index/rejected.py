"""What was rolled back from is remembered, so that the same sources do not bring it back unasked.

``HOME/REJECTED`` holds a line for each such version: the digest of what it says, and its id.
It is only written under the builders' lock.
"""

import hashlib
import logging
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from summitqa.article import Article
from summitqa.errors import IndexDamagedError, RejectedError
from summitqa.files import open_regular, replace_durably
from summitqa.snapshot import Snapshot

log = logging.getLogger(__name__)

REJECTED = "REJECTED"
_LARGEST = 1 << 20


def digest_of(checksum: str, articles: Iterable[Article]) -> str:
    """Digest what a version says: the model's checksum, and all of every article."""
    digest = hashlib.sha256(checksum.encode())
    for article in articles:
        digest.update(f"\0{article!r}".encode())
    return digest.hexdigest()


def digest_of_shelf(shelf: Snapshot) -> str:
    """Digest what a version on disk says."""
    return digest_of(shelf.facts["checksum"], map(shelf.article, shelf.slugs))


def refuse_rejected(home: Path, digest: str, used: str) -> None:
    """Raise RejectedError where what was read is what was rolled back from."""
    version = _load(home).get(digest)
    if version is not None:
        raise RejectedError(
            f"The sources say what the index {version} says, which was rolled back from; {used} "
            "stays in use. `summitqa index --force` switches to what they say all the same.",
            version,
        )


def reject(home: Path, digest: str, version: str) -> None:
    """Remember a version that is rolled back from."""
    _save(home, {**_kept(home), digest: version})


def accept(home: Path, digest: str) -> None:
    """Forget what was rolled back from, for it is wanted again."""
    kept = _kept(home)
    if kept.pop(digest, None):
        _save(home, kept)


def _kept(home: Path) -> dict[str, str]:
    """Give what is remembered; a damaged file must not be in the way of going back."""
    try:
        return _load(home)
    except IndexDamagedError as error:
        log.warning("%s It is written anew.", error)
        return {}


def _load(home: Path) -> dict[str, str]:
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


def _save(home: Path, rejected: Mapping[str, str]) -> None:
    lines = "".join(f"{digest} {version}\n" for digest, version in rejected.items())
    replace_durably(home / REJECTED, lines.encode())
