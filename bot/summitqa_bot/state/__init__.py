"""What must outlive a restart: answers, feedback, channel settings, audit, events seen.

A small database through SQLAlchemy; SQLite in the data folder, or PostgreSQL by a URL.
``schema`` has the tables as they are today, ``steps`` the way there from an older schema, which
``migrations`` goes.
"""

from summitqa_bot.state.database import noted
from summitqa_bot.state.records import State

__all__ = ["State", "noted"]
