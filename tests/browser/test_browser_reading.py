"""Reading in the browser: the cited sentence lit and in view, for everybody, in any window."""

import re
import shutil
from pathlib import Path

import pytest
from playwright.async_api import Browser
from shelf import Site, serving
from visit import Visit, Visiting, opened

from tests.fakes import FakeEncoder, index, write
from tests.faults.hostile import PAYLOADS

pytestmark = pytest.mark.asyncio(loop_scope="module")

SMALL = {"width": 320, "height": 480}


def spans(site: Site, *sentences: str, slug: str = "handbook") -> list[tuple[int, int]]:
    text = site.article(slug).text
    return [(text.index(one), text.index(one) + len(one)) for one in sentences]


def link(*lit: tuple[int, int], slug: str = "handbook") -> str:
    """Give the address of an article, the first of its lit spans the one that is led to."""
    written = ",".join(f"{start}-{end}" for start, end in lit)
    return f"/a/house/{slug}?s={written}#s{lit[0][0]}-{lit[0][1]}"


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("size", [{"width": 1280, "height": 720}, SMALL])
@pytest.mark.parametrize("said", ["The gate closes at nine.", "Rule 55 of the harbour", "The end."])
async def test_the_cited_sentence_is_in_the_window(
    visiting: Visiting, site: Site, javascript: bool, size: dict[str, int], said: str
):
    (span,) = spans(site, said)
    async with visiting(java_script_enabled=javascript, viewport=size) as visit:
        assert await visit.open(link(span)) == 200
        assert await visit.lit(*span).inner_text() == said
        assert await visit.in_window(visit.lit(*span))
        assert await visit.too_wide() <= 0


async def test_other_passages_of_the_answer_are_marked_more_faintly(visit: Visit, site: Site):
    cited, beside = spans(site, "The gate closes at nine.", "The harbour opens at six.")
    await visit.open(link(cited, beside))
    paper = visit.page.locator("body")
    colours = [
        await visit.style(one, "background-color")
        for one in (paper, visit.lit(*beside), visit.lit(*cited))
    ]
    assert len(set(colours)) == 3
    near, far = (contrast(colours[0], one) for one in colours[1:])
    assert near < far


async def test_in_a_dark_room_the_page_is_dark_and_its_words_are_light(
    visiting: Visiting, site: Site
):
    cited, beside = spans(site, "The gate closes at nine.", "The harbour opens at six.")
    async with visiting(color_scheme="dark") as visit:
        await visit.open(link(cited, beside))
        ink, paper = [
            light(await visit.style(visit.page.locator("body"), name))
            for name in ("color", "background-color")
        ]
        assert paper < 0.1 < 0.5 < ink
        for one in (visit.lit(*cited), visit.lit(*beside)):
            lit = await visit.style(one, "background-color")
            assert light(lit) < 0.5
            assert contrast(await visit.style(one, "color"), lit) >= 4.5
        assert await visit.barriers() == []


async def test_on_paper_there_are_the_words_and_nothing_to_press(visiting: Visiting, site: Site):
    (span,) = spans(site, "The gate closes at nine.")
    async with visiting(color_scheme="dark") as visit:
        await visit.open(link(span))
        await visit.page.emulate_media(media="print")
        assert light(await visit.style(visit.page.locator("body"), "background-color")) > 0.9
        assert light(await visit.style(visit.page.locator("article"), "color")) < 0.1
        for name in ("button", "input", "summary"):
            for one in await visit.page.locator(name).all():
                assert not await one.is_visible()
        assert await visit.lit(*span).is_visible()
        assert (await visit.page.pdf()).startswith(b"%PDF")


async def test_who_wants_no_motion_sees_none(visiting: Visiting, site: Site):
    (span,) = spans(site, "The gate closes at nine.")
    async with visiting(reduced_motion="reduce") as visit:
        await visit.open(link(span))
        moving = "document.getAnimations().length"
        assert await visit.page.evaluate(moving) == 0
        assert await visit.style(visit.page.locator("html"), "scroll-behavior") == "auto"


@pytest.mark.parametrize("form", ["Plain text", "Markdown", "HTML"])
async def test_a_citation_is_copied_with_its_link(visiting: Visiting, site: Site, form: str):
    (span,) = spans(site, "The gate closes at nine.")
    async with visiting(permissions=["clipboard-read", "clipboard-write"]) as visit:
        await visit.open(link(span))
        await visit.page.get_by_text("Copy citation").click()
        await visit.page.get_by_role("button", name="Copy", description=form).click()
        await visit.page.get_by_role("status").get_by_text("Copied").wait_for()
        copied = await visit.page.evaluate("navigator.clipboard.readText()")
        assert "The gate closes at nine." in copied
        assert "The harbour handbook" in copied
        assert "https://harbour.example/handbook#:~:text=" in copied
        assert ("<blockquote" in copied, copied.startswith("> ")) == (
            form == "HTML",
            form == "Markdown",
        )


