"""An answer as a row of its table."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, true

from summitqa_bot.asked import Asked
from summitqa_bot.state.schema import ANSWERS


def row_of(asked: Asked, at: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the key of an answer that was given at a time, and what is stored under it."""
    values = {name: getattr(asked, name) for name in Asked.__dataclass_fields__}
    values["context"] = list(asked.context)
    for name in ("cited", "excerpts"):
        values[name] = [list(one) for one in values[name]]
    key = {"ref": values.pop("ref")}
    return key, values | {"at": at, "stale": False}


def asked_of(row: Any) -> Asked:
    """Give the answer that a row holds."""
    return Asked(**{name: row[name] for name in Asked.__dataclass_fields__})


def are_of(communities: Collection[str] | None) -> ColumnElement[bool]:
    """Tell of an answer that it is one of these communities', or of any."""
    return true() if communities is None else ANSWERS.c.community.in_(communities)
