"""The rows of a version, table by table, made from its folder in the order of each table's key."""

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from summitqa.encoder import Ints
from summitqa.folder.store import Store
from summitqa.postgres.known import Known
from summitqa.postgres.rows import (
    ABOVE,
    ARTICLE,
    FORM,
    PART,
    PASSAGE,
    SENTENCE,
    STEM,
    VERSION,
    VERSIONS,
)
from summitqa.runs import runs
from summitqa_index.folder.stored import stored
from summitqa_index.postgres.copying import digest_of, packer
from summitqa_index.vectors import sentence_vectors

_APART = b"\xff"
_BATCH = 1024


def version_row(
    store: Store, names: tuple[str, str, int, bool], sealed: Mapping[str, str]
) -> bytes:
    """Give the row that whoever opens the version holds; ``names``: its first columns."""
    facts = {name: fact for name, fact in store.facts.items() if name != "headings"}
    frequencies = store.tables.frequencies
    held = np.flatnonzero(frequencies)
    known, vocabulary = _Stems(store), store.lexicon.vocabulary
    standing = np.fromiter(map(known.standing, vocabulary), np.int32)
    values = (
        *names,
        len(store.tables.sentence_spans),
        store.mean_words,
        _json(facts),
        _ints(store.tables.articles),
        _ints(held, frequencies[held]),
        Known.of(vocabulary, standing).dump(),
        Known.of(store.slugs, np.arange(len(store.slugs), dtype=np.int32)).dump(),
        _json(sorted(store.languages)),
    )
    *kinds, last = VERSION.columns.values()
    own = digest_of(packer(kinds)(*values))
    return packer([*kinds, last])(*values, _json({**sealed, VERSIONS: own}))


def articles(store: Store, number: int) -> Iterator[bytes]:
    """Give the row of each article."""
    pack = packer(list(ARTICLE.columns.values()))
    firsts = store.tables.passages
    for place, slug in enumerate(store.slugs):
        article, scope = store.nth(place), store.scope(slug)
        first, last = firsts[[scope.first, scope.last]].tolist()
        names = (article.title.casefold(), article.slug)
        yield pack(
            number,
            place,
            first,
            last - first,
            scope.mean_words,
            b"".join(one.encode("utf-8", "surrogatepass") + _APART for one in names),
            *_article(store, place),
            _frequencies(store, scope.first, scope.last),
        )


def _article(store: Store, place: int) -> tuple[bytes, bytes, bytes]:
    """Give an article's record, text and shape."""
    tables = store.tables
    record = {name: one for name, one in store.records[place].items() if name != "bytes"}
    first, last = tables.articles[place : place + 2].tolist()
    sentences = tables.passages[first : last + 1]
    paths, under = np.unique(tables.headings[first:last], return_inverse=True)
    headings = store.manifest.facts["headings"]
    record |= {"passages": last - first, "headings": [headings[one] for one in paths.tolist()]}
    shape = _ints(
        tables.passage_spans[first:last].reshape(-1),
        tables.pages[first:last],
        under,
        np.diff(sentences),
        tables.sentence_spans[sentences[0] : sentences[-1]].reshape(-1),
    )
    return _json(record), store.nth(place).text.encode(), shape


def _frequencies(store: Store, first: int, last: int) -> bytes:
    """Give the vocabulary ids that passages ``first:last`` hold, and how many hold each."""
    tables = store.tables
    bounds = tables.sentences[tables.passages[first : last + 1]]
    passages = np.repeat(np.arange(last - first), np.diff(bounds))
    each = np.unique(passages * len(tables.frequencies) + tables.pieces[bounds[0] : bounds[-1]])
    held, counts = np.unique(each % len(tables.frequencies), return_counts=True)
    return _ints(held, counts)


def passages(store: Store, number: int) -> Iterator[bytes]:
    """Give the row of each passage."""
    pack = packer(list(PASSAGE.columns.values()))
    tables, words = store.tables, store.lexicon.lengths
    for row, (first, last) in enumerate(pairwise(tables.passages.tolist())):
        bounds = tables.sentences[first : last + 1]
        begin, end = bounds[[0, -1]].tolist()
        yield pack(
            number,
            row,
            first,
            _ints(words[first:last]),
            _ints(np.diff(bounds)),
            tables.scales[begin:end].astype("<f4").tobytes(),
            store.tokens[begin:end].tobytes(),
        )