async def test_a_citation_is_copied_where_the_browser_gives_no_clipboard_to_scripts(
    visit: Visit, site: Site
):
    (span,) = spans(site, "The gate closes at nine.")
    await visit.page.add_init_script("Object.defineProperty(navigator, 'clipboard', {})")
    await visit.open(link(span))
    await visit.page.get_by_text("Copy citation").click()
    await visit.page.get_by_role("button", name="Copy", description="Markdown").click()
    await visit.page.get_by_role("status").get_by_text("Copied").wait_for()
    box = visit.page.get_by_role("searchbox")
    await box.press("Control+v")
    assert (await box.input_value()).startswith("> The gate closes at nine.")


async def test_headings_tables_and_the_numbers_of_paragraphs_are_set(visit: Visit, site: Site):
    await visit.open("/a/house/handbook")
    page, article = visit.page, site.article("handbook")
    assert await page.get_by_role("heading", level=1).inner_text() == "The harbour handbook"
    headings = page.locator("article").get_by_role("heading", level=2)
    assert await headings.all_inner_texts() == ["Opening hours", "Fees", "Rules"]
    assert await page.get_by_role("columnheader").all_inner_texts() == ["Boat", "Fee a day"]
    numbers = page.locator("article").get_by_role("link", name=re.compile(r"^Paragraph \d+$"))
    assert await numbers.all_inner_texts() == [str(one.number) for one in article.passages]
    await numbers.nth(40).click()
    assert await visit.in_window(numbers.nth(40))
    assert await visit.barriers() == []


async def test_a_paged_source_tells_its_pages(visit: Visit):
    await visit.open("/a/house/minutes")
    assert await visit.page.get_by_text(re.compile(r"^p\. \d$")).all_inner_texts() == [
        "p. 1",
        "p. 2",
    ]
    assert await visit.barriers() == []


async def test_hostile_articles_are_shown_as_text(visit: Visit, site: Site):
    for number in range(len(PAYLOADS)):
        slug = f"hostile-{number}"
        text = site.article(slug).text
        passage = site.article(slug).passages[0]
        span = (passage.start, passage.end)
        assert await visit.open(link(span, slug=slug)) == 200, PAYLOADS[number]
        shown = await visit.page.locator("article").inner_text()
        words = "".join(text[slice(*span)].split())
        assert words in "".join(shown.split()), PAYLOADS[number]
        assert await visit.page.locator("article :is(script, img, iframe, style)").count() == 0
        assert await visit.too_wide() <= 0, PAYLOADS[number]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/a/house/nothing", 404),
        ("/a/nowhere/handbook", 403),
        ("/a/house/..%2F..%2FCURRENT", 404),
        ("/a/%3Cscript%3Ealert(1)%3C%2Fscript%3E/x", 403),
        ("/nothing", 404),
    ],
)
async def test_what_is_not_there_is_said_in_a_sentence(visit: Visit, path: str, status: int):
    assert await visit.open(path) == status
    assert len(await visit.page.get_by_role("main").inner_text()) < 300
    assert await visit.barriers() == []


async def test_spans_that_cannot_be_light_nothing(visit: Visit, site: Site):
    beyond = len(site.article("handbook").text)
    for given in (f"{beyond}-{beyond + 9}", "9-3", "a-b", "-1-4", "1-", "<b>", "0-999999999999"):
        assert await visit.open(f"/a/house/handbook?s={given}#s{given}") == 200
        assert await visit.page.locator("mark").count() == 0


GATE = "# The gate\n\nThe gate is old.\n\nThe gate closes at nine. It is of oak.\n"


@pytest.mark.parametrize("kept", [True, False])
async def test_a_text_that_has_changed_since_it_was_quoted_says_so(
    browser: Browser, tmp_path: Path, kept: bool
):
    home, shelf = tmp_path / "home", tmp_path / "shelf"
    version = index(home, write(shelf, {"gate.md": GATE})).index_version
    index(home, write(shelf, {"gate.md": GATE.replace("nine", "ten")}))
    if not kept:
        shutil.rmtree(home / "versions" / version)
    async with serving(home, FakeEncoder(), None, web_access="public") as site:
        (span,) = spans(site, "The gate closes at ten.", slug="gate")
        then = (span[0], span[1] + len("nine") - len("ten"))
        path = link(then, slug="gate").replace("?", f"?v={version}&")
        async with opened(browser, site.url) as visit:
            assert await visit.open(path) == 200
            assert await visit.barriers() == []
            if not kept:
                assert await visit.page.get_by_text("no longer kept").is_visible()
                return
            assert await visit.lit(*then).inner_text() == "The gate closes at nine."
            assert await visit.in_window(visit.lit(*then))
            assert await visit.page.get_by_text("has changed since").is_visible()
            await visit.page.get_by_text("What has changed").click()
            assert "nine" in await visit.page.locator("del").inner_text()
            assert "ten" in await visit.page.locator("ins").inner_text()
            assert await visit.barriers() == []


def light(colour: str) -> float:
    """Give the relative luminance of a colour, as WCAG 2.2 defines it."""
    parts = [int(one) / 255 for one in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours, as WCAG 2.2 defines it, from 1 to 21."""
    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)
