"""Where settings come from: the environment, ``.env`` here or the file named, ``.env`` in the home."""

import os
from pathlib import Path

import pytest

from summitqa.errors import SettingsError
from summitqa_bot import assemble, redact
from summitqa_bot.commands import environment


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [one for one in os.environ if one.startswith("SUMMITQA_")]:
        monkeypatch.delenv(name)
    for name in ("here", "home"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")


def test_what_is_nearer_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "here" / ".env").write_text(
        f"SUMMITQA_HOME={tmp_path / 'home'}\nSUMMITQA_WORKERS=3\nSUMMITQA_PASSAGES=4\n"
    )
    (tmp_path / "home" / ".env").write_text(
        "SUMMITQA_WORKERS=7\nSUMMITQA_PASSAGES=8\nSUMMITQA_KEEP_VERSIONS=9\n"
    )
    monkeypatch.setenv("SUMMITQA_PASSAGES", "1")
    assert environment.load() == []
    chosen = assemble.settings()
    assert chosen.home == tmp_path / "home"
    assert (chosen.passages, chosen.workers, chosen.keep_versions) == (1, 3, 9)


def test_a_named_file_stands_in_place_of_the_one_here_and_a_named_home_before_all(tmp_path: Path):
    (tmp_path / "here" / ".env").write_text("SUMMITQA_WORKERS=3\nSUMMITQA_PASSAGES=4\n")
    named = tmp_path / "named.env"
    named.write_text("\ufeffSUMMITQA_WORKERS=5\nSUMMITQA_HOME=/nowhere\n", "utf-8")
    environment.load(named, tmp_path / "home")
    chosen = assemble.settings()
    assert (chosen.home, chosen.workers, chosen.passages) == (tmp_path / "home", 5, 3)


def test_the_file_in_the_home_cannot_move_it(tmp_path: Path):
    (tmp_path / "home" / ".env").write_text("SUMMITQA_HOME=/nowhere\nSUMMITQA_WORKERS=5\n")
    environment.load(home=tmp_path / "home")
    assert assemble.settings().home == tmp_path / "home"


def test_what_is_not_ours_stays_in_its_file(tmp_path: Path):
    (tmp_path / "here" / ".env").write_text("PATH=/evil\nPYTHONPATH=/evil\nLD_PRELOAD=x\n")
    before = {name: os.environ.get(name) for name in ("PATH", "PYTHONPATH", "LD_PRELOAD")}
    environment.load()
    assert {name: os.environ.get(name) for name in before} == before


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("SUMMITQA_PASAGES", "SUMMITQA_PASSAGES"),
        ("SUMMITQA_DATABASE", "SUMMITQA_DATABASE_URL"),
        ("SUMMITQA_ZZZZZZZZZZZZ", ".env.example"),
    ],
)
def test_an_unknown_name_is_told_of_with_the_nearest_known_one(tmp_path: Path, name, nearest):
    (tmp_path / "here" / ".env").write_text(f"{name}=1\n")
    (sentence,) = environment.load()
    assert name in sentence
    assert nearest in sentence


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"SUMMITQA_MODEL=a\x00b"])
def test_a_file_that_is_no_text_is_named(tmp_path: Path, content: bytes):
    (tmp_path / "here" / ".env").write_bytes(content)
    with pytest.raises(SettingsError, match=r"\.env is to hold UTF-8 text"):
        environment.load()


def test_a_named_file_must_be_there(tmp_path: Path):
    with pytest.raises(SettingsError, match="there is no such file"):
        environment.load(tmp_path / "none")


def test_the_secrets_that_are_blanked_are_those_that_settings_are_read_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    named = tmp_path / "named.env"
    named.write_text("SLACK_SIGNING_SECRET=in-a-named-file\n")
    (tmp_path / "home" / ".env").write_text("HF_TOKEN=token-in-the-home\n")
    environment.load(named, tmp_path / "home")
    named.unlink()  # changed or gone since: what is in use stays known
    monkeypatch.chdir(tmp_path)
    assert set(redact.secrets()) == set(assemble.settings().secrets)
    assert redact.secrets() == ("in-a-named-file", "token-in-the-home")


@pytest.mark.parametrize("line", ["DISCORD_TOKEN: canary-1", "canary-1", "DISCORD_TOKEN='canary-1"])
def test_a_line_that_cannot_be_read_is_named_by_file_and_number_never_repeated(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, line: str
):
    for name in ("here", "home"):
        text = f"# of {name}\n\nSUMMITQA_WORKERS=3\n\n{line}\n"
        (tmp_path / name / ".env").write_text(text)
    said = environment.load(home=tmp_path / "home")
    assert [one.partition(", cannot")[0] for one in said] == [
        ".env, line 5",
        f"{tmp_path / 'home' / '.env'}, line 5",
    ]
    assert all("NAME=value" in one for one in said)
    assert "canary" not in "".join(said)
    assert caplog.text == ""
    assert assemble.settings().workers == 3


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("DISCORD_TOKNE", "DISCORD_TOKEN"),
        ("SLACK_BOT_TOKN", "SLACK_BOT_TOKEN"),
        ("slack_app_token", "SLACK_APP_TOKEN"),
        ("SUMITQA_HOME", "SUMMITQA_HOME"),
    ],
)
def test_a_slip_in_any_name_of_ours_is_told_of_where_a_file_holds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, nearest: str
):
    monkeypatch.setenv(name, "canary-1")
    assert environment.load(home=tmp_path / "home") == []
    for folder in ("here", "home"):
        (tmp_path / folder / ".env").write_text(f"{name}=canary-1\nGH_TOKEN=x\nPORT=80\n")
    (sentence,) = environment.load(home=tmp_path / "home")
    assert name in sentence
    assert f"did you mean {nearest}?" in sentence
    assert "canary" not in sentence
