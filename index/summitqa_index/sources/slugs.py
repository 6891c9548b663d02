"""Names for articles: a source keeps the slug it was given for as long as it is there."""

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from summitqa_index.sources.walk import printable


def identity(source: str, folder: str | None) -> str:
    """Name a file by where it really is, so that it is the same by every path that leads to it.

    A link in a folder that leads out of it, or nowhere, stands for itself: it is never read.
    """
    real = Path(os.path.realpath(source))
    if folder is not None and Path(source).is_symlink():
        inside = real.exists() and real.is_relative_to(os.path.realpath(folder))
        return printable(str(real) if inside else source)
    return printable(str(real))


def assign(natural: Sequence[tuple[str, str | None]], known: Mapping[str, str]) -> dict[str, str]:
    """Give each source a slug of its own: (source, the slug it would have were it alone).

    One that has a slug keeps it, unless its own natural slug has become another; it keeps it,
    too, while it cannot be read (``None``). Newcomers give way: of those with one natural slug
    the later are numbered from 2, in the order given.
    """
    slugs: dict[str, str] = {}
    taken: set[str] = set()
    for source, slug in natural:
        kept = known.get(source)
        if kept is not None and kept not in taken and _fits(kept, slug):
            slugs[source] = kept
            taken.add(kept)
    latest: Counter[str] = Counter()
    for source, slug in natural:
        if source in slugs or slug is None:
            continue
        given = slug
        while given in taken:
            latest[slug] += 1
            given = f"{slug}-{latest[slug] + 1}"
        slugs[source] = given
        taken.add(given)
    return slugs


def _fits(kept: str, natural: str | None) -> bool:
    return natural is None or re.fullmatch(rf"{re.escape(natural)}(-\d+)?", kept) is not None
