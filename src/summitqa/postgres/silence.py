"""A connection that gives up on a server that has fallen silent.

One whose process is stopped or whose disk hangs ends no statement, whatever ``statement_timeout``
says, and no time-out of TCP ends it either: its machine goes on to acknowledge what it is sent.
"""

import time
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen

# More than any statement may take that is not ``patient``.
SECONDS = 12.0


class Attentive(psycopg.Connection[Any]):
    """Closed, with OperationalError, where the server says nothing for ``SECONDS``.

    ``patient``: it is waited for, as where a statement may take long.
    """

    patient = False

    def wait(self, gen: PQGen[RV], *rest: Any, **given: Any) -> RV:
        """Do what the driver's own does, and listen."""
        return super().wait(gen if self.patient else self._heard(gen), *rest, **given)

    def _heard(self, gen: PQGen[RV]) -> PQGen[RV]:
        last = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                if ready := (yield wanted):
                    last = time.monotonic()
                elif time.monotonic() - last > SECONDS:
                    self.pgconn.finish()
                    raise psycopg.OperationalError("the server has fallen silent")
                wanted = gen.send(ready)
        except StopIteration as ended:
            found: RV = ended.value
            return found
