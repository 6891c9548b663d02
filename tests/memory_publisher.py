"""A second engine behind the indexer's joint: versions kept in a dictionary."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from summitqa.article import Article
from summitqa.errors import IndexMissingError, InputError
from summitqa_index.blobs import Blobs
from summitqa_index.publisher import Known
from summitqa_index.vectors import PassageVectors
from summitqa_index.versions import new_id
from tests.memory import Memory


@dataclass
class MemoryPublisher:
    """Keeps versions, the one in use among them, what is aside, a draft, and all vectors."""

    blobs: Blobs
    kept: dict[str, Memory] = field(default_factory=dict)
    hidden: dict[str, Memory] = field(default_factory=dict)
    draft: dict[str, Memory] = field(default_factory=dict)
    vectors: dict[bytes, PassageVectors] = field(default_factory=dict)
    gone_back: dict[str, str] = field(default_factory=dict)
    current: str | None = None

    @contextmanager
    def lock(self, who: str) -> Iterator[None]:
        try:
            yield
        finally:
            self.draft.clear()

    def used(self) -> str:
        if self.current is None:
            raise IndexMissingError("There is no index yet.")
        return self.current

    def ids(self) -> list[str]:
        return sorted(self.kept, reverse=True)

    def aside(self) -> str | None:
        return next(iter(self.hidden), None)

    def lost(self) -> list[str]:
        return []

    def facts(self, version: str) -> Mapping[str, Any]:
        return self.opened(version).facts

    def opened(self, version: str) -> Memory:
        return (self.kept | self.hidden | self.draft)[version]

    def is_in_rows(self, version: str) -> bool:
        return False

    def verify(self, version: str) -> list[str]:
        if version not in self.kept | self.hidden:
            raise InputError(f"There is no version {version!r}.")
        return []

    def known(self) -> Known:
        return lambda keys: {key: self.vectors[key] for key in keys if key in self.vectors}

    def require_room(self, articles: Sequence[Article]) -> None:
        """There is room."""

    def write(
        self, articles: Sequence[Article], vectors: Iterable[tuple[bytes, PassageVectors]],
        facts: Mapping[str, Any],
    ) -> str:  # fmt: skip
        made = dict(vectors)
        self.vectors |= made
        version = new_id(self.ids())
        counts = {"articles": len(articles), "passages": len(made), "built_at": version}
        self.draft[version] = Memory(articles, made.values(), {**facts, **counts}, version)
        return version

    def keep_aside(self, version: str) -> None:
        self.hidden = {version: self.draft.pop(version)}

    def switch(self, version: str) -> None:
        if version in self.draft:
            self.hidden.clear()
        self.kept[version] = self.opened(version)
        self.hidden.pop(version, None)
        self.draft.pop(version, None)
        self.current = version

    def withdraw(self) -> None:
        self.current = None

    def prune(self, keep: int) -> None:
        for version in [one for one in self.ids() if one != self.current][max(0, keep - 1) :]:
            del self.kept[version]

    def erase(self) -> None:
        self.__init__(self.blobs)

    def rejected(self) -> dict[str, str]:
        return dict(self.gone_back)

    def remember_rejected(self, rejected: Mapping[str, str]) -> None:
        self.gone_back = dict(rejected)
