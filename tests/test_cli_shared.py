"""The commands over shelves that replicas share, each run on a machine of its own."""

import json
import os
from collections.abc import Callable

import pytest

from summitqa.settings import HOUSE
from summitqa_bot import assemble
from summitqa_bot.settings import Settings
from tests.command import ran
from tests.fakes import FakeEncoder, write

Run = Callable[..., tuple[int, str, str]]
QUESTION = "What is the bell of?"


@pytest.fixture
def on(tmp_path, monkeypatch, capsys, url, mirrors) -> Callable[..., tuple[int, str, str]]:
    """Give what runs a command on a machine, by its name, with the fake model."""
    monkeypatch.setenv("SUMMITQA_DATABASE_URL", url)
    monkeypatch.setenv("SUMMITQA_SOURCES", str(tmp_path / "sources"))
    monkeypatch.setattr(assemble, "open_encoder", lambda *_: FakeEncoder())
    monkeypatch.setattr(assemble, "open_reader", lambda *_: None)
    write(tmp_path / "sources", {"bell.txt": "The bell is of silver."})

    def run(machine: str, *arguments: str) -> tuple[int, str, str]:
        return ran(monkeypatch, capsys, "--home", str(tmp_path / machine), *arguments)

    return run


def quoted(told: tuple[int, str, str]) -> str:
    return str(json.loads(told[1])["passages"][0]["quote"])


def test_what_is_indexed_on_one_machine_is_asked_on_another(on):
    version = json.loads(on("one", "index", "--json")[1])["index_version"]
    code, out, _ = on("two", "ask", "--json", QUESTION)
    assert (code, json.loads(out)["index_version"]) == (0, version)
    assert json.loads(on("three", "status", "--json")[1])["index_version"] == version


def test_a_first_question_builds_the_one_index_for_all(on):
    assert quoted(on("one", "ask", "--json", QUESTION)) == "The bell is of silver."
    assert len(on("two", "versions")[1].splitlines()) == len(on("one", "versions")[1].splitlines())
    assert json.loads(on("two", "index", "--json")[1])["switched"] is False


def test_a_rollback_on_one_machine_is_seen_on_the_others(on, tmp_path):
    first = json.loads(on("one", "index", "--json")[1])["index_version"]
    write(tmp_path / "sources", {"bell.txt": "The bell is of gold."})
    second = json.loads(on("two", "index", "--json")[1])["index_version"]
    assert quoted(on("one", "ask", "--json", QUESTION)) == "The bell is of gold."
    assert {first, second} <= set(on("three", "versions")[1].split())
    assert on("one", "rollback")[1].split()[-1] == first
    assert quoted(on("two", "ask", "--json", QUESTION)) == "The bell is of silver."


def test_what_is_damaged_on_one_machine_is_mended_by_verify_and_by_asking(on, tmp_path):
    version = json.loads(on("one", "index", "--json")[1])["index_version"]
    for command in (("verify",), ("ask", "--json", QUESTION)):
        damaged = tmp_path / "one" / "versions" / version / "articles.jsonl"
        damaged.write_bytes(b"{}")
        assert on("one", *command)[0] == 0
        assert damaged.read_bytes() != b"{}"


def test_what_a_database_has_lost_is_named_by_doctor_and_brought_back(on, tmp_path):
    version = json.loads(on("one", "index", "--json")[1])["index_version"]
    chosen = Settings(home=tmp_path / "one", database_url=os.environ["SUMMITQA_DATABASE_URL"])
    with assemble.mirror(chosen).engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM shelf_pointers")
    assert on("one", "status")[0] == 2
    command = f"summitqa --shelf house rollback {version}"
    assert command in " ".join(on("one", "doctor")[1].split())
    assert on("one", *command.split()[1:])[0] == 0
    assert quoted(on("two", "ask", "--json", QUESTION)) == "The bell is of silver."


def test_doctor_looks_at_the_index_in_the_database(on):
    on("one", "index")
    assert "every file is whole" in on("two", "doctor")[1]


def test_looking_at_what_is_searched_in_the_database_fetches_its_manifest_alone(
    on, tmp_path, monkeypatch
):
    monkeypatch.setenv("SUMMITQA_DATABASE_SEARCH", "0")
    version = json.loads(on("one", "index", "--json")[1])["index_version"]
    told = f"index: {version}: its manifest is whole; it is searched in the database"
    assert told in " ".join(on("two", "doctor")[1].split())
    assert on("two", "verify") == (0, "every row is whole, and every file that is here\n", "")
    assert [one.name for one in (tmp_path / "two" / "versions" / version).iterdir()] == [
        "manifest.json"
    ]


def test_without_an_index_a_machine_says_how_to_make_one(on):
    code, _, err = on("one", "status")
    assert (code, "run `summitqa index` to build it" in " ".join(err.split())) == (2, True)


def test_a_mirror_is_no_data_folder_of_its_own(on, monkeypatch):
    on("one", "index")
    monkeypatch.delenv("SUMMITQA_DATABASE_URL")
    code, _, err = on("one", "ask", QUESTION)
    assert code == 2
    assert "SUMMITQA_DATABASE_URL" in err
    assert HOUSE not in err
