"""What the client makes of a server that is none, and where it runs."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from test_fetch import Server, get, page, started  # noqa: F401

from summitqa.errors import SourceError


@pytest.mark.parametrize("header", ["Content_Type", "ETag"])
def test_a_header_that_holds_a_null_byte_is_no_http(server: Server, header: str) -> None:
    """RFC 9110 (5.5): such a message is rejected, or the byte replaced; aiohttp rejects it."""
    server.answer = page(b"<p>Hello</p>", **{header: "text/html; charset=utf\0-8"})
    with pytest.raises(SourceError, match="not sound HTTP") as caught:
        get(server)
    assert str(caught.value).isprintable()


def test_a_server_that_hangs_up_is_one_sentence(server: Server) -> None:
    server.answer = lambda handler: None
    with pytest.raises(SourceError, match="could not be fetched: the server hung up"):
        get(server)


def test_a_page_is_fetched_in_a_worker_thread_too(server: Server) -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(get, server).result().body == b"<p>Hello</p>"
