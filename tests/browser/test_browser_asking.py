"""Asking in the browser: the answer as in chat, and on to the sentence where it stands."""

import pytest
from shelf import Site
from visit import Visit, Visiting

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUESTION = "What did Trump call the limousine?"
SLOGAN = "Which slogan was on the backdrop?"
FOLLOW_UP = "and who stood before it?"
OFF_TOPIC = "How do I make sourdough bread rise?"
SMALL = {"width": 320, "height": 480}


async def ask(visit: Visit, question: str) -> None:
    """Ask in the box that the page shows."""
    await visit.page.get_by_role("searchbox").last.fill(question)
    async with visit.page.expect_navigation():
        await visit.page.keyboard.press("Enter")


async def follow(visit: Visit) -> None:
    """Open the first citation."""
    async with visit.page.expect_navigation():
        await visit.page.locator("figcaption a").first.click()


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("size", [{"width": 1280, "height": 720}, SMALL])
async def test_somebody_asks_opens_the_citation_and_comes_back(
    visiting: Visiting, javascript: bool, size: dict[str, int]
):
    async with visiting(java_script_enabled=javascript, viewport=size) as visit:
        await visit.open("/")
        assert await visit.too_wide() <= 0
        await ask(visit, QUESTION)
        quote = visit.page.locator("blockquote").first
        assert "“The Beast”" in await quote.inner_text()
        assert await visit.in_window(quote)
        assert await visit.too_wide() <= 0
        answer = visit.page.url
        await follow(visit)
        lit = visit.page.locator("mark.cited")
        assert "“The Beast”" in await lit.inner_text()
        assert await visit.in_window(lit)
        assert await visit.too_wide() <= 0
        await visit.page.go_back()
        assert visit.page.url == answer
        assert "“The Beast”" in await quote.inner_text()


async def test_a_follow_up_is_understood_by_what_was_asked_before(visit: Visit):
    await visit.open("/")
    await ask(visit, SLOGAN)
    await ask(visit, FOLLOW_UP)
    assert "Pursuing Peace" in await visit.page.locator("blockquote").first.inner_text()


async def test_every_state_has_an_address_that_shows_it_to_others(visiting: Visiting):
    async with visiting() as visit:
        await visit.open("/")
        await ask(visit, QUESTION)
        await ask(visit, FOLLOW_UP)
        address, shown = visit.page.url, await visit.page.locator("blockquote").all_inner_texts()
    async with visiting() as other:
        await other.open(address.removeprefix(other.url))
        assert await other.page.locator("blockquote").all_inner_texts() == shown


async def test_what_nothing_answers_is_said_so_with_what_comes_nearest(visit: Visit):
    await visit.open("/")
    await ask(visit, OFF_TOPIC)
    assert await visit.page.locator("blockquote").count() == 0
    assert await visit.barriers() == []
    async with visit.page.expect_navigation():
        await visit.page.get_by_role("link", name="Show the nearest").click()
    assert await visit.page.locator("blockquote").count() > 0
    assert await visit.barriers() == []


async def test_an_article_is_found_in_the_list_and_asked_alone(visit: Visit):
    await visit.open("/")
    async with visit.page.expect_navigation():
        await visit.page.get_by_role("link", name="The harbour handbook").click()
    await ask(visit, "When does the gate close?")
    assert "The gate closes at nine." in await visit.page.locator("blockquote").first.inner_text()
    assert "article=handbook" in visit.page.url


async def test_an_answer_is_said_to_be_helpful(visit: Visit):
    await visit.open("/")
    await ask(visit, QUESTION)
    answer = visit.page.url
    async with visit.page.expect_navigation():
        await visit.page.get_by_role("button", name="Helpful", exact=False).first.click()
    assert await visit.barriers() == []
    async with visit.page.expect_navigation():
        await visit.page.get_by_role("link", name="Back").click()
    assert visit.page.url == answer


async def test_everything_is_done_with_the_keyboard_and_what_has_the_focus_is_seen(
    visit: Visit, site: Site
):
    await visit.open("/a/house/handbook")
    await visit.page.keyboard.press("Tab")
    assert await focused(visit) == "Skip to the text"
    await visit.open("/")
    await visit.page.keyboard.type(QUESTION)
    async with visit.page.expect_navigation():
        await visit.page.keyboard.press("Enter")
    for _ in range(20):
        await visit.page.keyboard.press("Tab")
        if (await focused(visit)).startswith("[1]"):
            break
    async with visit.page.expect_navigation():
        await visit.page.keyboard.press("Enter")
    assert await visit.in_window(visit.page.locator("mark.cited"))
    await visit.page.keyboard.press("Tab")
    assert await focused(visit)


async def focused(visit: Visit) -> str:
    """Give the words of what has the focus, which must be seen to have it."""
    one = visit.page.locator(":focus")
    assert await visit.in_window(one)
    assert await visit.style(one, "outline-style") != "none"
    assert float((await visit.style(one, "outline-width")).removesuffix("px")) >= 1
    return await one.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_keeps_anybody_from_asking(visiting: Visiting, scheme: str):
    async with visiting(color_scheme=scheme) as visit:
        await visit.open("/")
        assert await visit.barriers() == []
        await ask(visit, QUESTION)
        assert await visit.barriers() == []


async def test_a_hostile_question_is_shown_as_text(visit: Visit):
    for question in ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}"):
        await visit.open("/")
        await ask(visit, question)
        assert question in await visit.page.get_by_role("main").inner_text()
