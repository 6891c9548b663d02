"""SummitQA against the best peer, and the fastest, of the same run."""

from collections.abc import Sequence

import numpy as np

from benchmarks.figure import Figure
from benchmarks.measures import interval
from benchmarks.peers.run import OURS, P50, Row


def margins(rows: Sequence[Row]) -> list[Figure]:
    """Give recall@1 minus the best peer's, and CPU time against the fastest's."""
    ran = {row.system: row for row in rows if not row.failed}
    ours = ran.pop(OURS, None)
    if ours is None or not ran:
        return []
    best = max(ran.values(), key=lambda row: row.figures["recall@1"])
    fastest = min(ran.values(), key=lambda row: row.figures[P50])
    ratio = ours.figures[P50] / fastest.figures[P50]
    return [
        _margin(ours, best),
        Figure(
            f"CPU of a question, to the fastest peer ({fastest.system})", ratio, None, 0.5, True
        ),
    ]


def _margin(ours: Row, best: Row) -> Figure:
    """Compare question by question, which the interval gains from."""
    pairs = zip(ours.firsts, best.firsts, strict=True)
    gained = np.asarray([float(a) - float(b) for (_, a), (_, b) in pairs])
    bounds = interval(gained, [article for article, _ in ours.firsts])
    name = f"recall@1 minus the best peer's ({best.system})"
    return Figure(name, float(gained.mean()), bounds, 0.07)
