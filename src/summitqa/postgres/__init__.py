"""The PostgreSQL engine: what replicas of one installation share, reached through one place.

No module of it is imported where SUMMITQA_DATABASE_URL does not name PostgreSQL, whose driver a
plain installation does not have, and which no question on one machine is to wait for.
"""

import re
from typing import TypeGuard

SCHEME = re.compile(r"postgres(ql)?(\+psycopg)?:")
"""What a URL of PostgreSQL begins with."""


def is_postgres(url: str | None) -> TypeGuard[str]:
    """Tell whether a setting of SUMMITQA_DATABASE_URL is PostgreSQL's, by our driver."""
    return url is not None and SCHEME.match(url) is not None
