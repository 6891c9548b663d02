"""Over HTTP, whoever can reach the port: what is not Slack's is refused within limits, silently."""

import asyncio
import contextlib
import errno
import json

import pytest
from slack_desk import FakeDesk
from slack_rig import free_port, mention, signed, slack_settings

from summitqa_bot import listening
from summitqa_bot.slack import listen
from summitqa_bot.slack.app import run

DEEP = "[" * 100_000
SIGNED = "v0=" + "0" * 64


class Served:
    """The bot in this process over HTTP, spoken to in bytes."""

    def __init__(self, port):
        self.port = port

    async def connect(self):
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def send(self, body, *, line=b"POST /slack/events HTTP/1.1", **headers):
        """Give the status that a request is answered with, 0 where the connection is just closed."""
        reader, writer = await self.connect()
        body = body.encode() if isinstance(body, str) else body
        named = {"host": "x", "content_length": str(len(body))} | headers
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in named.items()]
        writer.write(line + b"\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        async with asyncio.timeout(10):
            status = (await reader.readline()).split(b" ")
        writer.close()
        return int(status[1]) if len(status) > 1 else 0

    async def genuine(self, body=None):
        raw, headers = signed(body or mention())
        return await self.send(raw, **{k.replace("-", "_"): v for k, v in headers.items()})


@pytest.fixture
async def served(slack, monkeypatch):
    monkeypatch.setattr(listening, "HEAD_WITHIN", 0.3)
    monkeypatch.setattr(listen, "BODY_WITHIN", 0.3)
    port = free_port()
    settings = slack_settings(slack, slack_mode="http", slack_port=port)
    task = asyncio.create_task(run(settings, FakeDesk()))
    one = Served(port)
    async with asyncio.timeout(10):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await one.connect()
                writer.close()
                break
            await asyncio.sleep(0.02)
    yield one
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def stamped(**more):
    _, headers = signed(mention())
    return {"x_slack_request_timestamp": headers["x-slack-request-timestamp"]} | more


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (DEEP, {"content_type": "application/json"}),
        (DEEP, stamped(x_slack_signature=SIGNED, content_type="application/json")),
        ("{}", stamped(x_slack_signature=SIGNED, content_type="application/json; charset=nope")),
        ("{}", stamped(x_slack_signature="v0=ÿ" + "0" * 63)),
        ("{}", stamped(x_slack_signature=SIGNED, x_slack_request_timestamp="٣")),
        (b"\xff\xfe{", stamped(x_slack_signature=SIGNED)),
        (b"payload=%ff%fe", stamped(x_slack_signature=SIGNED)),
        ("{}", stamped(x_slack_signature=SIGNED, content_encoding="gzip")),
        ("", {"content_length": "x"}),
        ("zz\r\n", stamped(x_slack_signature=SIGNED, transfer_encoding="chunked")),
        ("", {"content_length": "99999999999", **stamped(x_slack_signature=SIGNED)}),
        ("", {"cookie": "a" * 100_000}),
    ],
)
async def test_what_is_malformed_or_unsigned_is_refused_without_a_traceback(
    served, slack, caplog, body, headers
):
    assert 400 <= await served.send(body, **headers) < 500
    assert not [one for one in caplog.records if one.exc_info or one.levelname == "ERROR"]
    assert not slack.sent("chat.postMessage")
    assert await served.genuine() == 200


@pytest.mark.parametrize("line", [b"\x16\x03\x01\x02", b"GET /", b"POST /slack/events HTTP/9.9"])
async def test_what_is_no_http_is_refused_without_a_traceback(served, caplog, line):
    assert 400 <= await served.send("", line=line) < 500
    assert not [one for one in caplog.records if one.exc_info or one.levelname == "ERROR"]


async def test_even_signed_nonsense_is_refused(served, caplog):
    for text in (json.dumps("x"), "{", DEEP):
        raw, headers = signed({"type": "event_callback"}, raw=text)
        given = {name.replace("-", "_"): value for name, value in headers.items()}
        assert 400 <= await served.send(raw, **given) < 500
    assert not [one for one in caplog.records if one.exc_info]


async def test_a_head_that_does_not_come_ends_the_connection(served):
    reader, writer = await served.connect()
    async with asyncio.timeout(5):
        writer.write(b"POST /slack/events HTTP/1.1\r\n")
        ended = asyncio.create_task(reader.read())
        while not (await asyncio.wait([ended], timeout=0.05))[0]:
            writer.write(b"x: y\r\n")
    with contextlib.suppress(OSError):
        assert ended.result() == b""
    writer.close()


async def test_a_body_that_does_not_come_is_refused(served):
    assert await served.send("", content_length="10", **stamped(x_slack_signature=SIGNED)) == 408


async def test_slack_gets_through_however_many_others_hold_connections(served, monkeypatch):
    monkeypatch.setattr(listening, "MOST", 5)
    held = [await served.connect() for _ in range(100)]
    assert await served.genuine() == 200
    async with asyncio.timeout(5):
        for reader, writer in held:
            with contextlib.suppress(OSError):
                assert await reader.read() == b""
            writer.close()


async def test_trouble_with_accepting_is_said_seldom_and_briefly(served, caplog):
    loop = asyncio.get_running_loop()
    full = OSError(errno.EMFILE, "Too many open files")
    for _ in range(100):
        loop.call_exception_handler(
            {"message": "socket.accept() out of system resource", "exception": full}
        )
    [record] = [one for one in caplog.records if "Too many open files" in one.getMessage()]
    assert record.exc_info is None
    loop.call_exception_handler({"message": "something else", "exception": ValueError("x")})
    assert "something else" in caplog.text
