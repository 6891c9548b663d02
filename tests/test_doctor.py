"""The doctor: a line for each part, with the mend where it is not well."""

import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from summitqa.encoder import Encoder
from summitqa.errors import SettingsError
from summitqa.model import ENCODER, EXPORT_FAILED, Model
from summitqa.postgres.tables import POINTERS
from summitqa.settings import HOUSE
from summitqa_bot import assemble
from summitqa_bot.commands import cli, doctor
from summitqa_bot.discord.division import replica_lease
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.state.schema import SEEN
from summitqa_index.build import build
from summitqa_index.export.pinned import MINILM
from tests.fakes import job
from tests.faults.common import copied
from tests.saving import made

pytestmark = pytest.mark.usefixtures("mirrors")


def checks(settings: Settings) -> dict[str, doctor.Check]:
    return {check.name: check for check in doctor.examine(settings, ())}


def test_a_whole_installation_is_well_in_every_part(real_home: Path, encoder: Encoder):
    settings = Settings(home=real_home)
    build(job(settings, encoder))
    found = checks(settings)
    held = found.pop("reading child")  # what the kernel has is not ours to ask
    assert (held.well, held.detail.startswith("no network, no files (Landlock ABI ")) in (
        (True, True), (None, False),
    )  # fmt: skip
    assert {name: check.well for name, check in found.items()} == {
        "version": True,
        "folder": True,
        "encoder": True,
        "reader": True,
        "index": True,
        "database": True,
    }


def test_a_damaged_index_is_named_with_its_mend(real_home: Path, encoder: Encoder):
    settings = Settings(home=real_home)
    report = build(job(settings, encoder))
    with (real_home / "versions" / report.index_version / "tokens.i8").open("r+b") as file:
        file.write(b"\x55\x2a")
    index = checks(settings)["index"]
    assert index.well is False
    assert "tokens.i8" in index.detail
    assert "rollback" in index.detail


def test_a_damaged_model_is_named_with_its_mend(tmp_path: Path, minilm: Path):
    settings = Settings(home=copied(minilm, tmp_path / "home"), model=MINILM)
    assert checks(settings)["encoder"].well
    (words,) = settings.home.glob("models/*/tokenizer.json")
    words.write_bytes(words.read_bytes() + b" ")
    check = checks(settings)["encoder"]
    assert check.well is False
    assert str(words.relative_to(settings.home)) in check.detail
    assert "delete that folder" in check.detail


def test_a_model_that_is_to_be_exported_yet_is_told_of(tmp_path: Path):
    check = checks(Settings(home=tmp_path, reader="somebody/reads"))["reader"]
    assert check.well is None
    assert "somebody/reads: not exported yet" in check.detail


def test_a_reader_that_is_off_is_told_of(tmp_path: Path):
    check = checks(Settings(home=tmp_path, reader="off"))["reader"]
    assert check.well is None
    assert check.detail.startswith("off: ")


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("database", {"database_url": "nonsense"}),
        ("folder", {"home": Path("/dev/null/nowhere")}),
        ("snapshots", {"snapshots": "file:///dev/null/nowhere"}),
    ],
)
def test_what_is_not_well_is_one_sentence(real_home: Path, part: str, changes: dict):
    check = checks(replace(Settings(home=real_home), **changes))[part]
    assert check.well is False
    assert "SUMMITQA_" in check.detail
    assert "\n" not in check.detail


def test_of_replicas_it_tells_who_holds_what_and_what_is_left_undone(
    tmp_path: Path, postgres_databases
):
    settings = Settings(home=tmp_path / "home", database_url=postgres_databases())
    with closing(State(settings.home, settings.database_url)) as state:
        state.leases.take("refresh", 3600.0)
        assert checks(settings)["replica"].detail == f"{state.replica} holds refresh"
        assert not checks(settings).keys() & {"mirror", "shards", "events"}
        state.leases.take(replica_lease(2, state.replica, 9), 3600.0)
        left = datetime.now(UTC).replace(tzinfo=None) - timedelta(minutes=1)
        with state._engine.begin() as connection:
            one = {"event": "slack:E1", "at": left, "claimed": left, "payload": {}}
            connection.execute(insert(SEEN).values(one))
            connection.execute(insert(POINTERS).values(shelf=HOUSE, version="v2"))
        (settings.home / "CURRENT").write_text("v1\n")
        found = {name: checks(settings)[name] for name in ("mirror", "shards", "events")}
    assert [one.well for one in found.values()] == [None, False, False]
    assert found["shards"].detail.startswith("2 shards are served by no replica")
    assert found["events"].detail.startswith("1 event waits whose replica is gone")
    assert found["mirror"].detail.startswith("1 shelf is here at another version")


