"""The versions there are: which is in use, what they say of themselves, going back, checking."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from summitqa.errors import (
    ConflictError,
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    InputError,
    SummitQAError,
)
from summitqa.snapshot import Snapshot
from summitqa_index.catalogue import (
    FACT,
    UPON,
    Catalogue,
    Difference,
    catalogue_of,
    difference,
)
from summitqa_index.publisher import Publisher
from summitqa_index.rejected import accept, digest_of_shelf, reject
from summitqa_index.sources.reading import WAY

_STAMP = "%Y%m%d-%H%M%S-%f"


@dataclass(frozen=True, slots=True)
class Version:
    """A version as listed: its id, when it was built, how much it holds, whether in use.

    ``aside``: it was built but kept aside, for it lost questions it was to answer. ``lost``:
    by the database that replicas share, at a failover; it is here alone. ``differs``:
    from the one listed before in time, where both carry a catalogue.
    """

    id: str
    built_at: str
    articles: int
    passages: int
    in_use: bool
    aside: bool = False
    lost: bool = False
    differs: Difference | None = None


def new_id(ids: Sequence[str]) -> str:
    """Name a version by the time, to the microsecond, and later than any there is."""
    now = datetime.now(UTC)
    # A clock set back must not put the new version before the old ones.
    with suppress(ValueError):
        last = datetime.strptime(max(ids, default=""), _STAMP).replace(tzinfo=UTC)
        now = max(now, last + timedelta(microseconds=1))
    return now.strftime(_STAMP)


def has_index(publisher: Publisher) -> bool:
    """Tell whether a version is in use."""
    try:
        publisher.used()
    except IndexMissingError:
        return False
    return True


def open_used(publisher: Publisher) -> Snapshot | None:
    """Open the version in use; ``None`` where there is none that is whole and of our format."""
    try:
        return publisher.opened(publisher.used())
    except (IndexMissingError, IndexDamagedError, IndexMismatchError):
        return None


def read_otherwise(facts: Mapping[str, Any]) -> bool:
    """Tell whether a version's articles were read in another way than they are read now."""
    return facts.get("reading") != WAY


def listed(publisher: Publisher) -> list[Version]:
    """List the whole versions, newest first; one whose facts are damaged is left out."""
    aside, lost = publisher.aside(), publisher.lost()
    used = _used(publisher)
    found: list[Version] = []
    carried: list[Catalogue | None] = []
    for one in [*([aside] if aside else []), *sorted([*publisher.ids(), *lost], reverse=True)]:
        with suppress(SummitQAError):
            facts = publisher.facts(one)
            counts = (facts["articles"], facts["passages"])
            carried.append(catalogue_of(facts, one) if FACT in facts else None)
            states = (one == used, one == aside, one in lost)
            found.append(Version(one, facts["built_at"], *counts, *states))
    return [
        replace(one, differs=difference(before, now))
        if now is not None and before is not None
        else one
        for one, now, before in zip(found, carried, [*carried, None][1:], strict=True)
    ]


def _used(publisher: Publisher) -> str | None:
    with suppress(IndexMissingError, IndexDamagedError):
        return publisher.used()
    return None


def sources_of(publisher: Publisher) -> list[str] | None:
    """Give the sources of the version in use; where it is damaged, of the newest that is not.

    ``None`` where there is no version yet. InputError where none is left to ask: the shelf
    must not be replaced by another unasked.
    """
    for facts in _facts(publisher):
        return list(facts["sources"])
    if publisher.ids():
        raise InputError(
            f"Every index in {publisher} is damaged, its list of sources, too; name them: "
            "`summitqa index SOURCE...`."
        )
    return None


def slugs_of(publisher: Publisher) -> dict[str, str]:
    """Give the slug of each source, as the version in use has it, else the newest that knows it."""
    slugs: dict[str, str] = {}
    for facts in _facts(publisher):
        slugs = {**facts.get("slugs", {}), **slugs}
    return slugs


def is_filled(publisher: Publisher) -> bool:
    """Tell whether a shelf is one that is filled from chat, by its version in use or the newest."""
    return FACT in next(_facts(publisher), {})


def _facts(publisher: Publisher) -> Iterator[Mapping[str, Any]]:
    """Give what the versions say of themselves, the one in use first, then the newest."""
    used = _used(publisher)
    for one in dict.fromkeys([*([used] if used else []), *publisher.ids()]):
        with suppress(IndexDamagedError, IndexMismatchError):
            yield publisher.facts(one)


def rollback(publisher: Publisher, to: str | None = None, who: str = "the command line") -> str:
    """Switch to the version before the one in use, or to a named one, once it is verified whole.

    What is gone back from is remembered as rejected. The version kept aside is switched to where
    it is named.
    """
    with publisher.lock(who):
        target = to if to is not None else _before(publisher)
        go_back(publisher, target)
    return target


def go_back(publisher: Publisher, target: str) -> None:
    """Switch to a named version, under the lock, as ``rollback`` does."""
    broken = verify(publisher, target)
    if broken:
        raise IndexDamagedError(
            f"The version {target} is damaged ({', '.join(broken)}); the one in use stays. "
            "`summitqa versions` lists others.",
            broken,
        )
    _require_upon_used(publisher, target)
    _reject_used(publisher, target)
    publisher.switch(target)
    accept(publisher, digest_of_shelf(publisher.opened(target)))


def _require_upon_used(publisher: Publisher, target: str) -> None:
    """Refuse what was kept aside where a shelf filled from chat has gone on without it."""
    facts = publisher.facts(target)
    if target == publisher.aside() and FACT in facts and facts.get(UPON) != _used(publisher):
        raise ConflictError(
            f"The shelf has been changed since {target} was kept aside, which knows nothing of "
            "that; make its change again."
        )


def _reject_used(publisher: Publisher, target: str) -> None:
    """Remember what is gone back from, unless it is the disk that was at fault."""
    with suppress(IndexMissingError, IndexDamagedError, IndexMismatchError):
        used = publisher.used()
        if target < used:
            reject(publisher, digest_of_shelf(publisher.opened(used)), used)


def _before(publisher: Publisher) -> str:
    """Name the version before the one in use; the newest where it is not known which that is."""
    ids = publisher.ids()
    try:
        used = publisher.used()
    except IndexDamagedError:
        if ids:
            return ids[0]
        raise
    older = [one for one in ids if one < used]
    if not older:
        raise InputError(f"There is no version before {used} to go back to.")
    return older[0]


def verify(publisher: Publisher, version: str | None = None) -> list[str]:
    """Name what is damaged of a version, or of the one in use; none where all is whole."""
    try:
        return publisher.verify(publisher.used() if version is None else version)
    except IndexDamagedError as error:
        return list(error.files)
