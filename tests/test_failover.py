"""The primary of the database is killed and a replica of it promoted: a pause, and nothing lost."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from summitqa_bot.asked import Asked
from summitqa_bot.state import State
from summitqa_bot.state.limits import Window
from tests.cluster import until

ASKED = Asked(
    ref="before", asker="somebody", platform="slack", channel="C1", thread="C1:1.0",
    question="What happened then?", articles=(), context=[], version="v1", found=True,
    private=False, cited=[],
)  # fmt: skip


def test_what_is_remembered_survives_the_primary(cluster, tmp_path):
    state = State(tmp_path, cluster.url(cluster.fresh()))
    state.save_answer(ASKED)
    cluster.fail_over()
    state.checks.mark_stale(ASKED.ref)
    assert state.answer(ASKED.ref).question == ASKED.question
    state.close()


def test_leases_and_jobs_go_on_and_limits_begin_anew(cluster, tmp_path):
    url = cluster.url(cluster.fresh())
    one, two = (State(tmp_path / name, url) for name in ("one", "two"))
    window = [Window("somebody", 1, 3600)]
    assert one.leases.take("forget", 60)
    assert one.jobs.begin("house", "the schedule", None) is None
    assert [one.limits.wait(window) == [0.0], two.limits.wait(window) == [0.0]] == [True, False]
    cluster.fail_over()
    assert not two.leases.take("forget", 60)
    assert one.leases.take("forget", 60)
    assert two.jobs.begin("house", "somebody", None).who == "the schedule"
    # No log is kept of these, so that the new primary begins with none.
    assert [one.limits.wait(window) == [0.0], two.limits.wait(window) == [0.0]] == [True, False]
    for state in (one, two):
        state.close()


def test_what_many_threads_write_in_a_failover_is_written_once(cluster, tmp_path):
    state, done = State(tmp_path, cluster.url(cluster.fresh())), threading.Event()
    written: list[list[str]] = [[] for _ in range(4)]

    def write(number: int) -> None:
        while not done.is_set():
            line = f"{number}-{len(written[number])}"
            state.audit("somebody", line, "done")
            written[number].append(line)

    with ThreadPoolExecutor(4) as pool:
        ended = [pool.submit(write, number) for number in range(4)]
        time.sleep(0.5)
        cluster.fail_over()
        before = [len(one) for one in written]
        until(lambda: all(len(one) > was + 3 for one, was in zip(written, before, strict=True)), "")
        done.set()
        for one in ended:
            one.result()
    found = [action for _, action, _ in state.audit_log(100_000)]
    assert sorted(found) == sorted(line for lines in written for line in lines)
    state.close()
