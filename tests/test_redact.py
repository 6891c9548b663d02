"""Secrets are blanked: those that are known, and whatever has the shape of one."""

import pytest

from bot import redact

SETTINGS = {
    "SLACK_SIGNING_SECRET": "s1gn1ngs3cr3t",
    "SUMMITQA_DATABASE_URL": "postgresql://me:pa55w0rd@host/db",
    "SUMMITQA_HOME": "/srv/summitqa",
}


@pytest.fixture(autouse=True)
def configured(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)


def test_known_secrets_are_those_of_the_environment_and_the_file(tmp_path):
    (tmp_path / ".env").write_text("DISCORD_TOKEN=a.b.c\nSLACK_SIGNING_SECRET=overridden\n")
    assert set(redact.secrets()) == {
        "a.b.c", "s1gn1ngs3cr3t", "postgresql://me:pa55w0rd@host/db", "pa55w0rd",
    }  # fmt: skip


def test_a_file_that_is_no_text_hides_nothing(tmp_path):
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00")
    assert "s1gn1ngs3cr3t" in redact.secrets()


@pytest.mark.parametrize("text", [
    "key s1gn1ngs3cr3t.", "at postgresql://me:pa55w0rd@host/db", "password pa55w0rd wrong",
    "xoxb-123456789012-abcDEF", "xapp-1-A012-abc-def", "xoxe.xoxp-1-Mi0yLTEyMzQ1",
    "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs", "mysql://root:hunter2@db/x",
    "wss://wss.example/link?ticket=zT1ck3t", "https://hooks.slack.com/actions/T0/zH00k",
    "cut off: xoxb-q1", "cut off: xapp-q1",
])  # fmt: skip
def test_secrets_are_blanked(text):
    shown = redact.blank(text, redact.secrets())
    assert redact.BLANK in shown
    for secret in (
        "s1gn",
        "pa55",
        "xoxb-1",
        "xapp-1",
        "xoxp-1",
        "ZnCj",
        "hunter2",
        "zT1ck3t",
        "zH00k",
        "-q1",
    ):
        assert secret not in shown


@pytest.mark.parametrize("text", [
    "a bot token that begins with xoxb-", "xoxb-… or xapp-…", "SUMMITQA_HOME is '/srv/summitqa'", "https://site.example/a:b@c", "see www.site.example.org now",
    "expects a URL such as postgresql://user:password@host/name", "2025-08-16 12:00:00,123 INFO a.b.c",
])  # fmt: skip
def test_what_is_no_secret_stays(text):
    assert redact.blank(text, redact.secrets()) == text
