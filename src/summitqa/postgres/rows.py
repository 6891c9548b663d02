"""A version as rows: the tables, and what lies in them.

Small versions share tables. A large one has tables of its own beside them, named by its number and
of the same columns, so that its sentences have an index of their own kind and it is dropped in one
step, whoever reads another. No question ever meets two versions: there is no parent that would
lock them together. What rows are made of, the version's files, is kept beside them: rows are there
to be searched, and whoever builds on a version, copies it or goes back to it takes its files.

Numbers in ``bytea`` are int32 or float32, little-endian, one array after another. Text is UTF-8
in ``bytea``, too: it may hold what PostgreSQL's own text may not.
"""

from collections.abc import Mapping
from dataclasses import dataclass

# Sentences up to which a version shares tables and all of them are compared, exactly: 0.3 µs each.
SHARED_UP_TO = 20_000
# Of a larger one about so many are compared, those of the lists nearest to the question: recall of
# the exact 256 and CPU ms among a million mixtures of SQuAD's, d = 160, in 1024 lists:
#   16 lists .972, 5.9 · 24 .987, 8.6 · 32 .991, 11.7 · 48 .995, 17.0 · 64 .997, 23.1
COMPARED = 25_000
# The postings of a stem are cut where a new run of so many sentences begins, so that an article
# of a large shelf needs few of them. ``ABOVE`` is the part that holds what stands under it.
PART = 1 << 16
ABOVE = -1

VERSIONS = "rows_version"


@dataclass(frozen=True, slots=True)
class Table:
    """A table's columns, each with its type, in the order of writing; the first ``key`` are its."""

    columns: Mapping[str, str]
    key: int

    def ddl(self, name: str) -> str:
        """Give what makes it; large values are kept as they are, out of line."""
        columns = ", ".join(f"{one} {kind} NOT NULL" for one, kind in self.columns.items())
        key = ", ".join(self.names[: self.key])
        apart = "".join(
            f"ALTER TABLE {name} ALTER {one} SET STORAGE EXTERNAL;"
            for one, kind in self.columns.items()
            if kind == "bytea"
        )
        return f"CREATE TABLE {name} ({columns}, PRIMARY KEY ({key})); {apart}"

    @property
    def names(self) -> list[str]:
        """The columns' names."""
        return list(self.columns)


# Of a version, what whoever opens it holds: ``number``, by which the others call it; ``facts`` as
# JSON; ``firsts``: (A + 1,) the first
# passage of each article, and the end; ``frequencies``: (vocabulary,) passages that hold each id;
# ``stems`` and ``slugs``: see ``known``; ``sealed``: the SHA-256 of what was written to each table.
VERSION = Table(
    {
        "shelf": "text",
        "version": "text",
        "number": "int4",
        "own": "bool",
        "sentences": "int4",
        "mean_words": "float8",
        "facts": "bytea",
        "firsts": "bytea",
        "frequencies": "bytea",
        "stems": "bytea",
        "slugs": "bytea",
        "languages": "bytea",
        "sealed": "bytea",
    },
    key=2,
)
# ``names``: title in small letters and slug, each with an end that is in no UTF-8; ``record`` and
# ``shape``: see ``articles``; ``frequencies``: vocabulary ids, then passages that hold each.
ARTICLE = Table(
    {
        "version": "int4",
        "number": "int4",
        "sentence": "int4",
        "sentences": "int4",
        "mean_words": "float8",
        "names": "bytea",
        "record": "bytea",
        "text": "bytea",
        "shape": "bytea",
        "frequencies": "bytea",
    },
    key=2,
)
# Of each sentence ``words`` and ``counts`` of tokens, (s,); of each token ``scales``, (t,), and
# ``tokens``: (t, d) int8.
PASSAGE = Table(
    {
        "version": "int4",
        "passage": "int4",
        "sentence": "int4",
        "words": "bytea",
        "counts": "bytea",
        "scales": "bytea",
        "tokens": "bytea",
    },
    key=2,
)
SENTENCE = Table(
    {"version": "int4", "sentence": "int4", "passage": "int4", "vector": "halfvec"}, key=2
)
# ``body``: sentences, passages, counts, words, (n,) each; of ``ABOVE`` the firsts of runs of
# passages, then their ends.
STEM = Table({"version": "int4", "stem": "bytea", "part": "int4", "body": "bytea"}, key=3)
# ``forms``: the words that begin with a character, a line each.
FORM = Table({"version": "int4", "initial": "bytea", "forms": "bytea"}, key=2)

TABLES = {
    "rows_article": ARTICLE,
    "rows_passage": PASSAGE,
    "rows_sentence": SENTENCE,
    "rows_stem": STEM,
    "rows_form": FORM,
}


def named(table: str, number: int, own: bool) -> str:
    """Name the table that holds a version's rows."""
    return f"{table}_{number}" if own else table


def lists(sentences: int) -> int:
    """Give into how many lists the sentences of a large version are divided (ivfflat)."""
    return max(50, min(sentences // 1000, 1024))


def probes(sentences: int) -> int:
    """Give how many of the lists are looked through, of so many sentences in all."""
    return min(lists(sentences), -(-lists(sentences) * COMPARED // sentences))
