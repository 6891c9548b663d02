"""SummitQA against the best peer of the same run, and against the cheapest way to encode."""

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks import natural
from benchmarks.figure import Figure
from benchmarks.measures import interval
from benchmarks.peers.run import CHEAP, MEAN, OURS, Row
from benchmarks.peers.task import SQUAD

_LEADS = {natural.WIKI: 0.12, **dict.fromkeys(natural.REPORTED_SHELVES, 0.12), SQUAD: 0.07}
_DEARER = 1.2


def margins(peers: Mapping[str, Sequence[Row]]) -> list[Figure]:
    """Give, of each set, recall@1 minus the best peer's, and mean CPU time against txtai's."""
    return [figure for name, rows in peers.items() for figure in _margins(name, rows)]


def _margins(name: str, rows: Sequence[Row]) -> list[Figure]:
    ran = {row.system: row for row in rows if not row.failed}
    ours = ran.pop(OURS, None)
    if ours is None or not ran:
        return []
    best = max(ran.values(), key=lambda row: row.figures["recall@1"])
    figures = [_margin(name, ours, best)]
    if CHEAP in ran:
        ratio = ours.figures[MEAN] / ran[CHEAP].figures[MEAN]
        title = f"mean CPU of a question, to {CHEAP}, {name}"
        figures.append(Figure(title, ratio, None, _DEARER, most=True))
    return figures


def _margin(name: str, ours: Row, best: Row) -> Figure:
    """Compare question by question, which the interval gains from."""
    pairs = zip(ours.firsts, best.firsts, strict=True)
    gained = np.asarray([float(a) - float(b) for (_, a), (_, b) in pairs])
    bounds = interval(gained, [cluster for cluster, _ in ours.firsts])
    title = f"recall@1 minus the best peer's ({best.system}), {name}"
    return Figure(title, float(gained.mean()), bounds, _LEADS[name])
