"""Whatever is sent to the bot's port over HTTP: refused in time, nothing logged, Slack still served."""

import asyncio
import contextlib
import os
import random
import resource
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from slack_rig import free_port, mention, signed
from slack_server import APP_TOKEN, BOT_TOKEN, SECRET, SlackServer

from tests.faults.common import Tally, require

SCRIPT = Path(__file__).parents[1] / "slack_desk.py"
WITHIN = 0.5  # what the bot allows for a head and for a body, here
SLACK = 8.0  # seconds that only a freeze takes longer than
FILES = 64
_AT_ONCE = 20
_LINES = (
    b"POST /slack/events HTTP/1.1", b"POST /slack/events HTTP/1.0", b"POST /slack/events HTTP/7.7",
    b"GET /slack/events HTTP/1.1", b"PATCH * HTTP/1.1", b"POST  HTTP/1.1", b"POST /%00%ff HTTP/1.1",
    b"\x16\x03\x01\x02\x00", b"PRI * HTTP/2.0", b"", b"POST /" + b"a" * 20_000 + b" HTTP/1.1",
)  # fmt: skip
_BODIES = (
    b"", b"{", b"[" * 50_000, b'{"a":' * 50_000, b"\xff\xfe\x00", b"payload=%ff%00", b"null", b"1e999999",
    b"command=/ask&text=x", b'{"type":"event_callback","event":{}}', b"\xf0\x9f\x92\xa9" * 1000, b"0\r\n\r\n",
    b"a" * 2_000_000,
)  # fmt: skip
_HEADERS = (
    b"content-type: application/json; charset=nope", b"content-type: \xff; charset*=utf-8''x",
    b"content-type: multipart/form-data; boundary=\x00", b"content-encoding: gzip", b"content-encoding: br",
    b"content-length: -1", b"content-length: 1, 2", b"content-length: 99999999999", b"transfer-encoding: chunked",
    b"transfer-encoding: chunked, chunked", b"x-slack-signature: v0=\xc3\xbf", b"x-slack-signature: v0=" + b"0" * 64,
    b"x-slack-request-timestamp: \xd9\xa3", b"x-slack-request-timestamp: 9999999999999999999", b": nameless",
    b"x-slack-request-timestamp: -1", b"expect: 200-ok", b"upgrade: websocket", b"cookie: " + b"c" * 50_000,
    b"\x00: \x00", b"folded: a\r\n b", b"connection: keep-alive", b"x-slack-retry-num: x",
)  # fmt: skip


def run(folder: Path, quick: bool) -> Tally:
    tally = Tally()
    asyncio.run(_attack(tally, folder, 150 if quick else 4000))
    return tally


async def _attack(tally: Tally, folder: Path, count: int) -> None:
    log = folder / "log"
    async with SlackServer() as slack, _bot(slack, log) as (process, port):
        for first in range(0, count, _AT_ONCE):
            await asyncio.gather(*(_one(tally, port, n) for n in range(first, first + _AT_ONCE)))
            await _served(tally, slack, port, f"after request {first}")
        await _held(tally, port, count // 10)
        await _served(tally, slack, port, "after connections that were held")
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (FILES, FILES * 20))
        await _crowd(port)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (FILES * 20, FILES * 20))
        await asyncio.sleep(1.1)  # after which asyncio accepts again
        await _served(tally, slack, port, "after it was out of file descriptors")
    written = log.read_text("utf-8", "replace")

    def silent() -> None:
        require("Traceback" not in written, f"a traceback: {written[-2000:]}")
        require(written.count("\n") < 60, f"{written.count(chr(10))} lines in the log")

    tally.attempt("the log", silent)
    tally.note = f"{written.count(chr(10))} lines logged"


@asynccontextmanager
async def _bot(
    slack: SlackServer, log: Path
) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    port = free_port()
    environ = {
        "PATH": os.environ["PATH"],
        "SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN, "SLACK_SIGNING_SECRET": SECRET,
        "SUMMITQA_SLACK_API_URL": slack.api, "SUMMITQA_SLACK_MODE": "http",
        "SUMMITQA_SLACK_PORT": str(port), "SUMMITQA_LOG": "warning", "WITHIN": str(WITHIN),
    }  # fmt: skip
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(SCRIPT), env=environ, stdout=file, stderr=file
        )
    try:
        async with asyncio.timeout(60):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                require(process.returncode is None, "it has ended")
                await asyncio.sleep(0.1)
        yield process, port
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 20)


