"""URLs as sources: fetched when allowed, kept, and not fetched again while unchanged."""

import json
from collections.abc import Iterator
from functools import partial

import pytest
from test_fetch import Server, page, serving

from summitqa.errors import SourceError
from summitqa_index.sources import fetch as fetching
from summitqa_index.sources import pages
from summitqa_index.sources.pages import page_name
from tests.fakes import index, library, write

BODY = b"<html><title>Storm</title><article><p>%s</p></article></html>"
TEXT = b"The storm took the roof of the school in the night, as the mayor said."


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving(Server()) as found:
        real = fetching.fetch

        def fetch(url: str, *, previous, limits):
            given = found.limits(size=limits.size, set_by=limits.set_by)
            local = partial(real, resolver=lambda host: ["127.0.0.1"], allow=lambda address: True)
            return local(url, previous=previous, limits=given)

        monkeypatch.setattr(pages, "fetch", fetch)
        found.answer = page(BODY % TEXT, ETag='"1"')
        yield found


def test_a_page_becomes_an_article_that_links_to_its_sentences(server, tmp_path):
    url = server.url("/news/The-Storm.html?x=1")
    report = index(tmp_path / "home", url, allow_urls=True)
    assert report.changes.added == ("the-storm",)
    found = library(tmp_path / "home").ask("What took the roof of the school?").matches[0].citation
    assert found.article.url == url
    assert found.url.startswith(f"{url}#:~:text=")


def test_the_url_of_the_article_is_where_the_page_was_found_in_the_end(server, tmp_path):
    final = server.url("/final/page")

    def answer(handler):
        if handler.path == "/first":
            page(b"", 301, Location="/final/page")(handler)
        else:
            canonical = b'<link rel="canonical" href="https://elsewhere.example/">'
            page(BODY.replace(b"<title>", canonical + b"<title>") % TEXT)(handler)

    server.answer = answer
    index(tmp_path / "home", server.url("/first"), allow_urls=True)
    assert library(tmp_path / "home").store.nth(0).url == final
    assert library(tmp_path / "home").store.nth(0).slug == "page"


def test_an_unchanged_page_is_not_fetched_again(server, tmp_path):
    url = server.url("/a")
    first = index(tmp_path / "home", url, allow_urls=True)
    server.answer = page(b"", 304)
    second = index(tmp_path / "home", allow_urls=True)
    assert server.asked[-1][1]["If-None-Match"] == '"1"'
    assert (second.switched, second.index_version) == (False, first.index_version)
    assert second.skipped == []


def test_a_dry_run_keeps_no_page(server, tmp_path):
    url = server.url("/a")
    assert index(tmp_path, url, allow_urls=True, dry_run=True).changes.added == ("a",)
    assert list(tmp_path.iterdir()) == []


def test_a_changed_page_is_a_changed_article(server, tmp_path):
    url = server.url("/a")
    index(tmp_path / "home", url, allow_urls=True)
    server.answer = page(BODY % TEXT.replace(b"storm", b"flood"), ETag='"2"')
    assert index(tmp_path / "home", allow_urls=True).changes.changed == ("a",)


def test_a_page_that_cannot_be_fetched_stands_as_it_was_and_is_named(server, tmp_path):
    url = server.url("/a")
    index(tmp_path / "home", url, allow_urls=True)
    server.answer = page(b"", 500)
    report = index(tmp_path / "home", allow_urls=True)
    assert report.changes.unchanged == ("a",)
    (one,) = report.skipped
    assert one.source == url
    assert "answered 500" in one.reason
    assert "the copy fetched before stands in." in one.reason


def test_a_page_that_never_could_be_fetched_is_an_error_that_names_it(server, tmp_path):
    server.answer = page(b"", 404)
    with pytest.raises(SourceError, match=r"/a answered 404 \(Not Found\)\.$"):
        index(tmp_path / "home", server.url("/a"), allow_urls=True)


def test_a_damaged_copy_is_fetched_anew(server, tmp_path):
    url = server.url("/a")
    index(tmp_path / "home", url, allow_urls=True)
    (kept,) = (tmp_path / "home" / "fetched").iterdir()
    for raw in (kept.read_bytes().replace(b"storm", b"sturm"), b"", b"{}", b"[]\n", b"\xff\n"):
        kept.write_bytes(raw)
        assert index(tmp_path / "home", allow_urls=True).changes.unchanged == ("a",)
        assert "If-None-Match" not in server.asked[-1][1]


