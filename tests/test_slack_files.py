"""Files handed in on Slack: the hostile and the broken each come to one sentence."""

import aiohttp
import pytest
from slack_rig import shortcut
from slack_server import ADMIN
from slack_shelf import Shelf, real_desk

from summitqa_bot.slack import files as slack_files
from summitqa_bot.strings import articles
from summitqa_bot.strings import slack as said

NOT_FETCHED = articles.FILE_NOT_FETCHED.format(name="rules.md")
PAGE = {"Content-Type": "text/html; charset=utf-8"}


@pytest.fixture
async def desk(tmp_path):
    async with real_desk(tmp_path) as one:
        yield one


@pytest.fixture
def shelf(rig, slack):
    return Shelf(rig, slack)


@pytest.fixture
def add(shelf, slack):
    async def add(file):
        told = await shelf.said(shortcut(slack, {"files": [file]}, user={"id": ADMIN}))
        assert "Something went wrong" not in told
        return told

    return add


async def test_a_file_too_large_is_not_even_fetched(add, slack):
    told = await add(slack.files.put("large.md", "x", size=10_000_001))
    assert articles.FILE_TOO_LARGE.format(name="large.md", megabytes="10.0", most=10) in told
    assert not slack.files.downloads


async def test_a_file_larger_than_it_says_is_not_read_to_its_end(add, slack):
    told = await add(slack.files.put("large.md", b"x" * 10_000_001, size=5))
    assert articles.FILE_NOT_FETCHED.format(name="large.md") in told


@pytest.mark.parametrize(
    "more",
    [
        {"is_external": True, "mode": "external"},
        {"url_private_download": "http://localhost/rules.md"},
        {"url_private_download": "ftp://127.0.0.1/rules.md"},
        {"url_private_download": "http://127.0.0.1.evil.example/rules.md"},
        {"url_private_download": "http://127.0.0.1@evil.example/rules.md"},
        {"url_private_download": None},
    ],
)
async def test_the_token_is_shown_to_no_other_host(add, slack, more):
    told = await add(slack.files.put("rules.md", "Rules.", **more))
    assert said.FILE_ELSEWHERE.format(name="rules.md") in told
    assert not slack.files.downloads


async def test_a_redirect_to_another_host_is_not_followed(add, slack):
    file = slack.files.put("rules.md", "# Rules\n\nDogs stay on the lead.\n")
    there = slack.files.url(file["id"], "localhost", "elsewhere")
    slack.files.answer(file, 302, Location=there)
    assert NOT_FETCHED in await add(file)
    assert len(slack.files.downloads) == 1


async def test_a_redirect_within_the_host_ends(add, slack):
    file = slack.files.put("rules.md", "Rules.")
    slack.files.answer(file, 302, Location=slack.files.url(file["id"]))
    assert NOT_FETCHED in await add(file)
    assert len(slack.files.downloads) == 3


async def test_a_page_to_sign_in_is_no_file(add, slack):
    file = slack.files.put("rules.md", "Rules.")
    slack.files.answer(file, 200, "<html>Sign in</html>", **PAGE)
    assert NOT_FETCHED in await add(file)


async def test_a_page_that_is_the_file_is_one(add, slack):
    page = "<html><title>Rules</title><p>Dogs stay on the lead, always and everywhere.</p></html>"
    file = slack.files.put("rules.html", page, mimetype="text/html")
    slack.files.answer(file, 200, page, **PAGE)
    assert "To be put on the shelf" in await add(file)


@pytest.mark.parametrize("status", [403, 404, 503])
async def test_a_download_that_fails_is_told_of(add, slack, status):
    file = slack.files.put("rules.md", "Rules.")
    slack.files.answer(file, status)
    assert NOT_FETCHED in await add(file)


async def test_a_download_that_fails_once_is_tried_again(add, slack, monkeypatch):
    file = slack.files.put("rules.md", "# Rules\n\nDogs stay on the lead.\n")
    read, tries = slack_files._read, []

    async def fails_once(*given):
        tries.append(given)
        if len(tries) == 1:
            raise aiohttp.ClientPayloadError
        return await read(*given)

    monkeypatch.setattr(slack_files, "_read", fails_once)
    assert "To be put on the shelf" in await add(file)


@pytest.mark.parametrize("mode", ["tombstone", "hidden_by_limit"])
async def test_a_file_that_is_gone_is_told_of(add, slack, mode):
    told = await add(slack.files.put("rules.md", "Rules.", mode=mode))
    assert said.FILE_GONE.format(name="rules.md") in told


async def test_a_file_that_may_not_be_seen_is_told_of(add, slack):
    assert said.FILE_UNSEEN.format(reason="file_not_found") in await add({"id": "F404"})
    slack.fail("files.info", "missing_scope")
    assert "files:read" in await add(slack.files.put("rules.md", "Rules."))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rules.exe", b"MZ"),
        ("empty.md", b""),
        ("blank.txt", b" \n \n"),
        ("broken.pdf", b"%PDF-1.4 nothing follows"),
        ("broken.docx", b"PK\x03\x04 nothing follows"),
        ("../../etc/passwd", b"root"),
        ("\u202efdp.exe", b"MZ"),
        ("x" * 3000, b"text"),
        ("zeros.txt", b"\x00" * 1000),
    ],
)
async def test_what_cannot_be_read_is_one_sentence(add, slack, name, content):
    told = await add(slack.files.put(name, content))
    assert "To be put on the shelf" not in told
    assert len(told) < 500
