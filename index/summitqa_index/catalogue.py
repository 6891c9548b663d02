"""What a community's shelf is made of: entries, which each version of it carries in its facts.

So what is switched to, or gone back to, is texts and entries alike. All of it is immutable, and a
change of a catalogue gives another one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Any

from summitqa.errors import ConflictError, IndexDamagedError, InputError
from summitqa.files import MANIFEST
from summitqa_index.fields import ARTICLE, FIELDS, is_blob, is_ref
from summitqa_index.sources.clean import one_line
from summitqa_index.sources.slugs import assign

# Of the facts of a version: its catalogue, the changes made last, the version it was made upon.
FACT, PUTS, UPON = "catalogue", "puts", "upon"
PASTED = "text.md"  # the name of a text that was written or pasted rather than sent as a file
_MOST = 10_000  # entries of a shelf


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing on a shelf: where its bytes are, and what the admin who put it there said of it.

    ``slug`` is unique on the shelf, and empty only in a draft that was not read yet. ``name`` is
    that of the file, its ending telling the kind. ``blob`` is the SHA-256 of the bytes, ``None``
    for a page that is fetched from ``url``; else ``url`` is the link that the admin gave.
    ``title``, ``published`` and ``credit`` are the admin's words, ``None`` where the file's own
    hold. ``at``: when, with its time zone; ``by``: a name to show; ``ref``: the draft it came
    from. ``kind`` is "answer" where a person wrote it for a question: that is its ``title``, and
    ``credit`` who answered.
    """

    slug: str
    name: str
    blob: str | None
    url: str | None
    at: datetime
    title: str | None = None
    published: date | None = None
    credit: str | None = None
    by: str = ""
    ref: str = ""
    kind: str = ARTICLE

    def to_json(self) -> dict[str, Any]:
        """Give the entry as JSON has it."""
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        day = self.published and self.published.isoformat()
        return {**given, "at": self.at.isoformat(), "published": day}


Catalogue = tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """How much a shelf holds; ``bytes``: of its files, and of its pages as they were fetched."""

    articles: int
    passages: int
    bytes: int


