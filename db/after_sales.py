"""After-sales: what buyers ask to be put right, the units that it is about, and each step of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Text,
    Uuid,
    all_,
    and_,
    any_,
    bindparam,
    delete,
    exists,
    false,
    func,
    insert,
    null,
    or_,
    select,
    true,
    union,
    union_all,
    update,
)

from db.after_sale_tables import IS_OPEN, after_sale, after_sale_change, after_sale_unit
from db.connection import Reading, Row, Writing, by_key
from db.listing import Listing
from db.metadata import UUIDS, given_rows, in_columns
from db.order_tables import order_line
from db.refunds import order_refund, order_refund_unit, refund
from db.statements import prepared
from domain.after_sales import GIVEN_UP, AfterSale, AfterSaleAction, AfterSaleKind, AfterSaleState, UnitRole
from domain.filters import Condition
from domain.money import CNY, Money
from domain.pages import Page, PageRequest
from domain.units import Units

_COLUMNS = tuple(
    after_sale.c[name]
    for name in (
        "id", "order_id", "member_id", "kind", "state", "amount_minor", "deducted_minor", "reason", "pictures",
        "answer",
        "carrier", "tracking_number", "restock", "replacement_order_id", "unsent", "created_at", "due_at", "version",
    )
)  # fmt: skip
_SALES = select(*_COLUMNS)


def _after_sale(row: Row, units: Mapping[UnitRole, Units]) -> AfterSale:
    return AfterSale(
        row["id"],
        row["order_id"],
        row["member_id"],
        AfterSaleKind(row["kind"]),
        AfterSaleState(row["state"]),
        units.get(UnitRole.ASKED, {}),
        units.get(UnitRole.ALONG, {}),
        units.get(UnitRole.KEPT, {}),
        Money(row["amount_minor"], CNY),
        Money(row["deducted_minor"], CNY),
        row["reason"],
        tuple(row["pictures"]),
        *row[9 : len(_COLUMNS)],
    )


def _values(one: AfterSale) -> dict[str, Any]:
    return {
        "id": one.id,
        "order_id": one.order_id,
        "member_id": one.member_id,
        "kind": one.kind.value,
        "state": one.state.value,
        "amount_minor": one.amount.minor,
        "deducted_minor": one.deducted.minor,
        "reason": one.reason,
        "pictures": list(one.pictures),
        "answer": one.answer,
        "carrier": one.carrier,
        "tracking_number": one.tracking_number,
        "restock": one.restock,
        "replacement_order_id": one.replacement_order_id,
        "unsent": one.unsent,
        "created_at": one.created_at,
        "due_at": one.due_at,
        "version": one.version,
    }


_UNIT = (after_sale_unit.c.order_line_id, after_sale_unit.c.unit)
_ROLED_UNIT = (*_UNIT, after_sale_unit.c.role)
_units = given_rows("units", _ROLED_UNIT)
_LOG = insert(after_sale_change).values(
    after_sale_id=bindparam("of_sale", type_=Uuid()),
    from_state=bindparam("from_state", type_=Text()),
    to_state=bindparam("to_state", type_=Text()),
    action=bindparam("action", type_=Text()),
    actor_id=bindparam("actor_id", type_=Uuid()),
    at=bindparam("at", type_=after_sale_change.c.at.type),
)
_CLAIM = insert(after_sale_unit).from_select(
    ["after_sale_id", "order_line_id", "unit", "role"],
    select(bindparam("of_sale", type_=Uuid()), _units.c.order_line_id, _units.c.unit, _units.c.role),
)
_ADD = prepared(
    _CLAIM.add_cte(
        insert(after_sale).values({c.name: bindparam(c.name, type_=c.type) for c in after_sale.c}).cte("added"),
        _LOG.cte("logged"),
    )
)
_CLAIM_EXTRAS = prepared(_CLAIM)
_MUTABLE = (
    "kind", "state", "amount_minor", "deducted_minor", "answer", "carrier", "tracking_number", "restock",
    "replacement_order_id", "due_at", "version",
)  # fmt: skip
_SAVE = prepared(
    update(after_sale)
    .where(after_sale.c.id == bindparam("of_sale", type_=Uuid()))
    .values({name: bindparam(f"new_{name}", type_=after_sale.c[name].type) for name in _MUTABLE})
    .add_cte(_LOG.cte("logged"))
)
_STOP_CLOCK = prepared(
    update(after_sale).where(after_sale.c.id == bindparam("of_sale", type_=Uuid())).values(due_at=null())
)
_FREE = prepared(
    update(after_sale_unit)
    .where(after_sale_unit.c.after_sale_id == bindparam("of_sale", type_=Uuid()))
    .values(is_claimed=false())
)
_FREE_EXTRAS = prepared(
    delete(after_sale_unit).where(
        after_sale_unit.c.after_sale_id == bindparam("of_sale", type_=Uuid()), after_sale_unit.c.role != "ASKED"
    )
)
_UNITS_OF = prepared(
    select(after_sale_unit.c.after_sale_id, *_ROLED_UNIT)
    .where(after_sale_unit.c.after_sale_id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(*_UNIT)
)
_BY_ID = prepared(_SALES.where(after_sale.c.id == any_(bindparam("ids", type_=UUIDS))))
_OF_ORDERS = prepared(
    _SALES.where(after_sale.c.order_id == any_(bindparam("order_ids", type_=UUIDS))).order_by(after_sale.c.id)
)
_TAKEN = prepared(
    union_all(
        select(*_UNIT, false().label("is_gone"))
        .join(order_line, order_line.c.id == after_sale_unit.c.order_line_id)
        .where(order_line.c.order_id == bindparam("order_id", type_=Uuid()), after_sale_unit.c.is_claimed),
        select(order_refund_unit.c.order_line_id, order_refund_unit.c.unit, true())
        .join(order_refund, order_refund.c.id == order_refund_unit.c.order_refund_id)
        .where(order_refund.c.order_id == bindparam("order_id", type_=Uuid())),
    ).order_by(after_sale_unit.c.order_line_id, after_sale_unit.c.unit)
)
_stays = union(
    select(*_UNIT, false().label("is_gone"))
    .join(after_sale, after_sale.c.id == after_sale_unit.c.after_sale_id)
    .where(
        after_sale.c.order_id == bindparam("order_id", type_=Uuid()),
        or_(after_sale_unit.c.role == "ALONG", and_(after_sale_unit.c.role == "ASKED", after_sale.c.unsent)),
        after_sale_unit.c.is_claimed,
    ),
    select(order_refund_unit.c.order_line_id, order_refund_unit.c.unit, true())
    .join(order_refund, order_refund.c.id == order_refund_unit.c.order_refund_id)
    .where(
        order_refund.c.order_id == bindparam("order_id", type_=Uuid()),
        or_(~order_refund.c.of_sent, order_refund_unit.c.is_along),
    ),
).subquery("stays")
_KEPT_BACK = prepared(
    select(
        _stays.c.order_line_id,
        func.count(_stays.c.unit.distinct()),
        func.count().filter(_stays.c.is_gone),
    ).group_by(_stays.c.order_line_id)
)
_IS_OPEN = prepared(select(exists().where(after_sale.c.order_id == bindparam("order_id", type_=Uuid()), IS_OPEN)))
_IS_REPLACEMENT = prepared(
    select(exists().where(after_sale.c.replacement_order_id == bindparam("order_id", type_=Uuid())))
)
_DUE = prepared(
    select(after_sale.c.id, after_sale.c.order_id)
    .where(
        after_sale.c.due_at <= bindparam("now", type_=after_sale.c.due_at.type),
        after_sale.c.id != all_(bindparam("but_for", type_=UUIDS)),
    )
    .order_by(after_sale.c.due_at)
    .limit(bindparam("most"))
)
_SETTLED = prepared(
    select(order_refund.c.after_sale_id).where(
        order_refund.c.id == bindparam("order_refund_id", type_=Uuid()),
        order_refund.c.after_sale_id.is_not(None),
        ~exists().where(
            refund.c.order_refund_id == order_refund.c.id,
            refund.c.state != "SUCCEEDED",
            refund.c.replaced_by.is_(None),
        ),
    )
)
_LISTING: Listing[Row] = Listing(
    _SALES,
    lambda row: row,
    id=after_sale.c.id,
    filters={"state": after_sale.c.state, "kind": after_sale.c.kind, "createdAt": after_sale.c.created_at},
)
_OWN: Listing[Row] = Listing(
    _SALES.where(after_sale.c.member_id == bindparam("of_member", type_=Uuid())), lambda row: row, id=after_sale.c.id
)


async def add(tx: Writing, new: AfterSale) -> None:
    """Keep a new after-sale of a locked order, and claim its units.

    Raises:
        asyncpg.UniqueViolationError: another after-sale claims one of them.
    """
    await tx.execute(
        _ADD,
        **_values(new),
        **_logged(None, new, AfterSaleAction.APPLY, new.member_id, new.created_at),
        **_claimed_by({UnitRole.ASKED: new.units, **_extras_of(new)}),
    )


async def save(
    tx: Writing, before: AfterSale, after: AfterSale, action: AfterSaleAction, actor_id: UUID | None, at: datetime
) -> None:
    """Keep a step of an after-sale of a locked order; its units are free again if it was given up."""
    values = _values(after)
    logged = _logged(before, after, action, actor_id, at)
    await tx.execute(_SAVE, **logged, **{f"new_{name}": values[name] for name in _MUTABLE})
    if after.state in GIVEN_UP:
        await tx.execute(_FREE, of_sale=after.id)


async def claim_extras(tx: Writing, found: AfterSale) -> None:
    """Claim the gifts and add-ons of an after-sale of a locked order that had none so far."""
    await tx.execute(_CLAIM_EXTRAS, of_sale=found.id, **_claimed_by(_extras_of(found)))


def _extras_of(one: AfterSale) -> dict[UnitRole, Units]:
    return {UnitRole.ALONG: one.along, UnitRole.KEPT: one.kept}


def _claimed_by(roles: Mapping[UnitRole, Units]) -> dict[str, Any]:
    rows = [
        {"order_line_id": line_id, "unit": unit, "role": role.value}
        for role, units in roles.items()
        for line_id, numbers in units.items()
        for unit in numbers
    ]
    return in_columns("units", _ROLED_UNIT, rows)


async def free_extras(tx: Writing, after_sale_id: UUID) -> None:
    """Gifts and add-ons have nothing to do with an after-sale any more."""
    await tx.execute(_FREE_EXTRAS, of_sale=after_sale_id)


def _logged(
    before: AfterSale | None, after: AfterSale, action: AfterSaleAction, actor_id: UUID | None, at: datetime
) -> dict[str, Any]:
    return {
        "of_sale": after.id,
        "from_state": None if before is None else before.state.value,
        "to_state": after.state.value,
        "action": action.value,
        "actor_id": actor_id,
        "at": at,
    }


async def taken(reading: Reading, order_id: UUID) -> tuple[Units, Units]:
    """The units of an order that went back, and those that after-sales are or were about and that were not given up."""
    rows = await reading.rows(_TAKEN, order_id=order_id)
    gone, claimed = ([(row[0], row[1]) for row in rows if row[2] is is_gone] for is_gone in (True, False))
    return _by_line(gone), _by_line(claimed)


async def kept_back(reading: Reading, order_id: UUID) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """How many units of each line of an order are not to leave, and how many of them went back.

    About the others an after-sale is: when it is given up they can leave.
    """
    rows = await reading.rows(_KEPT_BACK, order_id=order_id)
    return {row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows}


def _by_line(rows: Sequence[Row]) -> Units:
    found: dict[UUID, list[int]] = defaultdict(list)
    for line_id, unit in rows:
        found[line_id].append(unit)
    return {line_id: tuple(units) for line_id, units in found.items()}


async def some_are_open(reading: Reading, order_id: UUID) -> bool:
    """Whether an after-sale of the order is open."""
    return bool(await reading.value(_IS_OPEN, order_id=order_id))


async def is_replacement(reading: Reading, order_id: UUID) -> bool:
    """Whether the order was placed in exchange for goods that came back."""
    return bool(await reading.value(_IS_REPLACEMENT, order_id=order_id))


async def after_sales_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, AfterSale]:
    found = await _with_units(reading, await reading.rows(_BY_ID, ids=list(ids)))
    return {one.id: one for one in found}


async def after_sales_of(reading: Reading, order_ids: Sequence[UUID]) -> dict[UUID, list[AfterSale]]:
    """The after-sales of orders, the oldest first."""
    found: dict[UUID, list[AfterSale]] = defaultdict(list)
    for one in await _with_units(reading, await reading.rows(_OF_ORDERS, order_ids=list(order_ids))):
        found[one.order_id].append(one)
    return found


async def after_sales(reading: Reading, request: PageRequest, where: Condition) -> Page[AfterSale]:
    """A page of all after-sales that match, the newest first."""
    return await _page(reading, await _LISTING.page(reading, request, where=where, descending=True))


async def own_after_sales(reading: Reading, member_id: UUID, request: PageRequest) -> Page[AfterSale]:
    """A page of a member's after-sales, the newest first."""
    return await _page(reading, await _OWN.page(reading, request, descending=True, of_member=member_id))


