"""The joint between building and storage: the versions of one shelf, for writing.

Whatever builds, goes back, lists or clears away sees a *publisher*, never how versions are kept.
What changes anything is only called under its lock. A version has a *draft* before it is one: it
is written, opened and looked at, and then switched to, or kept aside, or gone. It is known by its
id, which names the time it was written, so that ids are in order.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from summitqa.article import Article
from summitqa.snapshot import Snapshot
from summitqa_index.blobs import Blobs
from summitqa_index.vectors import PassageVectors

# From the keys of passages to the vectors of those that are known.
Known = Callable[[Sequence[bytes]], Mapping[bytes, PassageVectors]]


class Publisher(Protocol):
    """Keeps versions; its text says where, to be told people. It may be used by many threads."""

    @property
    def blobs(self) -> Blobs:
        """The bytes that the shelf's entries are made of."""

    def lock(self, who: str) -> AbstractContextManager[None]:
        """Be the only one to change versions; IndexBusyError, saying since when and by whom, else.

        It goes with the process that holds it, and at its end so does the draft, if there is one.
        What meets the end of room under it becomes a DiskFullError.
        """

    def used(self) -> str:
        """Name the version in use.

        Raises IndexMissingError where there is none yet, and IndexDamagedError where it is not
        known which it is: that must not be taken for a fresh start.
        """

    def ids(self) -> list[str]:
        """Name the versions, damaged ones too, newest first; no draft, nor what is aside."""

    def aside(self) -> str | None:
        """Name the version that was kept aside, if there is one."""

    def lost(self) -> list[str]:
        """Name the versions that the database of replicas has lost, and this one keeps."""

    def facts(self, version: str) -> Mapping[str, Any]:
        """Give what a version says of itself, whether or not the rest of it is whole.

        Raises IndexDamagedError, or IndexMismatchError where it is of another format.
        """

    def opened(self, version: str) -> Snapshot:
        """Open a version, the draft too, and check what was written; raises what ``facts`` does."""

    def is_in_rows(self, version: str) -> bool:
        """Tell whether a version is searched in a database, and too large to be had in passing."""

    def verify(self, version: str) -> list[str]:
        """Name what is damaged of a version; InputError where there is none of that id.

        IndexDamagedError, naming it, where all that is kept of it is.
        """

    def known(self) -> Known:
        """Give what looks up the vectors of the version in use and of what was kept aside."""

    def require_room(self, articles: Sequence[Article]) -> None:
        """Raise DiskFullError where a version of these would find too little room."""

    def write(
        self,
        articles: Sequence[Article],
        vectors: Iterable[tuple[bytes, PassageVectors]],
        facts: Mapping[str, Any],
    ) -> str:
        """Write a draft, and give its id.

        ``vectors``: the key and the vectors of each passage, in the order of the articles, taken
        one after another, as there may be more than memory holds. Counts and the time are added
        to ``facts``.
        """

    def keep_aside(self, version: str) -> None:
        """Keep the draft, not to be used unless it is named, in place of what was aside before."""

    def switch(self, version: str) -> None:
        """Make a version the one in use, in one step: the draft, what is aside, or an earlier one.

        Where that fails the one in use before stays so. A draft that is switched to takes the
        place of what was aside, too.
        """

    def withdraw(self) -> None:
        """Let no version be the one in use, in one step; those that there are stay."""

    def prune(self, keep: int) -> None:
        """Keep the version in use and the newest others, ``keep`` in all."""

    def erase(self) -> None:
        """Remove the shelf with all that is kept of it; from the first moment on there is none."""

    def rejected(self) -> dict[str, str]:
        """Give the ids of what was rolled back from by the digests; IndexDamagedError."""

    def remember_rejected(self, rejected: Mapping[str, str]) -> None:
        """Put these in place of what was remembered so."""
