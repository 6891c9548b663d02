"""The commands that ask a shelf that replicas share, while their database is away."""

import json
from collections.abc import Callable

import pytest

from summitqa_bot import assemble
from summitqa_bot.state import database, steadfast
from tests.command import ran
from tests.fakes import FakeEncoder, write
from tests.proxy import free_port, proxied

Run = Callable[..., tuple[int, str, str]]
QUESTION = "What is the bell of?"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys) -> Run:
    """Give what runs a command on a machine that has no shelf yet, with the fake model."""
    sources = write(tmp_path / "sources", {"bell.txt": "The bell is of silver."})
    monkeypatch.setenv("SUMMITQA_SOURCES", str(sources))
    monkeypatch.setenv("SUMMITQA_WEB_URL", "https://example.org")
    monkeypatch.setenv("SUMMITQA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(assemble, "open_encoder", lambda *_: FakeEncoder())
    monkeypatch.setattr(assemble, "open_reader", lambda *_: None)
    return lambda *arguments: ran(monkeypatch, capsys, *arguments)


@pytest.fixture
def shared(run, monkeypatch, cluster, mirrors):
    """The way to the database of an installation."""
    with proxied(cluster.primary.port) as way:
        url = cluster.url(cluster.fresh(), [way.port])
        monkeypatch.setenv("SUMMITQA_DATABASE_URL", url)
        yield way
        way.mend()


@pytest.mark.parametrize("fault", ["cut", "freeze"])
def test_a_shelf_is_answered_from_as_it_was_last_seen(run, shared, monkeypatch, fault):
    way, version = shared, json.loads(run("index", "--json")[1])["index_version"]
    monkeypatch.setattr(steadfast, "SECONDS", 600.0)  # which nobody waits for
    getattr(way, fault)()
    code, out, err = run("ask", "--json", QUESTION)
    assert (code, json.loads(out)["index_version"]) == (0, version)
    [passage] = json.loads(out)["passages"]
    assert (passage["quote"], passage["page"]) == ("The bell is of silver.", None)
    assert " ".join(err.split()).count("last saw it") == 1
    assert run("why", QUESTION)[0] == 0
    way.mend()
    monkeypatch.setattr(steadfast, "SECONDS", 20.0)
    code, _, err = run("ask", QUESTION)
    assert (code, err) == (0, "")


def test_where_nothing_was_seen_yet_the_database_is_waited_for(run, monkeypatch):
    url = f"postgresql://u@127.0.0.1:{free_port()}/d"
    monkeypatch.setenv("SUMMITQA_DATABASE_URL", url)
    monkeypatch.setattr(steadfast, "SECONDS", 0.1)
    assert run("ask", QUESTION)[0] == 8


def test_a_backup_and_the_doctor_say_that_the_database_is_away(run, shared, monkeypatch, tmp_path):
    assert run("index")[0] == 0
    monkeypatch.setattr(steadfast, "SECONDS", 0.1)
    shared.cut()
    code, _, err = run("backup", str(tmp_path / "file"))
    assert (code, " ".join(err.split())) == (8, database.AWAY)
    assert not (tmp_path / "file").exists()
    code, out, _ = run("doctor")
    assert code == 2
    assert f"database: {database.AWAY}" in " ".join(out.split())
    assert "expects" not in out


@pytest.mark.parametrize("kind", ["postgressql", "mysql"])
@pytest.mark.parametrize("command", ["index", "ask", "status", "verify", "web", "backup"])
def test_a_database_of_no_known_kind_stops_every_command(run, monkeypatch, tmp_path, command, kind):
    monkeypatch.setenv("SUMMITQA_DATABASE_URL", f"{kind}://u:hunter2secret@h/d")
    given = {"ask": [QUESTION], "backup": [str(tmp_path / "file")]}.get(command, [])
    code, out, err = run(command, *given)
    said = " ".join(err.split())
    assert (code, out) == (2, "")
    assert said.startswith(f"SUMMITQA_DATABASE_URL names {kind}, but expects a URL such as")
    assert "hunter2secret" not in said
    assert not (tmp_path / "home" / "CURRENT").exists()