async def _page(reading: Reading, page: Page[Row]) -> Page[AfterSale]:
    units = await _units_of(reading, [row["id"] for row in page.nodes])
    return page.mapped(lambda row: _after_sale(row, units.get(row["id"], {})), page.count)


async def _with_units(reading: Reading, rows: Sequence[Row]) -> list[AfterSale]:
    units = await _units_of(reading, [row["id"] for row in rows])
    return [_after_sale(row, units.get(row["id"], {})) for row in rows]


async def _units_of(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, dict[UnitRole, Units]]:
    if not ids:
        return {}
    groups = by_key(await reading.rows(_UNITS_OF, ids=list(ids)), "after_sale_id", lambda row: row)
    return {
        key: {role: _by_line([(row[1], row[2]) for row in rows if row["role"] == role.value]) for role in UnitRole}
        for key, rows in groups.items()
    }


async def due(reading: Reading, now: datetime, most: int, but_for: Collection[UUID] = ()) -> list[tuple[UUID, UUID]]:
    """After-sales whose next step is taken without anybody now, each with its order."""
    rows = await reading.rows(_DUE, now=now, most=most, but_for=list(but_for))
    return [(row["id"], row["order_id"]) for row in rows]


async def settled_by(tx: Writing, order_refund_id: UUID) -> AfterSale | None:
    """The after-sale that a refund was for, once all of its money has arrived."""
    key = await tx.value(_SETTLED, order_refund_id=order_refund_id)
    return None if key is None else (await after_sales_by_id(tx, [key]))[key]


async def stop_clock(tx: Writing, after_sale_id: UUID) -> None:
    """From now on nothing happens by itself."""
    await tx.execute(_STOP_CLOCK, of_sale=after_sale_id)