async def _one(tally: Tally, port: int, seed: int) -> None:
    """Send one request that Slack did not sign, and hold the answer to being a refusal."""
    request = _request(random.Random(seed))
    began = time.monotonic()
    try:
        status = await asyncio.wait_for(_status(port, request), SLACK)
    except TimeoutError:
        status = -1
    took = time.monotonic() - began

    def refused() -> None:
        require(status >= 0, f"no end within {took:.1f} s: {request[:300]!r}")
        require(status == 0 or 400 <= status < 500, f"{status} for {request[:300]!r}")

    tally.attempt(f"request {seed}", refused)


def _request(chance: random.Random) -> bytes:
    if chance.random() < 0.4:
        return _tampered(chance)
    line, body = chance.choice(_LINES), chance.choice(_BODIES)
    headers = [b"host: x", *chance.sample(_HEADERS, chance.randrange(5))]
    if chance.random() < 0.8:
        headers.append(b"content-length: %d" % len(body))
    return b"\r\n".join([line, *headers, b"", body])


def _tampered(chance: random.Random) -> bytes:
    """Give what Slack signed, with a byte of its body or signature changed, or of another hour."""
    raw, headers = signed(mention(), at=time.time() - chance.choice([0, 0, 0, 400, 86_400, -400]))
    body, signature = bytearray(raw.encode()), bytearray(headers["x-slack-signature"].encode())
    place = chance.choice([body, signature])
    place[chance.randrange(len(place))] ^= 1 << chance.randrange(8)
    headers["content-length"] = str(len(body))
    named = [
        f"{name}: {value}".encode() for name, value in headers.items() if "signature" not in name
    ]
    named.append(b"x-slack-signature: " + signature)
    return b"\r\n".join([_LINES[0], b"host: x", *named, b"", bytes(body)])


async def _status(port: int, request: bytes) -> int:
    """Send bytes and give the status of the answer, 0 where the connection is only closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        words = (await reader.readline()).split(b" ")
        return int(words[1]) if len(words) > 1 else 0
    except OSError:
        return 0
    finally:
        writer.close()


async def _held(tally: Tally, port: int, count: int) -> None:
    """Open connections and send next to nothing: each is closed in time."""

    async def hold(number: int) -> None:
        ended = False
        # One after another: of many at once that say nothing, the kernel itself keeps some back.
        await asyncio.sleep(number / 200)
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(SLACK):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(_LINES[0][: number % 28])
                with contextlib.suppress(OSError):
                    await reader.read()
                ended = True
                writer.close()
        tally.attempt(f"held connection {number}", lambda: require(ended, "it was not closed"))

    await asyncio.gather(*(hold(number) for number in range(count)))


async def _crowd(port: int) -> None:
    """Open more connections than the bot has file descriptors, and hold them for a while."""
    held = []
    for _ in range(4 * FILES):
        with contextlib.suppress(OSError):
            held.append((await asyncio.open_connection("127.0.0.1", port))[1])
    await asyncio.sleep(3)
    for writer in held:
        writer.close()


async def _served(tally: Tally, slack: SlackServer, port: int, when: str) -> None:
    """Slack's own request is acknowledged and answered."""
    before = len(slack.sent("chat.postMessage"))
    raw, headers = signed(mention())
    named = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = (
        f"POST /slack/events HTTP/1.1\r\nhost: x\r\n{named}content-length: {len(raw)}\r\n\r\n{raw}"
    )
    status, answered = -1, False
    with contextlib.suppress(OSError, TimeoutError):
        status = await asyncio.wait_for(_status(port, request.encode()), SLACK)
        await slack.until(lambda: len(slack.sent("chat.postMessage")) > before)
        answered = True
    tally.attempt(when, lambda: require(status == 200 and answered, f"Slack was answered {status}"))
