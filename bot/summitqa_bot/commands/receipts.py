"""The command that holds a receipt against the store: offline, and nobody else is asked."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Annotated

import typer

from summitqa.article import Article
from summitqa.errors import IndexMissingError, InputError, SummitQAError
from summitqa.files import open_regular
from summitqa.library import current_version
from summitqa.snapshot import Snapshot
from summitqa_bot import assemble
from summitqa_bot.commands import terminal
from summitqa_bot.commands.console import out
from summitqa_bot.receipts import LARGEST, Receipt, altered, digest, parse
from summitqa_bot.settings import Settings
from summitqa_bot.strings import receipts as said

app = typer.Typer()

_STANDARD_INPUT = "-"
_CITED_AT = "cited_at"


@app.command()
def check(
    receipt: Annotated[
        str, typer.Argument(help="A receipt from /q/… on the reading page; - for standard input.")
    ],
) -> None:
    """Tell whether a receipt of a quote is true to the store.

    Ends with 1 where it was altered or its version is no longer kept, with 2 where it is none.
    """
    given = parse(_read(receipt))
    whole, sentence = _verdict(given, assemble.settings())
    out.print(terminal.plain(sentence), markup=False, soft_wrap=True)
    if not whole:
        raise typer.Exit(1)


def _read(name: str) -> bytes:
    if name == _STANDARD_INPUT:
        return sys.stdin.buffer.read(LARGEST + 1)
    try:
        with open_regular(name, follow=True) as file:
            return file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(said.UNREADABLE.format(path=name, reason=reason)) from None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where what was cited may be: ``altered`` is the field that says otherwise, "" for none."""

    altered: str
    store: Snapshot
    article: Article | None


def _verdict(receipt: Receipt, chosen: Settings) -> tuple[bool, str]:
    """Tell whether a receipt is whole, and say it."""
    meant = replace(chosen, shelf=receipt.shelf)
    assemble.bring(meant)
    if not meant.folder.is_dir():
        return False, said.NO_SHELF.format(shelf=receipt.shelf)
    place = _found(receipt, meant)
    if place is None:
        return False, _not_kept(receipt, meant)
    amiss = [place.altered] if place.altered else []
    if place.article is not None:
        amiss += altered(receipt, place.article, place.store.facts["built_at"])
    if amiss:
        return False, _amiss(amiss, receipt, place.store.version)
    return True, said.WHOLE.format(**receipt.to_json())


def _amiss(fields: list[str], receipt: Receipt, version: str) -> str:
    """Say which fields were altered, and how that is known: no store holds when one was cited."""
    sentences = [said.ALTERED.format(fields=", ".join(fields))]
    if held := [name for name in fields if name != _CITED_AT]:
        sentences.append(said.OTHERWISE.format(fields=", ".join(held), version=version))
    if _CITED_AT in fields:
        late = receipt.at > datetime.now(UTC)
        sentences.append(said.FUTURE if late else said.TOO_EARLY.format(version=version))
    return " ".join(sentences)


def _found(receipt: Receipt, chosen: Settings) -> _Place | None:
    """Find the text that was cited, by its hash; else what stands where the receipt says.

    ``None`` where that version is not kept.
    """
    places = _places(receipt, chosen)
    first = next(places, None)
    for place in chain([first] if first else [], places):
        if place.article is not None and digest(place.article.text) == receipt.article_sha256:
            return place
    return first


def _places(receipt: Receipt, chosen: Settings) -> Iterator[_Place]:
    """Give where the receipt says, then where it would be with one of its names altered."""
    slug, version = receipt.article, receipt.version
    publisher = assemble.publisher(chosen)
    kept = publisher.ids()
    if version not in kept:
        for shelf in assemble.shelves(chosen):
            other = assemble.publisher(replace(chosen, shelf=shelf))
            if version in other.ids():
                yield _place("shelf", other.opened(version), slug)
        return
    store = publisher.opened(version)
    yield _place("" if slug in store.slugs else "article", store, slug)
    for other_slug in store.slugs:
        yield _place("article", store, other_slug)
    for other_version in kept:
        with suppress(SummitQAError):  # a damaged one is not what was cited
            yield _place("version", publisher.opened(other_version), slug)


def _place(altered: str, store: Snapshot, slug: str) -> _Place:
    return _Place(altered, store, store.article(slug) if slug in store.slugs else None)


def _not_kept(receipt: Receipt, chosen: Settings) -> str:
    """Say that a version is gone, and what can be said without it."""
    if digest(receipt.text) != receipt.sha256:
        return said.APART
    return said.NOT_KEPT.format(version=receipt.version, now=_now(receipt, chosen))


def _now(receipt: Receipt, chosen: Settings) -> str:
    """Say whether a sentence stands in the text in use."""
    try:
        store = assemble.opener(chosen)(chosen.folder, current_version(chosen.folder))
    except IndexMissingError:
        return said.OFF_THE_SHELF
    if receipt.article not in store.slugs:
        return said.OFF_THE_SHELF
    article = store.article(receipt.article)
    for one in article.passages:
        if receipt.text in article.text[one.start : one.end]:
            return said.STANDS.format(paragraph=one.number)
    return said.STANDS_NO_LONGER
