"""What is asked of a version's rows."""

from dataclasses import dataclass

from psycopg import sql

from summitqa.postgres.rows import TABLES, named

# Whether there is any version in rows; and what whoever opens one holds of it.
THERE = "SELECT to_regclass('rows_version') IS NOT NULL"
OPENED = """
    SELECT number, own, sentences, mean_words, facts, firsts, frequencies, stems, slugs, languages
    FROM rows_version WHERE shelf = %s AND version = %s
"""

# Sentences are found by half precision, and their cosines then computed in single: so many more
# are found than are wanted, among which are those that the rounding of the question misplaced.
SPARE = 64
# The sum keeps the lists out of it, by which PostgreSQL would sort what an article holds, too.
_EXACT = """
    SELECT sentence, passage, vector FROM {rows_sentence}
    WHERE version = %(number)s AND sentence >= %(first)s AND sentence < %(last)s
    ORDER BY (vector <#> %(half)s::halfvec) + 0, sentence LIMIT %(count)s + %(spare)s
"""
_LISTED = """
    SELECT sentence, passage, vector FROM {rows_sentence}
    ORDER BY vector <#> %(half)s::halfvec LIMIT %(count)s + %(spare)s
"""
_NEAREST = """
    SELECT string_agg(int4send(sentence), ''::bytea), string_agg(int4send(passage), ''::bytea),
        string_agg(float4send(cosine), ''::bytea)
    FROM (
        SELECT sentence, passage, (-(vector::vector <#> %(single)s::vector))::float4 AS cosine
        FROM ({found}) found ORDER BY cosine DESC, sentence LIMIT %(count)s
    ) nearest
"""
PROBED = "SELECT set_config('ivfflat.probes', %s, true)"


@dataclass(frozen=True, slots=True)
class Queries:
    """The queries of a version, by what they find."""

    exact: str
    listed: str
    postings: str
    articles: str
    scope: str
    passages: str
    forms: str
    records: str
    titles: str

    @classmethod
    def of(cls, number: int, own: bool) -> "Queries":
        """Give the queries of a version, from the tables it shares or its own."""
        names = {one: sql.Identifier(named(one, number, own)) for one in TABLES}

        def query(text: str) -> str:
            return sql.SQL(text).format(**names).as_string()

        return cls(
            exact=query(_NEAREST.replace("{found}", _EXACT)),
            listed=query(_NEAREST.replace("{found}", _LISTED)),
            postings=query(
                "SELECT stem, part, body FROM {rows_stem} WHERE version = %s AND stem = ANY(%s) "
                "AND (part = %s OR part BETWEEN %s AND %s)"
            ),
            articles=query(
                "SELECT number, record, text, shape FROM {rows_article} "
                "WHERE version = %s AND number = ANY(%s::int4[])"
            ),
            scope=query(
                "SELECT sentence, sentences, mean_words, frequencies FROM {rows_article} "
                "WHERE version = %s AND number = %s"
            ),
            passages=query(
                "SELECT sentence, words, counts, scales, tokens FROM {rows_passage} "
                "WHERE version = %s AND passage = ANY(%s::int4[]) ORDER BY passage"
            ),
            forms=query("SELECT forms FROM {rows_form} WHERE version = %s AND initial = %s"),
            records=query(
                "SELECT record FROM {rows_article} "
                "WHERE version = %s AND number >= %s AND number < %s ORDER BY number"
            ),
            titles=query(
                "SELECT record FROM {rows_article} "
                "WHERE version = %s AND position(%s IN names) > 0 ORDER BY number LIMIT %s"
            ),
        )
