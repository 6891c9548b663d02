"""What is handed in to be put on a shelf: a file, a text or a page, and what is said of it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from summitqa.errors import InputError
from summitqa_bot.settings import Settings
from summitqa_bot.strings import articles as said
from summitqa_bot.wording.reply import File, Filled
from summitqa_index.catalogue import PASTED, Entry, Held, clean_name
from summitqa_index.sources.fetch import MB
from summitqa_index.sources.pages import is_url
from summitqa_index.sources.reading import is_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What is handed in; empty strings are as good as nothing.

    ``file`` and ``text`` are ``None`` for a page, which is read from ``url``; else that is the link
    to the original.
    """

    file: File | None = None
    text: str | None = None
    url: str | None = None
    title: str | None = None
    published: str | None = None
    credit: str | None = None

    @classmethod
    def filled(cls, filled: Filled) -> "Material":
        """Take what was filled into the form; InputError where that is too much."""
        page, link = filled.text("page"), filled.text("link")
        text, file = filled.text("text"), next(iter(filled.files), None)
        if page and (file or text):
            raise InputError(said.TOO_MUCH_GIVEN)
        return cls(
            file=file, text=text, url=page or link, title=filled.text("title"),
            published=filled.text("date"), credit=filled.text("credit"),
        )  # fmt: skip

    def entry(self, keep: Callable[[bytes], str]) -> Entry:
        """Give the entry that this would be on a shelf, whose bytes are kept from now on.

        InputError where there is nothing, or more than one thing, and what ``keep`` raises.
        """
        if self.file and self.text:
            raise InputError(said.TOO_MUCH_GIVEN)
        text = File(PASTED, self.text.encode("utf-8", "replace")) if self.text else None
        given, url = self.file or text, _address(self.url)
        if given is None and url is None:
            raise InputError(said.NOTHING_GIVEN)
        published = _day(self.published)
        return Entry(
            slug="", name=clean_name(given.name if given else url or ""),
            blob=keep(given.content) if given else None,
            url=url, at=datetime.now(UTC), title=self.title or None,
            published=published, credit=self.credit or None, ref=new_ref(),
        )  # fmt: skip


def worded(entry: Entry, filled: Filled) -> Entry:
    """Put what was filled in over what an entry says; the address of a page stays."""
    url = _address(filled.text("link")) if entry.blob else entry.url
    return replace(
        entry, title=filled.text("title"), published=_day(filled.text("date")),
        credit=filled.text("credit"), url=url,
    )  # fmt: skip


def require_place(settings: Settings, held: Held, would: Held) -> None:
    """Raise InputError where a shelf would come to hold more than it may.

    Drafts are looked at while there is room for each; all of them may be pressed afterwards. One
    that holds more already, as the limit was another, may be mended all the same.
    """
    if settings.shelf_articles < would.articles > held.articles:
        raise InputError(said.FULL_ARTICLES.format(count=held.articles))
    if settings.shelf_mb * MB < would.bytes > held.bytes:
        megabytes = f"{would.bytes / MB:.1f}"
        raise InputError(said.FULL_BYTES.format(megabytes=megabytes, most=settings.shelf_mb))
    most = settings.shelf_passages
    if most < would.passages > held.passages:
        raise InputError(
            said.FULL_PASSAGES.format(passages=f"{would.passages:,}", most=f"{most:,}")
        )


def new_ref() -> str:
    """Name a change."""
    return secrets.token_urlsafe(9)


def _day(given: str | None) -> date | None:
    if not given:
        return None
    try:
        return date.fromisoformat(given.strip())
    except ValueError:
        raise InputError(said.BAD_DATE.format(value=given[:80])) from None


def _address(given: str | None) -> str | None:
    if not given:
        return None
    if not is_url(given) or not is_address(given):
        raise InputError(said.BAD_LINK.format(value=given[:80]))
    return given
