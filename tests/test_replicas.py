"""Replicas of the bot, as processes on one database: killed, cut off, slowed down, replaced."""

import asyncio

import pytest

from tests.cluster import until
from tests.fleet import QUESTION, SLOW_QUESTION, fleet
from tests.proxy import proxied
from tests.slack_rig import mention

LEASE = 2.0


@pytest.fixture
async def replicas(tmp_path, cluster):
    async with fleet(tmp_path, cluster, LEASE=str(LEASE)) as started:
        yield started
        print(*(one.log.read_text()[-30000:] for one in started.replicas), sep="\n---\n")


async def test_each_replica_answers_what_it_is_sent(replicas):
    await replicas.start(2)
    asked = [await replicas.ask(one) for one in replicas.replicas]
    await replicas.answered(asked)
    assert not replicas.others()
    assert not replicas.complaints()


async def test_a_killed_primary_is_noticed_by_nobody_who_asks(cluster, replicas):
    await replicas.start(2)
    asking = asyncio.create_task(replicas.load(40, every=0.1))
    await asyncio.sleep(1)
    await asyncio.to_thread(cluster.fail_over, after=1)
    await replicas.all_answered(await asking)
    assert replicas.answers() == dict.fromkeys(replicas.asked, 1)
    assert not replicas.others()


async def test_what_a_frozen_replica_of_the_database_has_not_is_not_answered_again(
    cluster, replicas
):
    await replicas.start(2)
    asking = asyncio.create_task(replicas.load(20, every=0.1))
    await asyncio.sleep(0.5)
    with cluster.primary.frozen(*cluster.senders):
        await asyncio.sleep(0.5)
        await asyncio.to_thread(cluster.fail_over)
    await replicas.all_answered(await asking)
    assert replicas.answers() == dict.fromkeys(replicas.asked, 1)


async def test_another_replica_answers_what_one_took_on_and_died_with(replicas):
    (first,) = await replicas.start(1, SLOW="60")
    (_,) = await replicas.start(1)
    asked = await replicas.ask(first, SLOW_QUESTION)
    await first.begun()
    first.kill()
    await replicas.all_answered([asked])
    assert replicas.answers() == {asked: 1}


async def test_a_replica_cut_off_from_the_database_leaves_what_it_took_on_and_comes_back(
    cluster, replicas
):
    with proxied(cluster.primary.port) as way:
        (lonely,) = await replicas.start(1, ports=[way.port], SLOW=str(2 * LEASE), AWAY="0.5")
        (_,) = await replicas.start(1)
        await asyncio.sleep(LEASE)  # by then each has heard of the other
        asked = await replicas.ask(lonely, SLOW_QUESTION)
        await lonely.begun()
        way.cut()
        await replicas.answered([asked])
        # By then it has come to an answer of its own.
        await asyncio.sleep(3 * LEASE)
        way.mend()
        await lonely.logs("answers again")
        again = await replicas.ask(lonely)
        await replicas.all_answered([again])
        assert replicas.answers() == {asked: 1, again: 1}
        assert not replicas.others()


@pytest.mark.parametrize("fault", ["cut", "freeze"])
async def test_without_its_database_a_replica_answers_from_its_mirror_and_that_is_known_after(
    cluster, replicas, fault
):
    with proxied(cluster.primary.port) as way:
        (lonely,) = await replicas.start(1, ports=[way.port], AWAY="2", SILENT="1")
        (other,) = await replicas.start(1)
        before = await replicas.ask(lonely)  # what holds in the channel is known from then on
        await replicas.answered([before])
        getattr(way, fault)()
        bodies = [mention(QUESTION) for _ in range(3)]
        for body in bodies:
            await replicas.deliver(body, lonely)
        assert len(lonely.acks) == 4  # which waits for no database
        asked = [before, *(str(body["event"]["ts"]) for body in bodies)]
        await replicas.answered(asked)
        assert not replicas.others()
        way.mend()
        await lonely.logs("answers again")
        await asyncio.to_thread(until, lambda: replicas.kept() == set(asked), "answers to be kept")
        for body in bodies:
            await replicas.deliver(body, other)
        again = await replicas.ask(lonely)
        await replicas.all_answered([again])
        assert replicas.answers() == dict.fromkeys([*asked, again], 1)


async def test_replicas_are_replaced_one_after_the_other_while_they_are_asked(replicas):
    await replicas.start(2)
    asking = asyncio.create_task(replicas.load(60, every=0.1))
    for old in list(replicas.replicas):
        await replicas.start(1)
        await old.stop()
    await replicas.all_answered(await asking)
    assert not replicas.others()
    assert replicas.answers() == dict.fromkeys(replicas.asked, 1)
