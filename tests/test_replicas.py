"""Replicas of the bot, as processes on one database: killed, cut off, slowed down, replaced."""

import asyncio

import pytest

from tests.fleet import fleet

LEASE = 2.0


@pytest.fixture
async def replicas(tmp_path, cluster):
    async with fleet(tmp_path, cluster, LEASE=str(LEASE)) as started:
        yield started
        print(*(one.log.read_text()[-4000:] for one in started.replicas), sep="\n---\n")


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


async def test_replicas_are_replaced_one_after_the_other_while_they_are_asked(replicas):
    await replicas.start(2)
    asking = asyncio.create_task(replicas.load(60, every=0.1))
    for old in list(replicas.replicas):
        await replicas.start(1)
        await old.stop()
    await replicas.all_answered(await asking)
    assert replicas.answers() == dict.fromkeys(replicas.asked, 1)
    assert not replicas.others()
