"""Settings: read from a mapping, and one sentence for each that is missing or malformed."""

import os
import re
from dataclasses import fields
from pathlib import Path

import pytest

from summitqa.errors import SettingsError
from summitqa_bot.commands import environment
from summitqa_bot.settings import VARIABLES, HostPort, Rate, Settings

CANARY = "canary" + "x" * 40


def test_defaults_need_no_environment():
    settings = Settings.from_env({})
    assert settings.model == "summitqa-encoder"
    assert settings.reader == "summitqa-reader"
    assert settings.sources == ()
    assert settings.admins == frozenset()


def test_values_are_parsed():
    settings = Settings.from_env(
        {
            "SUMMITQA_HOME": "/data",
            "SUMMITQA_SOURCES": "a.md, b",
            "SUMMITQA_ADMINS": "123456789012345678,U012AB3CD",
            "SUMMITQA_REFRESH": "6h",
            "SUMMITQA_READER": "Off",
            "SUMMITQA_USER_LIMIT": "5/30s",
            "SUMMITQA_HEALTH": "[::1]:9464",
        }
    )
    assert settings.home == Path("/data")
    assert settings.sources == ("a.md", "b")
    assert settings.admins == {"123456789012345678", "U012AB3CD"}
    assert settings.refresh_seconds == 6 * 3600
    assert settings.reader == "off"
    assert settings.user_limit == Rate(5, 30)
    assert settings.health == HostPort("::1", 9464)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SUMMITQA_PASSAGES", "many"),
        ("SUMMITQA_PASSAGES", "0"),
        ("SUMMITQA_SNAPSHOTS", "our-bucket/versions"),
        ("SUMMITQA_WORKERS", "-1"),
        ("SUMMITQA_ADMINS", "bob"),
        ("SUMMITQA_DISCORD_HOME", "my server"),
        ("SUMMITQA_REFRESH", "often"),
        ("SUMMITQA_REFRESH", "6"),
        ("SUMMITQA_USER_LIMIT", "0/1m"),
        ("SUMMITQA_SLACK_MODE", "pigeon"),
        ("SUMMITQA_SLACK_API_URL", "slack"),
        ("SUMMITQA_ALLOW_URLS", "perhaps"),
        ("SLACK_CLIENT_ID", "my-app"),
        ("SUMMITQA_DISCORD_SHARDS", "many"),
        ("SUMMITQA_DISCORD_SHARDS", "0"),
        ("SUMMITQA_LOG", "loud"),
        ("SUMMITQA_LOG_FORMAT", "xml"),
        ("SUMMITQA_HEALTH", "9464"),
        ("SUMMITQA_HEALTH", "localhost:0"),
        ("SUMMITQA_HEALTH", "localhost:70000"),
        ("SUMMITQA_HEALTH", "http://localhost:9464"),
        ("SUMMITQA_WEB_URL", "quotes.example.org"),
        ("SUMMITQA_WEB_URL", "https://example.org/quotes?a"),
        ("SUMMITQA_WEB_URL", "https://example.org//quotes"),
        ("SUMMITQA_WEB_URL", "https://example.org/a/../quotes"),
        ("SUMMITQA_WEB_URL", "https://example.org/{quotes}"),
        ("SUMMITQA_WEB_ACCESS", "everybody"),
        ("SUMMITQA_WEB_PORT", "0"),
    ],
)
def test_a_malformed_value_is_one_sentence_naming_variable_value_and_what_is_expected(name, value):
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({name: value})
    message = str(caught.value)
    assert name in message
    assert value in message
    assert "expects" in message
    assert "\n" not in message
    assert caught.value.exit_code == 2


def test_a_duration_without_its_unit_is_told_so_and_0_is_never():
    with pytest.raises(SettingsError, match="unit, such as 30s, 15m, 6h"):
        Settings.from_env({"SUMMITQA_REFRESH": "6"})
    assert Settings.from_env({"SUMMITQA_REFRESH": "0"}).refresh_seconds == 0


def test_shards_are_counted_or_left_to_discord_and_otherwise_one_process_serves_all():
    read = [Settings.from_env({"SUMMITQA_DISCORD_SHARDS": one}) for one in ("16", "Auto", "")]
    assert [one.discord_shards for one in read] == [16, 0, None]


def test_the_home_of_nobody_is_one_sentence():
    with pytest.raises(SettingsError, match="SUMMITQA_HOME is '~nobody-of-that-name"):
        Settings.from_env({"SUMMITQA_HOME": "~nobody-of-that-name/x"})


