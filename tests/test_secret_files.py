"""A secret may lie in a file of its own, as containers and service managers hand it over."""

import os
from pathlib import Path

import pytest

from summitqa.errors import SettingsError
from summitqa_bot import assemble, redact
from summitqa_bot.commands import environment

TOKEN = "aaaaaaaa.bbbbbb.cccccccccccc"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [one for one in os.environ if one.startswith(("SUMMITQA_", "DISCORD_", "SLACK_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SUMMITQA_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    return path


def test_it_is_read_from_the_file_that_is_named(secret: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DISCORD_TOKEN_FILE", str(secret))
    assert environment.load() == []
    assert assemble.settings().discord_token == TOKEN
    assert TOKEN in redact.secrets()


def test_a_line_of_env_may_name_the_file(secret: Path, tmp_path: Path):
    (tmp_path / ".env").write_text(f"DISCORD_TOKEN_FILE={secret}\n")
    assert environment.load() == []
    assert assemble.settings().discord_token == TOKEN


def test_what_this_process_starts_is_given_the_secret_alone(
    secret: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DISCORD_TOKEN_FILE", str(secret))
    environment.load()
    assert environment.load() == []
    assert "DISCORD_TOKEN_FILE" not in os.environ


def test_a_secret_that_is_set_twice_is_refused(secret: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DISCORD_TOKEN_FILE", str(secret))
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    with pytest.raises(SettingsError, match="DISCORD_TOKEN and DISCORD_TOKEN_FILE are both set"):
        environment.load()


def test_a_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SUMMITQA_DATABASE_URL_FILE", "/run/secrets/nowhere")
    with pytest.raises(SettingsError) as caught:
        environment.load()
    assert str(caught.value) == (
        "SUMMITQA_DATABASE_URL_FILE is '/run/secrets/nowhere', but there is no such file."
    )


def test_no_other_setting_is_read_from_a_file(secret: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SUMMITQA_WORKERS_FILE", str(secret))
    (sentence,) = environment.load()
    assert "SUMMITQA_WORKERS_FILE is no setting" in sentence
