"""What is counted while serving, as Prometheus reads it.

No series tells of a community, a person or a word of theirs, and each label takes one of the few
values named here: how many series there are is settled at the start, whatever anybody sends.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import product
from typing import ParamSpec, TypeVar

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from summitqa.answer import Answer
from summitqa.errors import InputError
from summitqa.library import Library

P = ParamSpec("P")
T = TypeVar("T")

PLATFORMS = ("discord", "slack", "web", "other")
OUTCOMES = ("strong", "likely", "weak", "not_found", "limited", "invalid", "error")
PHASES = ("ack", "waiting", "answering", "showing", "whole")
ACKS = ("in_time", "late", "lost")
CALLS = ("ok", "refused", "limited", "failed", "broken")
SHELVES = ("house", "communities")
RESULTS = ("switched", "unchanged", "kept_aside", "called_off", "busy", "failed")
LEVELS = ("warning", "error")
SHARED = {
    "replicas": "Replicas that serve",
    "shelves_behind": "Shelves mirrored here whose version in use is not the one published",
    "shards_unheld": "Shards of Discord that no replica serves",
    "events_abandoned": "Events whose replica is gone and that no other goes on with",
    "read_lag_seconds": "How far the database that is searched is behind the one that is written",
}
"""What replicas share, where they do."""

# What Discord and Slack give an acknowledgement, in seconds.
ACK_SECONDS = 3.0
_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, ACK_SECONDS, 5.0, 10.0, 30.0)

IsConnected = Callable[[], Awaitable[bool]]


async def always() -> bool:
    """Tell that what listens is connected: others come to it."""
    return True


class Metrics(Collector):
    """What one process counts, in a registry of its own; safe to call from any thread.

    ``connections``: of each platform that is served, what tells whether it is connected now.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.connections: dict[str, IsConnected] = {}
        ProcessCollector(registry=self.registry)
        self._questions = self._counter(
            "questions", "Questions, by what became of them", platform=PLATFORMS, outcome=OUTCOMES
        )
        self._acks = self._counter(
            "acks", "Acknowledgements, in time where within 3 s", platform=PLATFORMS, result=ACKS
        )
        self._calls = self._counter(
            "platform_calls", "Calls of a platform's API", platform=PLATFORMS, status=CALLS
        )
        self._reindexes = self._counter(
            "reindexes", "Shelves read anew, by what came of it", shelf=SHELVES, result=RESULTS
        )
        self._logged = self._counter("log_records", "Lines of the log", level=LEVELS)
        self._phases = Histogram(
            "summitqa_phase_seconds",
            "How long each phase of an event takes; whole: of a question, until it is answered",
            ["phase"],
            registry=self.registry,
            buckets=_BUCKETS,
        )
        for phase in PHASES:
            self._phases.labels(phase)
        self._queue = self._gauge("queue_depth", "What waits for a worker, or is in one")
        self._refresh = self._gauge("refresh_seconds", "SUMMITQA_REFRESH; 0 where it is not set")
        self._read = self._gauge(
            "sources_read_timestamp_seconds",
            "When the house shelf's sources were last read; before the first time, the start",
        )
        self._read.set_to_current_time()
        self._ready = Gauge(
            "summitqa_ready", "1 where a part is ready", ["part"], registry=self.registry
        )
        self._shared: Mapping[str, float] = {}

    def text(self) -> tuple[bytes, str]:
        """Give all of it as Prometheus reads it, and of which content type that is."""
        return generate_latest(self), CONTENT_TYPE_LATEST

    def collect(self) -> Iterator[Metric]:
        """Give all of it, but for when each series was made, which doubles them."""
        for metric in self.registry.collect():
            metric.samples = [one for one in metric.samples if not one.name.endswith("_created")]
            yield metric
        for name, value in self._shared.items():
            yield GaugeMetricFamily(f"summitqa_{name}", SHARED[name], value)

    def watch(self, house: Library, queue: Callable[[], int], refresh_seconds: int) -> None:
        """Tell of the house shelf, the queue and the setting whenever all is read."""
        self.registry.register(_House(house))
        self._queue.set_function(queue)
        self._refresh.set(refresh_seconds)

    @contextmanager
    def connected(self, platform: str, is_connected: IsConnected) -> Iterator[None]:
        """Have ``is_connected`` tell whether a platform is, as long as this lasts."""
        self.connections[platform] = is_connected
        try:
            yield
        finally:
            del self.connections[platform]

    def ready(self, part: str, *, is_ready: bool) -> None:
        """Note whether a part is ready."""
        self._ready.labels(part).set(is_ready)

    def answered(self, platform: str, answer: Answer) -> None:
        """Count a question that was looked for."""
        outcome = str(answer.band) if answer.found else "not_found"
        self._question(platform, outcome)

    def limited(self, platform: str) -> None:
        """Count a question that was one too many."""
        self._question(platform, "limited")

    @contextmanager
    def asking(self, platform: str) -> Iterator[None]:
        """Count a question that ends in an error."""
        try:
            yield
        except InputError:
            self._question(platform, "invalid")
            raise
        except Exception:
            self._question(platform, "error")
            raise

    def acked(self, platform: str, at: float, *, taken: bool) -> None:
        """Count an acknowledgement of what arrived at a moment of ``time.monotonic``."""
        seconds = self.took("ack", at)
        result = ("late" if seconds > ACK_SECONDS else "in_time") if taken else "lost"
        self._acks.labels(_known(platform), result).inc()

    def took(self, phase: str, since: float) -> float:
        """Note how long a phase took that began at a moment of ``time.monotonic``, and give it."""
        seconds = time.monotonic() - since
        self._phases.labels(phase).observe(seconds)
        return seconds

    def timed(self, do: Callable[P, T]) -> Callable[P, T]:
        """Give what does the same, and notes how long it waited from now on, and then took."""
        put = time.monotonic()

        def done(*args: P.args, **kwargs: P.kwargs) -> T:
            self.took("waiting", put)
            began = time.monotonic()
            try:
                return do(*args, **kwargs)
            finally:
                self.took("answering", began)

        return done

    def called(self, platform: str, status: int | None, *, refused: bool = False) -> None:
        """Count a call of a platform's API by its HTTP status; None where it broke off."""
        if status is None:
            kind = "broken"
        elif status == 429:
            kind = "limited"
        elif status >= 500:
            kind = "failed"
        else:
            kind = "refused" if refused or status >= 400 else "ok"
        self._calls.labels(_known(platform), kind).inc()

    def reindexed(self, result: str, *, house: bool) -> None:
        """Count a shelf that was read anew, or was to be."""
        if house and result in {"switched", "unchanged", "kept_aside"}:
            self._read.set_to_current_time()
        shelf = "house" if house else "communities"
        self._reindexes.labels(shelf, result).inc()

    def shared(self, found: Mapping[str, float]) -> None:
        """Note how it stands between replicas, each of ``SHARED``; nothing where none share."""
        self._shared = found

    def logged(self, level: int) -> None:
        """Count a line of the log that is a warning or worse."""
        if level >= logging.WARNING:
            self._logged.labels("error" if level >= logging.ERROR else "warning").inc()

    def _question(self, platform: str, outcome: str) -> None:
        self._questions.labels(_known(platform), outcome).inc()

    def _counter(self, name: str, told: str, **labels: tuple[str, ...]) -> Counter:
        """Make a counter with every series from the start, so that a rate sees the first."""
        made = Counter(f"summitqa_{name}", told, list(labels), registry=self.registry)
        for values in product(*labels.values()):
            made.labels(*values)
        return made

    def _gauge(self, name: str, told: str) -> Gauge:
        return Gauge(f"summitqa_{name}", told, registry=self.registry)


class Counting(logging.Handler):
    """Counts the lines of the log."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__()
        self._metrics = metrics

    def emit(self, record: logging.LogRecord) -> None:
        """Count a line."""
        self._metrics.logged(record.levelno)


class _House(Collector):
    """The house shelf as it is when it is looked at."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def collect(self) -> Iterable[Metric]:
        store, tally = self._library.store, self._library.tally
        version = GaugeMetricFamily("summitqa_index_info", "The version in use", labels=["version"])
        version.add_metric([store.version], 1)
        yield version
        built = datetime.fromisoformat(store.facts["built_at"]).timestamp()
        yield GaugeMetricFamily(
            "summitqa_index_built_timestamp_seconds", "When it was built", built
        )
        yield CounterMetricFamily("summitqa_answers", "Questions put to shelves", tally.answers)
        yield CounterMetricFamily(
            "summitqa_answers_remembered", "Of those, answered from memory", tally.remembered
        )


def _known(platform: str) -> str:
    return platform if platform in PLATFORMS else "other"
