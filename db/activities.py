"""Activities: what is read alike of group buys, bargain offers and flash sales, each of which has its own table."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import DateTime, Select, Table, all_, any_, bindparam, literal_column, select

from db.catalogue import IS_SEEN, product
from db.connection import Reading, Row, Writing
from db.listing import Listing
from db.metadata import UUIDS
from db.statements import prepared
from domain.catalogue import Seeing
from domain.pages import Page, PageRequest

T = TypeVar("T")


class Activities(Generic[T]):
    """The activities of one table, each of one product and with an end, and how a row becomes a value.

    The table has an index of those that are published, by their end.
    """

    def __init__(self, table: Table, make: Callable[[Row], T]) -> None:
        now = bindparam("now", type_=DateTime(timezone=True))
        is_named = table.c.id == any_(bindparam("ids", type_=UUIDS))
        self._make = make
        self.all: Select[Any] = select(*table.c)
        self.is_published = table.c.state == literal_column("'PUBLISHED'")
        self.is_to_end = table.c.ends_at > now
        in_sight = self.all.join(product, product.c.id == table.c.product_id).where(IS_SEEN)
        self._by_id = prepared(self.all.where(is_named))
        self._seen = prepared(in_sight.where(is_named))
        self._running: Listing[T] = Listing(
            in_sight.where(self.is_published, self.is_to_end, product.c.state == literal_column("'ON_SALE'")),
            make,
            id=table.c.id,
            sorts={"ends_at": table.c.ends_at},
        )
        self._over = prepared(
            self.all.where(self.is_published, table.c.ends_at <= now, table.c.id != all_(bindparam("but", type_=UUIDS)))
            .order_by(table.c.ends_at, table.c.id)
            .limit(literal_column("1"))
            .with_for_update(key_share=True, skip_locked=True)
        )

    async def by_id(self, reading: Reading, ids: Collection[UUID]) -> dict[UUID, T]:
        return {row["id"]: self._make(row) for row in await reading.rows(self._by_id, ids=list(ids))}

    async def seen(self, reading: Reading, audience: Seeing, ids: Collection[UUID]) -> dict[UUID, T]:
        """Those whose products this audience sees (R25)."""
        rows = await reading.rows(self._seen, ids=list(ids), **audience.values())
        return {row["id"]: self._make(row) for row in rows}

    async def running(self, reading: Reading, audience: Seeing, at: datetime, request: PageRequest) -> Page[T]:
        """Those that run or are to come, of products that this audience sees; the first to end first."""
        return await self._running.page(reading, request, sort="ends_at", now=at, **audience.values())

    async def lock_over(self, tx: Writing, at: datetime, but: Collection[UUID]) -> T | None:
        """One whose time is over and that is not ended yet."""
        row = await tx.row(self._over, now=at, but=list(but))
        return None if row is None else self._make(row)
