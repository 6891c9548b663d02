"""Secrets are blanked: those that are known, and whatever has the shape of one."""

import pytest

from summitqa.errors import SettingsError
from summitqa_bot import redact
from summitqa_bot.commands import environment

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
    environment.load()
    assert set(redact.secrets()) == {
        "a.b.c", "s1gn1ngs3cr3t", "postgresql://me:pa55w0rd@host/db", "pa55w0rd",
    }  # fmt: skip


def test_each_of_the_keys_that_are_written_together_is_a_secret(monkeypatch):
    keys = [word * 42 + "E=" for word in "AB"]
    monkeypatch.setenv("SUMMITQA_TOKEN_KEY", ", ".join(keys))
    assert set(keys) < set(redact.secrets())
    for known in (redact.secrets(), (", ".join(keys),)):
        assert redact.blank(f"the key {keys[1]} is old", known) == "the key *** is old"


def test_a_file_that_is_no_text_hides_nothing(tmp_path):
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError):
        environment.load()
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


def password(word: str) -> tuple[str, ...]:
    return (f"postgresql://me:{word}@host/db",)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("postgres", "expects a URL such as postgresql+psycopg://user:password@host/name"),
        ("postgres", "mypostgres and postgres16 are names of their own"),
        ("a", "a database is an answer away"),
        ("hunter2", "hunter2 is too short to be told from a word"),
    ],
)
def test_a_password_that_is_a_word_blanks_no_other(word, text):
    assert redact.blank(text, password(word)) == text


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("postgres", 'user "me", password postgres: refused'),
        ("a", "could not connect to mysql://me:a@host/db"),
        ("sw0rdfish", r"repr of a header: '\nsw0rdfish\x1bsw0rdfish'"),
        ("p%40ss%2Fword", "refused: p@ss/word"),
        ("p%40ss%2Fword", "at postgresql://me:p@ss/word@host/db"),
        ("p%40ss%2Fword", "at other://me:p%40ss%2Fword@host"),
        ("p/ss/word", "at other://me:p/ss/word@host"),
        ("p%40s", "at other://me:p@s@host"),
        ("x" * 20, f"prefix{'x' * 20}suffix"),
    ],
)
def test_a_password_is_blanked_as_a_whole_value_or_in_a_urls_place(word, text):
    shown = redact.blank(text, password(word))
    assert redact.BLANK in shown
    for tail in ("ss/word", "ss%2Fword", "sw0rdfish", "xxxx", ":a@", "@s@", "password postgres"):
        assert tail not in shown


def test_a_password_in_a_urls_query_is_known_too():
    known = ("postgresql:///db?host=h&password=in-a-query&sslmode=require",)
    assert redact.blank("password in-a-query wrong", known) == "password *** wrong"


def test_a_hub_token_is_blanked_wherever_it_stands():
    assert "hf_" not in redact.blank("401 for hf_abcdefghijklmnopqrstuvwxyzABCDEFGH", ())
