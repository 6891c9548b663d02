"""What was rolled back from is remembered, so that the same sources do not bring it back unasked.

A publisher keeps the id of each such version by the digest of what it says.
"""

import hashlib
import logging
from collections.abc import Iterable

from summitqa.article import Article
from summitqa.errors import IndexDamagedError, RejectedError
from summitqa.snapshot import Snapshot
from summitqa_index.publisher import Publisher

log = logging.getLogger(__name__)


def digest_of(checksum: str, articles: Iterable[Article]) -> str:
    """Digest what a version says: the model's checksum, and all of every article."""
    digest = hashlib.sha256(checksum.encode())
    for article in articles:
        digest.update(f"\0{article!r}".encode())
    return digest.hexdigest()


def digest_of_shelf(shelf: Snapshot) -> str:
    """Digest what a version that is kept says."""
    return digest_of(shelf.facts["checksum"], map(shelf.article, shelf.slugs))


def refuse_rejected(publisher: Publisher, digest: str, used: str) -> None:
    """Raise RejectedError where what was read is what was rolled back from."""
    version = publisher.rejected().get(digest)
    if version is not None:
        raise RejectedError(
            f"The sources say what the index {version} says, which was rolled back from; {used} "
            "stays in use. `summitqa index --force` switches to what they say all the same.",
            version,
        )


def reject(publisher: Publisher, digest: str, version: str) -> None:
    """Remember a version that is rolled back from."""
    publisher.remember_rejected({**_kept(publisher), digest: version})


def accept(publisher: Publisher, digest: str) -> None:
    """Forget what was rolled back from, for it is wanted again."""
    kept = _kept(publisher)
    if kept.pop(digest, None):
        publisher.remember_rejected(kept)


def _kept(publisher: Publisher) -> dict[str, str]:
    """Give what is remembered; a damaged file must not be in the way of going back."""
    try:
        return publisher.rejected()
    except IndexDamagedError as error:
        log.warning("%s It is written anew.", error)
        return {}
