"""Settling: what the completion of a paid order writes, in one statement.

A payment notification is answered only after the commit, and a live room pays by the hundreds: the parts of four
slices go in together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CTE

import db.commissions
import db.ledger
import db.orders
import db.outbox
import db.payments
from db.connection import Writing
from db.statements import Statement, prepared
from domain.commissions import Commission
from domain.ledger import Posting
from domain.orders import Order


def _settling(*more: CTE) -> Statement:
    return prepared(
        db.ledger.POSTING.add_cte(
            db.ledger.OPENING.cte("opened"),
            db.orders.SAVING.cte("saved"),
            db.orders.LOGGING.cte("logged"),
            db.outbox.TELLING.cte("told"),
            db.commissions.EARNING.cte("earned"),
            *more,
        )
    )


_SETTLE = _settling()
_SETTLE_TOLD = _settling(*db.payments.SAVING_TOLD)


async def settle(
    tx: Writing,
    before: Order,
    after: Order,
    fact: dict[str, Any],
    business_key: str,
    postings: Sequence[Posting],
    earned: Sequence[Commission],
    *,
    told: Mapping[str, Any] | None = None,
) -> None:
    """Keep that a locked order is paid in full and what it earned, tell of it, and post what that moves.

    An order of nothing moves nothing. `told` is what its provider told of the payment (`db.payments.changes_told`),
    when it is not kept yet.

    Raises:
        asyncpg.UniqueViolationError: the event was posted before.
    """
    at: datetime = after.paid_at or after.placed_at
    await tx.execute(
        _SETTLE if told is None else _SETTLE_TOLD,
        **(told or {}),
        **db.orders.changes(before, after, None, at),
        **db.ledger.movements(business_key, postings, at),
        **db.commissions.earnings(earned),
        **db.outbox.telling(tx, "OrderPaid", "order", after.id, fact, at),
    )
