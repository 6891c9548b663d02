"""A link opens what it was made for, as long as it holds, and nothing else."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summitqa.settings import HOUSE
from summitqa_bot.links import Links, Target, spans_of
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.wording.reply import Card, Cited, Reply

KEY = "the key of a test"
URL = "https://quotes.example.org"
OWN = Target("discord-1", "rules", "20250816-120000-000001")
DAY = 86400


class Clock:
    now = 1_800_000_000

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def links(clock: Clock | None = None, key: str = KEY, **given) -> Links:
    settings = Settings(**{"home": Path("/nowhere"), "web_url": URL, **given})
    return Links(settings, lambda: key, clock or Clock())


def seal_of(link: str | None) -> str:
    assert link is not None
    return parse_qs(urlsplit(link).query).get("k", [""])[0]


def test_a_link_names_the_text_and_its_spans_the_cited_one_first():
    link = links().to(OWN, [(31, 64), (0, 29)], "aBcD-_ef0123.2")
    assert link is not None
    parts = urlsplit(link)
    query = parse_qs(parts.query)
    assert f"{parts.scheme}://{parts.netloc}" == URL
    assert (parts.path, parts.fragment) == ("/a/discord-1/rules", "s31-64")
    assert query["v"] == [OWN.version]
    assert query["s"] == ["31-64,0-29"]
    assert query["r"] == ["aBcD-_ef0123.2"]
    assert set(query) == {"v", "s", "r", "k"}


def test_a_page_below_a_path_and_a_slug_of_any_letters_make_a_link():
    odd = replace(OWN, slug="über/so?&#“x”")
    link = links(web_url=f"{URL}/quotes").to(odd)
    assert link is not None
    assert link.startswith(f"{URL}/quotes/a/discord-1/%C3%BCber%2Fso")
    assert link.isascii()
    assert unquote(urlsplit(link).path.rpartition("/")[2]) == odd.slug
    assert links().opens(odd, seal_of(link))


def test_where_there_is_no_page_there_is_no_link():
    assert links(web_url=None).to(OWN) is None
    assert links(web_access="off").to(OWN) is None
    assert links(web_access="off").path(OWN) is None


def test_the_page_itself_links_without_its_address():
    link = links(web_url=None).path(OWN, [(0, 29)])
    assert link is not None
    assert link.startswith("/a/discord-1/rules?v=")


def test_the_house_shelf_is_open_where_all_may_read_and_its_links_are_plain():
    def key() -> str:
        raise AssertionError("a plain link wants no key, and so no database")

    house = replace(OWN, shelf=HOUSE)
    settings = Settings(home=Path("/nowhere"), web_url=URL, web_access="public")
    plain = Links(settings, key)
    assert plain.to(house, [(0, 29)]) == (f"{URL}/a/house/rules?v={OWN.version}&s=0-29#s0-29")
    assert plain.opens(house, "")
    assert plain.opens(replace(house, version=""), "")


def test_a_communitys_shelf_takes_a_seal_whatever_the_access():
    for access in ("public", "link"):
        here = links(web_access=access)
        assert not here.opens(OWN, "")
        assert here.opens(OWN, seal_of(here.to(OWN)))
    off = links(web_access="off")
    assert not off.opens(OWN, seal_of(links().to(OWN)))
    assert not off.opens(replace(OWN, shelf=HOUSE), "")


def test_where_only_links_open_the_house_shelf_takes_one_too():
    house = replace(OWN, shelf=HOUSE)
    assert not links().opens(house, "")
    assert links().opens(house, seal_of(links().to(house)))


@pytest.mark.parametrize(
    "other",
    [
        {"shelf": "discord-2"},
        {"shelf": HOUSE},
        {"slug": "rules-2"},
        {"version": "20250816-120000-000002"},
        {"version": ""},
    ],
)
def test_a_seal_opens_nothing_else(other):
    assert not links().opens(replace(OWN, **other), seal_of(links().to(OWN)))


def test_a_link_holds_for_the_days_that_were_set_and_no_second_longer(clock):
    seal = seal_of(links(clock, web_days=2).to(OWN))
    later = links(clock, web_days=90)
    clock.now += 2 * DAY
    assert later.opens(OWN, seal)
    clock.now += 1
    assert not later.opens(OWN, seal)


def test_a_later_expiry_cannot_be_written_into_a_link(clock):
    expiry, _, mac = seal_of(links(clock).to(OWN)).partition(".")
    assert not links(clock).opens(OWN, f"{int(expiry) + DAY}.{mac}")
    assert not links(clock).opens(OWN, f"{int(expiry) - DAY}.{mac}")
    half = f"{expiry[:4]}_{expiry[4:]}"
    for same in (f"0{expiry}", f"+{expiry}", f" {expiry}", half, "٢" + expiry):
        assert not links(clock).opens(OWN, f"{same}.{mac}")


def test_another_key_opens_no_link_of_before():
    assert not links(key="another key").opens(OWN, seal_of(links().to(OWN)))


def test_a_seal_cut_short_or_drawn_out_opens_nothing():
    seal = seal_of(links().to(OWN))
    assert all(not links().opens(OWN, seal[:end]) for end in range(len(seal)))
    assert all(not links().opens(OWN, seal[start:]) for start in range(1, len(seal)))
    for more in ("A", "=", ".", " ", "\n", "\0", ".A"):
        assert not links().opens(OWN, seal + more)
        assert not links().opens(OWN, more + seal)


def test_what_is_no_seal_at_all_opens_nothing():
    for forged in (".", "..", "k", "9" * 10, "9" * 5000 + ".", "1.é", "-1.A", "1e9.A", "\ud800.A"):
        assert not links().opens(OWN, forged)


names = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(["a", "a-b", "b", ""])
texts = st.builds(Target, names, names, names)


@given(texts, texts)
def test_no_two_texts_share_a_seal(one, other):
    here = links()
    seal = here.seal(one)
    assert here.opens(one, seal)
    assert here.opens(other, seal) == (one == other)


@given(texts, st.text(max_size=80))
def test_no_seal_is_made_up(text, forged):
    assert not links().opens(text, forged)


@given(texts, st.data())
def test_a_seal_with_one_character_changed_opens_nothing(text, data):
    here = links()
    seal = here.seal(text)
    place = data.draw(st.integers(0, len(seal) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda one: one != seal[place]))
    assert not here.opens(text, seal[:place] + other + seal[place + 1 :])


def test_spans_are_read_and_what_is_none_is_left_out():
    assert spans_of("31-64,0-29") == ((31, 64), (0, 29))
    assert spans_of("31-64,,x,-3-4,5-5,9-2,1-2-3, 7-8,٣-٤,0-29") == ((31, 64), (0, 29))
    assert spans_of("") == ()
    assert spans_of("9" * 30 + "-" + "9" * 31) == ()
    assert len(spans_of(",".join(f"{n}-{n + 1}" for n in range(500)))) == 12


@given(st.text(max_size=200))
def test_whatever_is_written_for_spans_gives_some_that_could_be(written):
    assert all(0 <= start < end for start, end in spans_of(written))


def shown(*cited: Cited | None, url: str | None = "https://source.example/a") -> Reply:
    cards = tuple(Card("[1]", "", "A quote.", "", url, cited=one) for one in cited)
    return Reply("", cards, ref="aBcD-_ef0123")


def test_the_cards_of_an_answer_open_on_the_page_each_with_the_others_of_its_article():
    reply = shown(Cited("rules", 31, 64, 1), Cited("rules", 0, 29, 2), Cited("map", 5, 9, 3))
    linked = links().on(reply, "discord", OWN.shelf, OWN.version, "aBcD-_ef0123")
    queries = [parse_qs(urlsplit(card.url or "").query) for card in linked.cards]
    assert [query["s"] for query in queries] == [["31-64,0-29"], ["0-29,31-64"], ["5-9"]]
    assert [query["r"] for query in queries] == [[f"aBcD-_ef0123.{n}"] for n in (1, 2, 3)]
    assert [urlsplit(card.url or "").path for card in linked.cards] == [
        "/a/discord-1/rules", "/a/discord-1/rules", "/a/discord-1/map",
    ]  # fmt: skip
    assert replace(linked, cards=()) == replace(reply, cards=())


def test_a_card_that_quotes_nothing_keeps_its_link_and_so_do_all_without_a_page():
    beside = shown(None)
    assert links().on(beside, "discord", OWN.shelf, OWN.version) == beside
    cited = shown(Cited("rules", 31, 64, 1))
    assert links(web_url=None).on(cited, "discord", OWN.shelf, OWN.version) == cited
    assert links(web_access="off").on(cited, "web", OWN.shelf, OWN.version) == cited


def test_on_the_page_links_stay_on_it():
    cited = shown(Cited("rules", 31, 64, 1))
    for address in (URL, None):
        linked = links(web_url=address).on(cited, "web", HOUSE, OWN.version)
        assert (linked.cards[0].url or "").startswith("/a/house/rules?v=")
    linked = links(web_url=f"{URL}/quotes").on(cited, "web", HOUSE, OWN.version)
    assert (linked.cards[0].url or "").startswith("/quotes/a/house/rules?v=")


def test_of_many_quotes_of_an_article_a_link_lights_a_few():
    reply = shown(*(Cited("rules", n, n + 1, n) for n in range(1, 40)))
    linked = links().on(reply, "slack", OWN.shelf, OWN.version)
    query = parse_qs(urlsplit(linked.cards[30].url or "").query)
    assert query["s"][0].split(",")[0] == "31-32"
    assert len(query["s"][0].split(",")) == 12
    assert "r" not in query


def test_every_process_seals_with_the_one_key_of_the_database(tmp_path, database_url):
    one, other = State(tmp_path, database_url), State(tmp_path, database_url)
    settings = Settings(home=tmp_path, web_url=URL)
    seal = seal_of(Links(settings, one.link_key).to(OWN))
    assert Links(settings, other.link_key).opens(OWN, seal)
    assert len(one.link_key()) >= 64
    one.close()
    other.close()