@pytest.mark.parametrize(
    "name", ["DISCORD_TOKEN", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SUMMITQA_TOKEN_KEY"]
)
def test_a_malformed_token_is_named_but_never_repeated(name):
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({name: CANARY})
    assert name in str(caught.value)
    assert CANARY not in str(caught.value)


def test_all_that_is_malformed_is_named_at_once():
    malformed = {"DISCORD_TOKEN": CANARY, "SLACK_BOT_TOKEN": CANARY, "SUMMITQA_PASSAGES": "many"}
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(malformed)
    assert all(name in str(caught.value) for name in malformed)
    assert CANARY not in str(caught.value)


def test_what_is_well_can_be_read_beside_what_is_malformed():
    settings, malformed = Settings.read(
        {"DISCORD_TOKEN": "abc", "SUMMITQA_PASSAGES": "7", "SUMMITQA_READER": "off"}
    )
    assert (settings.passages, settings.reader, settings.discord_token) == (7, "off", None)
    assert list(malformed) == ["DISCORD_TOKEN"]
    assert malformed["DISCORD_TOKEN"].startswith("DISCORD_TOKEN is malformed, but expects")


@pytest.mark.parametrize("between", ["", ",", " , "])
def test_keys_are_set_apart_by_commas(between):
    keys = [word * 42 + "E=" for word in "AB"]
    assert Settings.from_env({"SUMMITQA_TOKEN_KEY": keys[0]}).token_key == keys[0]
    if between:
        both = between.join(keys)
        assert Settings.from_env({"SUMMITQA_TOKEN_KEY": both}).token_key == both
        return
    with pytest.raises(SettingsError, match="keys of 44 characters") as caught:
        Settings.from_env({"SUMMITQA_TOKEN_KEY": "".join(keys)})
    assert keys[0] not in str(caught.value)


def test_secrets_do_not_show_in_the_value_of_settings():
    settings = Settings.from_env(
        {
            "DISCORD_TOKEN": f"a.b.{CANARY}",
            "SLACK_BOT_TOKEN": f"xoxb-{CANARY}",
            "SLACK_APP_TOKEN": f"xapp-{CANARY}",
            "SLACK_SIGNING_SECRET": CANARY,
            "SLACK_CLIENT_SECRET": CANARY,
            "SUMMITQA_DATABASE_URL": f"postgresql://u:{CANARY}@h/d",
        }
    )
    assert CANARY not in repr(settings)
    assert all(CANARY in secret for secret in settings.secrets)
    assert len(settings.secrets) == 6


def test_what_is_required_and_missing_is_named():
    with pytest.raises(SettingsError, match="DISCORD_TOKEN is not set"):
        Settings().require("discord_token")


@pytest.mark.parametrize(
    ("given", "access"),
    [
        ({}, "public"),
        ({"SUMMITQA_WEB_URL": "https://quotes.example.org/"}, "link"),
        (
            {"SUMMITQA_WEB_URL": "https://quotes.example.org", "SUMMITQA_WEB_ACCESS": "public"},
            "public",
        ),
        ({"SUMMITQA_WEB_ACCESS": "Off"}, "off"),
    ],
)
def test_the_page_is_open_to_all_only_on_this_machine_or_where_that_is_said(given, access):
    settings = Settings.from_env(given)
    assert settings.page_access == access
    assert settings.web_url in (None, "https://quotes.example.org")


@pytest.mark.parametrize(
    ("given", "path"),
    [("https://example.org/", ""), ("https://example.org/a/b-1.0/", "/a/b-1.0"), ("", "")],
)
def test_the_page_is_below_the_path_of_its_address(given, path):
    settings = Settings.from_env({"SUMMITQA_WEB_URL": given} if given else {})
    assert settings.web_path == path
    assert (settings.web_url or "") == given.rstrip("/")


def test_env_example_has_one_line_on_every_setting_and_on_nothing_else():
    example = (Path(__file__).parent.parent / ".env.example").read_text("utf-8")
    listed = re.findall(r"^# ([A-Z][A-Z_]+)=", example, re.MULTILINE)
    assert sorted(listed) == sorted(field.metadata["variable"] for field in fields(Settings))


def test_every_line_of_env_example_means_what_it_says_once_it_is_uncommented(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    example = (Path(__file__).parent.parent / ".env.example").read_text("utf-8")
    lines = re.findall(r"^# ([A-Z][A-Z_]+=.*)", example, re.MULTILINE)
    named = tmp_path / "all.env"
    named.write_text(
        "\n".join(line.replace("SUMMITQA_HOME=", f"SUMMITQA_HOME={tmp_path}") for line in lines)
    )
    monkeypatch.chdir(tmp_path)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert environment.load(named) == []
    assert Settings.from_env(os.environ) == Settings(home=tmp_path)
