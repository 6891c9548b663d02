"""The steps from one schema to the next, a file each, numbered by the schema they lead to.

A step is written in SQL that SQLite and PostgreSQL both know, never through ``tables``, which go on
changing; it only ever adds, so that a process of the version before goes on working.
"""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from summitqa_bot.state.steps import to_2, to_3, to_4, to_5, to_6, to_7

Step = Callable[[Connection], None]

# The one at position n leads from schema n + 1.
STEPS: Sequence[Step] = (to_2.step, to_3.step, to_4.step, to_5.step, to_6.step, to_7.step)
NEWEST = len(STEPS) + 1