def sentences(store: Store, number: int) -> Iterator[bytes]:
    """Give the row of each sentence, many together."""
    dimension = store.facts["dimension"]
    kind = _fixed(dimension)
    firsts, total = store.tables.passages, len(store.tables.passages) - 1
    for start in range(0, total, _BATCH):
        end = min(start + _BATCH, total)
        low, high = firsts[[start, end]].tolist()
        made = np.zeros(high - low, kind)
        made["fields"], made["dimension"] = len(SENTENCE.columns), dimension
        for place, size in enumerate((4, 4, 4, 4 + 2 * dimension)):
            made[f"size{place}"] = size
        made["version"] = number
        made["sentence"] = np.arange(low, high)
        made["passage"] = np.repeat(np.arange(start, end), np.diff(firsts[start : end + 1]))
        vectors = [sentence_vectors(stored(store, row)) for row in range(start, end)]
        made["vector"] = np.concatenate(vectors)
        yield made.tobytes()


def _fixed(dimension: int) -> Any:
    """Give a sentence's row, whose columns are all of one size, as an array's type."""
    parts = [("fields", ">i2")]
    for place, name in enumerate(("version", "sentence", "passage")):
        parts += [(f"size{place}", ">i4"), (name, ">i4")]
    parts += [("size3", ">i4"), ("dimension", ">i2"), ("unused", ">i2")]
    return np.dtype([*parts, ("vector", ">f2", (dimension,))])


class _Stems:
    """Where each stem of a store stands: its postings, and the runs of passages under it."""

    def __init__(self, store: Store) -> None:
        self._store, self._scope = store, store.scope(None)
        headings = store.tables.headings
        self._under = np.argsort(headings, kind="stable")
        self._bounds = np.searchsorted(headings[self._under], np.arange(store.headings + 1))

    def standing(self, stem: str) -> int:
        """Count the sentences that hold a stem and the passages under it."""
        return len(self._scope.held_by(stem)[0]) + len(self.above(stem))

    def table(self, stem: str) -> Ints:
        """Give its sentences, their passages, how often it stands there, their words: (4, n)."""
        sentences, counts = self._scope.held_by(stem)
        owners, words = self._store.tables.owners, self._store.lexicon.lengths
        return np.stack([sentences, owners[sentences], counts, words[sentences]])

    def above(self, stem: str) -> Ints:
        """Give the passages under it, touching no other: an article's title may be its own."""
        titled, paths = self._store.headed(stem)
        if not len(titled) + len(paths):
            return titled
        bounds = self._store.tables.articles
        under = self._under[runs(self._bounds[paths], self._bounds[paths + 1])]
        return np.union1d(runs(bounds[titled], bounds[titled + 1]), under)


def stems(store: Store, number: int) -> Iterator[bytes]:
    """Give the rows of each stem: what stands under it, then its postings, part by part."""
    pack = packer(list(STEM.columns.values()))
    known = _Stems(store)
    for stem in store.lexicon.vocabulary:
        name = stem.encode()
        if len(above := known.above(stem)):
            yield pack(number, name, ABOVE, _ints(*_runs(above)))
        table = known.table(stem)
        parts = table[0] // PART
        begins = np.flatnonzero(np.diff(parts, prepend=-1)).tolist()
        for first, last in pairwise([*begins, len(parts)]):
            yield pack(number, name, int(parts[first]), _ints(table[:, first:last].reshape(-1)))


def _runs(numbers: Ints) -> tuple[Ints, Ints]:
    """Give where runs of ascending numbers begin, and where they end."""
    first = np.diff(numbers, prepend=-2) != 1
    last = np.diff(numbers, append=numbers[-1] + 2) != 1
    return numbers[first], numbers[last] + 1


def forms(store: Store, number: int) -> Iterator[bytes]:
    """Give a row for each character that words begin with."""
    pack = packer(list(FORM.columns.values()))
    for initial, words in groupby(store.lexicon.forms, key=lambda form: form[0]):
        yield pack(number, initial.encode(), "\n".join(words).encode())


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _ints(*arrays: NDArray[Any]) -> bytes:
    return b"".join(array.astype("<i4").tobytes() for array in arrays)


STREAMS: Mapping[str, Callable[[Store, int], Iterator[bytes]]] = {
    "rows_article": articles,
    "rows_passage": passages,
    "rows_sentence": sentences,
    "rows_stem": stems,
    "rows_form": forms,
}