def to_json(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Give a catalogue as JSON has it."""
    return [entry.to_json() for entry in catalogue]


def from_json(value: object) -> Catalogue:
    """Read what ``to_json`` gave, whoever wrote it; ValueError, its message a sentence."""
    if not isinstance(value, list) or len(value) > _MOST:
        raise ValueError(f"The catalogue is no list; expected one of at most {_MOST} entries.")
    entries = tuple(entry_from(one, f"Entry {n}") for n, one in enumerate(value, start=1))
    seen: set[str] = set()
    for entry in entries:
        if not entry.slug or entry.slug in seen:
            raise ValueError(f"The slug {entry.slug!r} is on the shelf twice; expected once.")
        seen.add(entry.slug)
    return entries


def entry_from(value: object, which: str = "The entry") -> Entry:
    """Read an entry from JSON; what is not known is passed over, as a later version's may be.

    ValueError, its message a sentence that begins with ``which``, where a value is not sound.
    """
    if not isinstance(value, dict):
        raise ValueError(f"{which} is no object; expected the fields of an entry.")  # noqa: TRY004
    given: dict[str, Any] = {}
    for name, (read, expected) in FIELDS.items():
        try:
            given[name] = read(value.get(name))
        except (TypeError, ValueError):
            shown = repr(value.get(name))[:80]
            raise ValueError(f"{which} has the {name} {shown}; expected {expected}.") from None
    entry = Entry(**given)
    if entry.blob is None and entry.url is None:
        raise ValueError(f"{which} has neither blob nor url; expected one of them at least.")
    return entry


def catalogue_of(facts: Mapping[str, Any], version: str) -> Catalogue:
    """Give the catalogue that a version's facts carry, an empty one where they carry none.

    IndexDamagedError where it is none that we wrote.
    """
    try:
        return from_json(facts.get(FACT, []))
    except ValueError as error:
        raise IndexDamagedError(
            f"The catalogue of the index {version} is damaged: {error} Go back to the version "
            "before.",
            [MANIFEST],
        ) from error


def find(catalogue: Catalogue, slug: str) -> Entry | None:
    """Give the entry of a slug, if there is one."""
    return next((entry for entry in catalogue if entry.slug == slug), None)


def added(catalogue: Catalogue, entry: Entry) -> Catalogue:
    """Put an entry last, its slug numbered where it is taken."""
    taken = [(one.slug, None) for one in catalogue]
    slugs = assign([*taken, ("", entry.slug)], {slug: slug for slug, _ in taken})
    return (*catalogue, replace(entry, slug=slugs[""]))


def replaced(catalogue: Catalogue, slug: str, entry: Entry) -> Catalogue:
    """Put an entry in place of another, whose slug it keeps; ConflictError where that is gone."""
    _there(catalogue, slug)
    new = replace(entry, slug=slug)
    return tuple(new if one.slug == slug else one for one in catalogue)


def renamed(catalogue: Catalogue, slug: str, title: str | None) -> Catalogue:
    """Give an entry another title, ``None`` for the file's own; ConflictError where it is gone."""
    return replaced(catalogue, slug, replace(_there(catalogue, slug), title=title))


def removed(catalogue: Catalogue, slug: str) -> Catalogue:
    """Take an entry off; ConflictError where it is gone."""
    _there(catalogue, slug)
    return tuple(one for one in catalogue if one.slug != slug)


@dataclass(frozen=True, slots=True)
class Difference:
    """What tells a catalogue from the one before: slugs, each in one of these alone.

    ``renamed`` has another title and is else the same.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    renamed: tuple[str, ...]
    removed: tuple[str, ...]


def difference(before: Catalogue, after: Catalogue) -> Difference:
    """Tell what differs between two catalogues."""
    old, new = ({entry.slug: entry for entry in one} for one in (before, after))
    others = [one for slug, one in new.items() if slug in old and one != old[slug]]
    renamed = [one.slug for one in others if replace(old[one.slug], title=one.title) == one]
    return Difference(
        added=tuple(slug for slug in new if slug not in old),
        changed=tuple(one.slug for one in others if one.slug not in renamed),
        renamed=tuple(renamed),
        removed=tuple(slug for slug in old if slug not in new),
    )


def conflict(base: Catalogue, newest: Catalogue, slug: str) -> bool:
    """Tell whether an entry is another, gone, or come, in the newest from what is in the base."""
    return find(base, slug) != find(newest, slug)


def clean_name(name: str) -> str:
    """Give a file's name as it may stand in an entry: its last part, on one line."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return one_line(last) or PASTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of one entry, as a draft keeps it: ``before`` and ``after``, ``None`` for none.

    It is made upon the newest catalogue, whatever else has changed in it since. ``page`` is the
    blob of the page that was fetched when it was looked at, which is what is put.
    """

    ref: str
    before: Entry | None
    after: Entry | None
    page: str | None = None

    @property
    def rewords(self) -> bool:
        """Whether it only says something else of what stands there."""
        if self.before is None or self.after is None:
            return False
        one, other = ((entry.ref, entry.blob, entry.url) for entry in (self.before, self.after))
        return one == other

    @classmethod
    def adding(cls, entry: Entry) -> "Change":
        """Put an entry on the shelf; its ``ref`` is the change's."""
        return cls(ref=entry.ref, before=None, after=entry)

    @classmethod
    def replacing(cls, catalogue: Catalogue, slug: str, entry: Entry) -> "Change":
        """Put an entry in place of another; ConflictError where that is gone.

        What the admin said of the one before holds for it, too, but for the day: title and credit,
        and the link, where neither is a page that is fetched.
        """
        before = _there(catalogue, slug)
        link = before.url if before.blob and entry.blob else None
        after = replace(
            entry, slug=slug, title=entry.title or before.title,
            credit=entry.credit or before.credit, url=entry.url or link,
        )  # fmt: skip
        return cls(ref=entry.ref, before=before, after=after)

    @classmethod
    def renaming(cls, catalogue: Catalogue, slug: str, title: str | None, ref: str) -> "Change":
        """Give an entry another title, ``None`` for its file's own; ConflictError as above."""
        before = _there(catalogue, slug)
        return cls(ref=ref, before=before, after=replace(before, title=title))

    @classmethod
    def removing(cls, catalogue: Catalogue, slug: str, ref: str) -> "Change":
        """Take an entry off the shelf; ConflictError as above."""
        return cls(ref=ref, before=_there(catalogue, slug), after=None)

    def upon(self, newest: Catalogue) -> Catalogue:
        """Make the change upon a catalogue.

        ConflictError where its entry has changed since; InputError where it is no sound entry.
        """
        try:
            return from_json(to_json(self._made(newest)))
        except ValueError as error:
            raise InputError(str(error)) from error

    def _made(self, newest: Catalogue) -> Catalogue:
        if self.before is None:
            return added(newest, self.after) if self.after else newest
        slug = self.before.slug
        _there(newest, slug)
        if conflict((self.before,), newest, slug):
            raise ConflictError(
                f"{slug!r} has been changed by somebody else since; nothing was done, look at it "
                "as it is now and try again."
            )
        return replaced(newest, slug, self.after) if self.after else removed(newest, slug)

    def to_json(self) -> dict[str, Any]:
        """Give the change as JSON has it."""
        sides = {"before": self.before, "after": self.after}
        entries = {side: one and one.to_json() for side, one in sides.items()}
        return {"ref": self.ref, **entries, "page": self.page}

    @classmethod
    def from_json(cls, value: object) -> "Change":
        """Read what ``to_json`` gave, whoever wrote it; ValueError, its message a sentence."""
        if not isinstance(value, dict) or not is_ref(value.get("ref")):
            raise ValueError("The change is none; expected an object with its ref.")
        before, after = (
            None if value.get(side) is None else entry_from(value[side], f"The entry {side} it")
            for side in ("before", "after")
        )
        if before is None and after is None:
            raise ValueError("The change has neither before nor after; expected one at least.")
        page = value.get("page")
        if page is not None and not is_blob(page):
            raise ValueError("The change has a page that is none; expected 64 hexadecimal digits.")
        return cls(ref=value["ref"], before=before, after=after, page=page)


def _there(catalogue: Catalogue, slug: str) -> Entry:
    entry = find(catalogue, slug)
    if entry is None:
        raise ConflictError(f"{slug[:80]!r} is not on the shelf any more; nothing was done.")
    return entry
