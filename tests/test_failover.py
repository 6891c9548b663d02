"""The primary of the database is killed and a replica of it promoted: a pause, and nothing lost."""

from summitqa_bot.asked import Asked
from summitqa_bot.state import State

ASKED = Asked(
    ref="before", asker="somebody", platform="slack", channel="C1", thread="C1:1.0",
    question="What happened then?", articles=(), context=[], version="v1", found=True,
    private=False, cited=[],
)  # fmt: skip


def test_what_is_remembered_survives_the_primary(cluster, tmp_path):
    state = State(tmp_path, cluster.url(cluster.fresh()))
    state.save_answer(ASKED)
    cluster.fail_over()
    state.mark_stale(ASKED.ref)
    assert state.answer(ASKED.ref).question == ASKED.question
    state.close()
