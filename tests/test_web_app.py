"""What guards the page: every request, every answer, errors too."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from summitqa.errors import SettingsError
from summitqa_bot.service.desk import Desk
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.web import app
from tests.fakes import FakeEncoder, index, library, write

GATES = "# Gates\n\nThe number of gate 7 is 259, as the keeper wrote.\n\nThe bell rings at noon.\n"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    home = tmp_path / "home"
    index(home, write(tmp_path / "s", {"gates.md": GATES}))
    made = Desk(Settings(home=home), library(home), State(home), FakeEncoder())
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[TestClient]:
    async with TestClient(TestServer(app.application(Settings(), desk))) as made:
        yield made


async def test_an_article_stands_at_its_address(client: TestClient) -> None:
    answer = await client.get("/a/house/gates")
    assert answer.status == 200
    assert "The bell rings at noon." in await answer.text()


@pytest.mark.parametrize("path", ["/a/house/nope", "/nope", "/static/nope", "/a/house", "/a/../x"])
async def test_what_is_not_there_is_one_sentence_that_tells_nothing_more(
    client: TestClient, path: str
) -> None:
    answer = await client.get(path)
    assert answer.status == 404
    there = await client.get("/a/house/nope")
    assert await answer.text() == await there.text()


@pytest.mark.parametrize("path", ["/", "/a/house/gates", "/nope", "/a/house/gates?v=nope"])
async def test_every_answer_has_the_headers_that_guard_it(client: TestClient, path: str) -> None:
    answer = await client.get(path)
    for name, value in app.HEADERS.items():
        assert answer.headers[name] == value
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8080", "localhost.evil.example", "[", "[localhost]",
        "localhost/evil.example", "evil.example@localhost", "localhost#evil", "localhost:80:80",
        "\udcff", "localhost/\udcff", "",
    ],
)  # fmt: skip
async def test_another_sites_name_does_not_lead_here(client: TestClient, host: str) -> None:
    answer = await raw(client, host)
    assert answer.startswith("HTTP/1.1 421 ")
    assert "gates" not in answer


def fetched(site: str, dest: str, mode: str = "no-cors") -> dict[str, str]:
    return {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize(
    ("method", "dest", "mode"),
    [
        ("GET", "image", "no-cors"), ("GET", "iframe", "navigate"), ("GET", "empty", "cors"),
        ("POST", "document", "navigate"), ("POST", "empty", "no-cors"),
    ],
)  # fmt: skip
async def test_another_sites_page_has_no_browser_ask_or_rate_here(
    client: TestClient, site: str, method: str, dest: str, mode: str
) -> None:
    headers = fetched(site, dest, mode)
    path = "/press" if method == "POST" else "/?q=Where+is+the+gate"
    answer = await client.request(method, path, headers=headers)
    assert answer.status == 403
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    "headers",
    [
        {}, fetched("none", "document", "navigate"), fetched("same-origin", "document", "navigate"),
        fetched("cross-site", "document", "navigate"),  # a link that was followed, as from chat
    ],
)  # fmt: skip
async def test_a_link_from_elsewhere_may_be_followed(
    client: TestClient, headers: dict[str, str]
) -> None:
    assert (await client.get("/", headers=headers)).status == 200


async def raw(client: TestClient, host: str) -> str:
    """Ask for the first page as no browser does."""
    reader, writer = await asyncio.open_connection(client.host, client.port)
    head = f"GET /a/house/gates?s=9-33 HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode(errors="surrogateescape"))
    answer = await reader.read()
    writer.close()
    return answer.decode()


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:80", "10.0.0.7"]
)
async def test_our_own_names_do(client: TestClient, host: str) -> None:
    assert (await client.get("/", headers={"Host": host})).status == 200


async def test_a_method_that_an_address_does_not_take_is_a_sentence(client: TestClient) -> None:
    answer = await client.post("/")
    assert answer.status == 405
    assert "GET" in answer.headers["Allow"]
    assert app.HEADERS.items() <= dict(answer.headers).items()


async def test_an_unforeseen_error_is_a_sentence_with_an_id(
    client: TestClient,
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(desk, "titles", None)
    answer = await client.get("/")
    assert answer.status == 500
    error = caplog.records[-1].getMessage().removeprefix("error ")
    assert f"error {error}" in await answer.text()
    assert "Traceback" not in await answer.text()


async def test_a_port_that_is_taken_is_one_sentence(desk: Desk) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingsError, match=r"SUMMITQA_WEB_PORT .* can be listened on"):
            await app.run(Settings(web_port=taken.getsockname()[1]), desk)


async def test_a_page_that_is_off_is_not_served(desk: Desk) -> None:
    with pytest.raises(SettingsError, match="SUMMITQA_WEB_ACCESS is off"):
        await app.run(Settings(web_access="off"), desk)


async def test_a_question_of_any_script_fits_into_an_address(
    desk: Desk, unused_tcp_port: int
) -> None:
    serving = asyncio.create_task(app.run(Settings(web_port=unused_tcp_port), desk))
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{unused_tcp_port}") as session:
            while not await answers(session):
                assert not serving.done()
            async with session.get("/", params={"q": "鐘" * 1000}) as answer:
                assert answer.status == 200
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def answers(session: aiohttp.ClientSession) -> bool:
    """Tell whether the page is served by now."""
    await asyncio.sleep(0.01)
    try:
        async with session.get("/nope"):
            return True
    except aiohttp.ClientConnectorError:
        return False