@pytest.mark.parametrize("taken", [False, True])
def test_a_folder_beside_a_database_is_told_for_what_it_is_and_not_touched(
    tmp_path: Path, postgres_databases, taken: bool
):
    home, url = made(tmp_path), postgres_databases()
    settings = Settings(home=home, database_url=url)
    if taken:
        assemble.mirror(Settings(home=made(tmp_path / "first"), database_url=url))
    before = tree(home)
    found = checks(settings)
    assert tree(home) == before
    assert "index" not in found  # to look at it would be to take it over
    assert found["home"].well is (False if taken else None)
    assert f"{home} is a data folder of its own" in found["home"].detail
    assert ("takes over what it holds", "nothing starts from it")[taken] in found["home"].detail


def test_a_database_to_be_read_that_is_anothers_is_told_of(tmp_path: Path, postgres_databases):
    url, other = postgres_databases(), postgres_databases()
    settings = Settings(home=tmp_path / "home", database_url=url, database_read_url=url)
    assemble.mirror(settings)
    assert "0.0 s behind" in checks(settings)["database"].detail
    for _ in range(2):  # empty, and another installation
        found = checks(replace(settings, database_read_url=other))["database"]
        assert (found.well, "no standby" in found.detail) == (False, True)
        State(tmp_path / "other", other).close()
        assemble.mirror(Settings(home=tmp_path / "other", database_url=other))


@pytest.mark.parametrize(
    ("url", "said"), [("mysql://u:hunter2@h/d", "names mysql"), ("hunter2", "no kind of database")]
)
def test_a_database_to_be_read_is_postgresqls(url: str, said: str):
    with pytest.raises(SettingsError, match=said) as refused:
        Settings.from_env({"SUMMITQA_DATABASE_READ_URL": url})
    assert "hunter2" not in str(refused.value)


def test_a_malformed_url_to_read_by_is_refused(tmp_path: Path, postgres_databases):
    read_url = "postgresql://u:hunter2@h:54x/d"
    settings = Settings(
        home=tmp_path / "home", database_url=postgres_databases(), database_read_url=read_url
    )
    with pytest.raises(SettingsError, match="SUMMITQA_DATABASE_READ_URL is malformed"):
        assemble.mirror(settings)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()} | {
        str(path): b"" for path in folder.rglob("*") if path.is_dir()
    }


def test_looking_writes_nothing(real_home: Path, encoder: Encoder, tmp_path: Path):
    settings = Settings(home=real_home)
    build(job(settings, encoder))
    state = State(real_home)
    for served in (True, False):
        before = tree(real_home)
        assert checks(settings)["database"].well
        assert tree(real_home) == before
        if served:
            state.close()
    before = tree(tmp_path)
    found = checks(Settings(home=tmp_path / "not" / "yet"))
    assert {check.well for check in found.values()} == {True, None}
    assert tree(tmp_path) == before


def test_the_command_makes_no_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys):
    monkeypatch.setattr(sys, "argv", ["summitqa", "--home", str(tmp_path / "none"), "doctor"])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")  # Slack is half set up
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert not list(tmp_path.iterdir())
    said = " ".join(capsys.readouterr().out.split())
    assert "– discord: not set up" in said
    assert "✗ slack: SLACK_BOT_TOKEN is not set" in said


def test_what_is_malformed_is_told_a_line_each_and_all_else_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys
):
    monkeypatch.setattr(sys, "argv", ["summitqa", "--home", str(tmp_path / "none"), "doctor"])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISCORD_TOKEN", "abc")
    monkeypatch.setenv("SUMMITQA_PASSAGES", "many")
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    said = [" ".join(part.split()) for part in capsys.readouterr().out.split("\n✗ ")]
    assert said[1].startswith("setting: SUMMITQA_PASSAGES is 'many'")
    assert said[2].startswith("setting: DISCORD_TOKEN is malformed, but expects a bot token")
    assert "abc" not in said[2]
    rest = said[2]
    assert "✓ database: " in rest
    assert "– discord: not looked at until its setting above is mended" in rest
    assert "– slack: not set up" in rest


def test_the_slow_fallback_is_told_of_with_its_reason(tmp_path: Path):
    folder = Model(ENCODER, MINILM, tmp_path).folder
    folder.mkdir(parents=True)
    (folder / EXPORT_FAILED).write_text("this operator is unknown\n")
    check = checks(Settings(home=tmp_path, model=MINILM))["encoder"]
    assert check.well is None
    assert "slower" in check.detail
    assert "this operator is unknown" in check.detail


def test_platforms_that_are_not_set_up_are_not_looked_at(real_home: Path):
    async def never(_: Settings) -> list[doctor.Check]:
        raise AssertionError("looked at")

    found = list(doctor.examine(Settings(home=real_home), [(False, never)]))
    names = [check.name for check in found]
    assert names
    assert "not set up" in found[-1].detail
    assert found[-1].well is None