@pytest.mark.parametrize("content_type", [
    "text/html; charset*=utf-8''x; charset*0=y", "text/html; charset=utf\0-8", "text/html; charset=x",
])  # fmt: skip
def test_a_header_that_cannot_be_read_costs_one_named_page_and_no_later_build(
    server, tmp_path, content_type
):
    url = server.url("/a")
    index(tmp_path / "home", url, allow_urls=True)
    server.answer = page(
        BODY % TEXT.replace(b"storm", b"flood"), Content_Type=content_type, ETag="2"
    )
    report = index(tmp_path / "home", allow_urls=True)
    assert report.changes.unchanged == ("a",)
    assert [one.source for one in report.skipped] == [url]
    assert "the copy fetched before stands in." in report.skipped[0].reason
    server.answer = page(BODY % TEXT.replace(b"storm", b"hail"), ETag="2")
    after = index(tmp_path / "home", allow_urls=True)
    assert (after.changes.changed, after.skipped) == (("a",), [])


@pytest.mark.parametrize("facts", [
    {"charset": "no\0charset"}, {"charset": 7}, {"content_type": []}, {"etag": "x\r\nHost: y"},
    {"etag": {}}, {"last_modified": "日"}, {"url": None}, {"url": "file:///etc/passwd"},
])  # fmt: skip
def test_a_copy_that_was_kept_with_a_bad_header_stops_no_build(server, tmp_path, facts):
    index(tmp_path / "home", server.url("/a"), allow_urls=True)
    (kept,) = (tmp_path / "home" / "fetched").iterdir()
    head, _, body = kept.read_bytes().partition(b"\n")
    kept.write_bytes(json.dumps({**json.loads(head), **facts}).encode() + b"\n" + body)

    def answer(handler):
        known = "If-None-Match" in handler.headers
        (page(b"", 304) if known else page(BODY % TEXT, ETag='"1"'))(handler)

    server.answer = answer
    for _ in range(2):
        report = index(tmp_path / "home", allow_urls=True)
        assert (report.changes.unchanged, report.skipped) == (("a",), [])


def test_a_page_that_cannot_be_read_any_more_does_not_replace_its_copy(server, tmp_path):
    index(tmp_path / "home", server.url("/a"), allow_urls=True)
    server.answer = page(b"<html></html>", ETag='"2"')
    for _ in range(2):
        report = index(tmp_path / "home", allow_urls=True)
        assert report.changes.unchanged == ("a",)
        assert "holds no text to answer from; the copy" in report.skipped[0].reason


def test_a_page_over_the_limit_is_named(server, tmp_path):
    server.answer = page(BODY % (b"word " * 300_000))
    with pytest.raises(SourceError, match="larger than"):
        index(tmp_path / "home", server.url("/a"), allow_urls=True, max_source_mb=1)


def test_plain_text_keeps_the_charset_of_the_server(server, tmp_path):
    server.answer = page(
        "Grüße aus Köln.".encode("latin-1"), Content_Type="text/plain; charset=latin-1"
    )
    index(tmp_path / "home", server.url("/a.txt"), allow_urls=True)
    assert library(tmp_path / "home").store.nth(0).text == "Grüße aus Köln."


def test_pages_and_files_stand_on_one_shelf(server, tmp_path):
    shelf = write(tmp_path / "s", {"b.txt": "The bell rings."})
    report = index(tmp_path / "home", shelf, server.url("/a"), allow_urls=True)
    assert report.changes.added == ("b", "a")


@pytest.mark.parametrize(("url", "name"), [
    ("https://site.example/", "site.example"), ("https://site.example", "site.example"),
    ("https://site.example/a/b.html?c=d#e", "b"), ("https://site.example/a/b/", "b"),
    ("https://site.example/%E6%97%A5", "日"), ("https://site.example/.well-known", ".well-known"),
])  # fmt: skip
def test_a_page_is_named_by_the_end_of_its_path(url, name):
    assert page_name(url) == name


def test_private_addresses_are_refused(tmp_path):
    for url in (
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://169.254.169.254/latest",
        "http://0x7f.1/",
    ):
        with pytest.raises(SourceError, match=r"public address|plain IP"):
            index(tmp_path / "home", url, allow_urls=True)
