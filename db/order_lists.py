"""Lists of orders for those who work on them: of the whole brand, or of some units of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, any_, bindparam, or_, select

from db.connection import Reading, Row
from db.listing import Linked, Listing
from db.metadata import UUIDS
from db.order_rows import ORDER_COLUMNS
from db.order_tables import order, order_line
from db.orders import page_with_lines
from domain.filters import Condition
from domain.orders import Order
from domain.pages import Page, PageRequest

_FILTERS: dict[str, ColumnElement[Any] | Linked] = {
    "state": order.c.state,
    "memberId": order.c.member_id,
    "storeId": order.c.store_id,
    "number": order.c.number,
    "placedAt": order.c.placed_at,
    "productId": Linked(order.c.id, order_line.c.order_id, order_line.c.product_id),
}
_UNITS = bindparam("units", type_=UUIDS)
_ALL: Listing[Row] = Listing(select(*ORDER_COLUMNS), lambda row: row, id=order.c.id, filters=_FILTERS)
_OF_UNITS: Listing[Row] = Listing(
    select(*ORDER_COLUMNS).where(or_(order.c.store_id == any_(_UNITS), order.c.pick_up_store_id == any_(_UNITS))),
    lambda row: row,
    id=order.c.id,
    filters=_FILTERS,
)


async def orders(
    reading: Reading, request: PageRequest, where: Condition, units: Collection[UUID] | None
) -> Page[Order]:
    """A page of orders, the newest first; with `units`, those that count for one of them or are fetched there."""
    if units is None:
        page = await _ALL.page(reading, request, where=where, descending=True)
    else:
        page = await _OF_UNITS.page(reading, request, where=where, descending=True, units=list(units))
    return await page_with_lines(reading, page)
