"""Replicas of the bot, as processes on one database: killed, cut off, slowed down, replaced."""

import pytest

from tests.fleet import fleet


@pytest.fixture
async def replicas(tmp_path, cluster):
    async with fleet(tmp_path, cluster.url(cluster.fresh())) as started:
        yield started
        print(*(one.log.read_text()[-3000:] for one in started.replicas), sep="\n---\n")


async def test_each_replica_answers_what_it_is_sent(replicas):
    await replicas.start(2)
    asked = [await replicas.ask(one) for one in replicas.replicas]
    await replicas.answered(asked)
    assert all("red" in str(one) for one in replicas.server.sent("chat.postMessage"))
    assert not replicas.complaints()
