"""The dashboard, the alert rules and the documentation speak of metrics that exist, all of them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from counts import read

from summitqa_bot.metrics import SHARED, Metrics
from tests.fakes import index, library, write

ROOT = Path(__file__).parent.parent
# Those that Prometheus adds to what it reads.
ADDED = {"job", "instance", "le"}
ALERTS = {
    "Down", "NotReady", "Slow", "QueueLong", "AcksLate", "QuestionsFail", "Errors", "CallsFail",
    "IndexOld", "ReindexFails", "MirrorBehind", "ShardsUnheld", "EventsAbandoned",
    "ReadLags",
}  # fmt: skip


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, set[str]]]:
    """Of each metric its labels, and the values they take."""
    home = tmp_path_factory.mktemp("home")
    index(home, write(home / "shelf", {"toll.txt": "The toll is two shillings a cart."}))
    metrics = Metrics()
    metrics.watch(library(home), lambda: 0, 0)
    for part in ("index", "database", "discord", "slack", "web"):
        metrics.ready(part, is_ready=True)
    metrics.shared(dict.fromkeys(SHARED, 0))
    found: dict[str, dict[str, set[str]]] = {"up": {}}
    for name, labels in read(metrics.text()[0].decode()):
        values = found.setdefault(name, {})
        for label, value in labels:
            values.setdefault(label, set()).add(value)
    return found


def rules() -> list[dict[str, object]]:
    text = (ROOT / "deploy" / "alerts.yaml").read_text("utf-8")
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, object]]:
    return json.loads((ROOT / "deploy" / "grafana.json").read_text("utf-8"))["panels"]


def expressions() -> Iterator[str]:
    yield from (str(rule["expr"]) for rule in rules())
    yield from (target["expr"] for panel in panels() for target in panel["targets"])


def names(text: str) -> set[str]:
    return set(re.findall(r"\b(?:summitqa|process)_[a-z_]+|\bup\b", text))


@pytest.mark.parametrize("expression", list(expressions()))
def test_an_expression_speaks_of_metrics_labels_and_values_there_are(expression, known):
    used = names(expression)
    assert used
    assert used <= known.keys()
    for name, matchers in re.findall(r"\b((?:summitqa|process)_[a-z_]+|up)\{([^}]*)\}", expression):
        for label, _, values in re.findall(r'(\w+)(=~|!=|=)"([^"]*)"', matchers):
            if label in ADDED:
                continue
            assert set(values.split("|")) <= known[name][label], (name, label)
    labels = {label for name in used for label in known[name]} | ADDED
    for grouped in re.findall(r"\bby \(([^)]*)\)", expression):
        assert {one.strip() for one in grouped.split(",")} <= labels


def test_every_alert_says_what_is_amiss_and_what_to_do():
    assert {str(rule["alert"]) for rule in rules()} == {f"SummitQA{name}" for name in ALERTS}
    for rule in rules():
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert set(rule["annotations"]) == {"summary", "mend"}
        assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}


def test_every_metric_of_ours_has_a_panel_and_stands_in_the_documentation(known):
    ours = {re.sub("_(bucket|count|sum)$", "", name) for name in known if name[:8] == "summitqa"}
    told = (ROOT / "docs" / "running.md").read_text("utf-8")
    drawn = {one for expression in expressions() for one in names(expression)}
    documented = dict(re.findall(r"`(summitqa_[a-z_]+)(?:\{([a-z,]+)\})?`", told))
    assert ours <= {re.sub("_bucket$", "", name) for name in drawn}
    assert documented.keys() == ours
    for name, labels in documented.items():
        there = known.get(name) or known.get(f"{name}_count") or {}
        assert set(filter(None, labels.split(","))) == there.keys()


def test_panels_do_not_lie_on_each_other():
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken
        taken |= cells
    assert len({panel["id"] for panel in panels()}) == len(panels())
