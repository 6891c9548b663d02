"""A shelf that is filled from chat, as the tests of it fill it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from summitqa.encoder import Encoder
from summitqa.settings import Settings
from summitqa_index.blobs import Blobs
from summitqa_index.build import Job, Report
from summitqa_index.catalogue import Catalogue, Change, Entry
from summitqa_index.previewing import Preview, preview
from summitqa_index.putting import Standing, put, reread, undo
from tests.fakes import FakeEncoder, library, publisher

AT = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


class Shelf:
    """The shelf of a community called "one"; ``given`` are settings, or fields of a Job."""

    def __init__(self, home: Path) -> None:
        self._settings = Settings(home=home, shelf="one")
        self.folder = self._settings.folder
        self.publisher = publisher(self.folder)

    def job(self, encoder: Encoder | None = None, **given: Any) -> Job:
        names = ("who", "tell", "cancelled", "force")
        fields = {name: given.pop(name) for name in names if name in given}
        settings = replace(self._settings, **given)
        return Job(self.publisher, settings, encoder or FakeEncoder(), **fields)

    def entry(self, slug: str, text: str | bytes, **other: Any) -> Entry:
        raw = text.encode() if isinstance(text, str) else text
        known = {"name": f"{slug}.md", "url": None, "at": AT, "ref": f"put-{slug}"}
        return Entry(**{"slug": slug, "blob": Blobs(self.folder).put(raw), **known, **other})

    def page(self, slug: str, url: str, **other: Any) -> Entry:
        known = {"name": "page.html", "blob": None, "at": AT, "ref": f"put-{slug}"}
        return Entry(**{"slug": slug, "url": url, **known, **other})

    def put(self, change: Change, **given: Any) -> Report:
        return put(self.job(**given), change)

    def add(self, slug: str, text: str | bytes, **given: Any) -> Report:
        return self.put(Change.adding(self.entry(slug, text)), **given)

    def remove(self, slug: str, **given: Any) -> Report:
        return self.put(Change.removing(self.catalogue, slug, f"remove-{slug}"), **given)

    def rename(self, slug: str, title: str | None) -> Report:
        return self.put(Change.renaming(self.catalogue, slug, title, f"rename-{slug}-{title}"))

    def preview(self, change: Change, **given: Any) -> Preview:
        return preview(self.job(**given), change)

    def reread(self, **given: Any) -> Report:
        return reread(self.job(**given))

    def undo(self, report: Report) -> None:
        undo(self.publisher, report.index_version, report.before, "a test")

    def ask_of(self, cases: Sequence[tuple[str, str]]) -> None:
        """Have the shelf held to questions: each with the words that answer it."""
        lines = [
            json.dumps({"question": question, "paragraphs": [1], "answer": answer})
            for question, answer in cases
        ]
        (self.folder / "questions.jsonl").write_text("\n".join(lines))

    @property
    def catalogue(self) -> Catalogue:
        return Standing.of(self.publisher).catalogue

    @property
    def slugs(self) -> list[str]:
        return [one.slug for one in self.catalogue]

    @property
    def texts(self) -> dict[str, str]:
        """The text of each article in use by its slug."""
        if Standing.of(self.publisher).version is None:
            return {}
        store = library(self.folder).store
        return {slug: store.article(slug).text for slug in store.slugs}

    def blobs(self) -> set[str]:
        return {path.name for path in (self.folder / "blobs").iterdir()}
