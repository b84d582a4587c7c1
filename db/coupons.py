"""Coupons in members' hands: given, held by orders, used, returned and ended, each by a conditional statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    column,
    func,
    literal_column,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.types import TypeEngine

from db.connection import Reading, Row, Writing
from db.coupon_tables import coupon, coupon_template
from db.metadata import UUIDS, json_rows
from db.order_tables import order
from db.statements import prepared
from db.sublists import Sublist
from db.writes import Part, Write
from domain.coupon_templates import TakeBy
from domain.coupons import Coupon, CouponState, Taking
from domain.orders import OrderState
from domain.pages import Page, PageRequest

COUPON_COLUMNS = (
    coupon.c.id,
    coupon.c.template_id,
    coupon.c.member_id,
    coupon.c.seq,
    coupon.c.state,
    coupon.c.take_by,
    coupon.c.taken_at,
    coupon.c.starts_at,
    coupon.c.ends_at,
    coupon.c.order_id,
    coupon.c.used_at,
    coupon.c.given_by,
)
GIVER_REFUNDED = "the order was refunded"
"""Why what an order gave is revoked."""
_GONE = (OrderState.REFUNDING, OrderState.REFUNDED)
_COUPONS = select(*COUPON_COLUMNS)
_MOMENT = DateTime(timezone=True)
_now = bindparam("at", type_=_MOMENT)


def coupon_of(row: Row, *, prefix: str = "") -> Coupon:
    """The coupon in a row; its columns may be labelled with a prefix."""
    get = {column.name: row[prefix + column.name] for column in COUPON_COLUMNS}
    return Coupon(**get | {"state": CouponState(get["state"]), "take_by": TakeBy(get["take_by"])})


_TAKEN: dict[str, TypeEngine[Any]] = {
    "id": Uuid(),
    "template_id": Uuid(),
    "member_id": Uuid(),
    "take_by": Text(),
    "taken_at": _MOMENT,
    "starts_at": _MOMENT,
    "ends_at": _MOMENT,
    "given_by": Uuid(),
    "guide_id": Uuid(),
    "code": Text(),
}
_given = (
    func.unnest(*(bindparam(f"new_{name}", type_=ARRAY(kind)) for name, kind in _TAKEN.items()))
    .table_valued(*(column(name, kind) for name, kind in _TAKEN.items()))
    .render_derived(name="given")
)
_had = (
    select(func.coalesce(func.max(coupon.c.seq), 0) + 1)
    .where(coupon.c.template_id == _given.c.template_id, coupon.c.member_id == _given.c.member_id)
    .correlate(_given)
    .scalar_subquery()
)
_numbered = (
    select(*_given.c, coupon_template.c.per_person, _had.label("seq"))
    .join(coupon_template, coupon_template.c.id == _given.c.template_id)
    .subquery("numbered")
)
_KEEP = prepared(
    insert(coupon)
    .from_select(
        [*_TAKEN, "per_person", "seq"],
        select(*_numbered.c).where(_numbered.c.seq <= _numbered.c.per_person),
    )
    .on_conflict_do_nothing(index_elements=["template_id", "member_id", "seq"])
    .returning(*COUPON_COLUMNS)
)


async def keep(tx: Writing, takings: Sequence[Taking]) -> list[Coupon]:
    """Keep new coupons, at most one of each template for a member; what one may not have is left out.

    So is a coupon whose number another transaction was about to give: it is waited for, and there may be another.
    """
    rows = [_taking_values(one) for one in takings]
    kept = await tx.rows(_KEEP, **{f"new_{name}": [row[name] for row in rows] for name in _TAKEN})
    return [coupon_of(row) for row in kept]


def _taking_values(one: Taking) -> dict[str, Any]:
    starts_at, ends_at = one.window
    return {
        "id": one.id,
        "template_id": one.template.id,
        "member_id": one.member_id,
        "take_by": one.by.value,
        "taken_at": one.at,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "given_by": one.given_by,
        "guide_id": one.guide_id,
        "code": one.code,
    }


_ids = bindparam("ids", type_=UUIDS)
_BY_ID = prepared(_COUPONS.where(coupon.c.id == any_(_ids)))
_LOCKED = _COUPONS.where(coupon.c.id == any_(_ids)).order_by(coupon.c.id)
_LOCK = prepared(_LOCKED.with_for_update(key_share=True))
_LOCK_FREE = prepared(_LOCKED.with_for_update(key_share=True, skip_locked=True))
_OF_MEMBERS = Sublist(
    _COUPONS.where(coupon.c.state == any_(bindparam("states", type_=ARRAY(Text())))),
    coupon_of,
    parent=coupon.c.member_id,
    id=coupon.c.id,
    descending=True,
)


async def coupons_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Coupon]:
    return {row["id"]: coupon_of(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def lock(tx: Writing, ids: Sequence[UUID]) -> dict[UUID, Coupon]:
    """Find coupons and keep other writers off them until the transaction ends."""
    return {row["id"]: coupon_of(row) for row in await tx.rows(_LOCK, ids=list(ids))}


async def lock_free(tx: Writing, ids: Sequence[UUID]) -> dict[UUID, Coupon]:
    """The same without waiting: those that another transaction is about to change are left out."""
    return {row["id"]: coupon_of(row) for row in await tx.rows(_LOCK_FREE, ids=list(ids))}


_USABLE = prepared(
    select(coupon.c.id)
    .where(
        coupon.c.member_id == bindparam("of_member", type_=Uuid()),
        coupon.c.state == literal_column("'UNUSED'"),
        coupon.c.starts_at <= _now,
        coupon.c.ends_at > _now,
    )
    .order_by(coupon.c.ends_at, coupon.c.id)
    .limit(bindparam("most", type_=Integer()))
)


async def usable_of(reading: Reading, member_id: UUID, at: datetime, most: int) -> list[UUID]:
    """The member's unused coupons that are good now, those first that end first."""
    return [row["id"] for row in await reading.rows(_USABLE, of_member=member_id, at=at, most=most)]


async def coupons_of(
    reading: Reading, member_ids: Sequence[UUID], states: Sequence[CouponState], request: PageRequest
) -> list[Page[Coupon]]:
    """A page of each member's coupons in these states, the newest first."""
    return await _OF_MEMBERS.pages(reading, member_ids, request, states=[one.value for one in states])


_pairs = json_rows("held_coupons", (coupon.c.id, coupon.c.order_id)).c
_UNUSED: ColumnElement[str] = literal_column("'UNUSED'")
_HELD = Part(
    "held_coupons",
    update(coupon)
    .where(coupon.c.id == _pairs.id, coupon.c.state == _UNUSED)
    .values(state=literal_column("'LOCKED'"), order_id=_pairs.order_id)
    .returning(coupon.c.id)
    .cte("coupons_held"),
)
_order_id = bindparam("of_order", type_=Uuid())
_held = (coupon.c.id == any_(_ids), coupon.c.order_id == _order_id)
_giver_is_gone = (
    select(order.c.id)
    .where(order.c.id == coupon.c.given_by, order.c.state.in_([literal_column(f"'{one.value}'") for one in _GONE]))
    .correlate(coupon)
    .exists()
)
_back = {
    "state": case(
        (_giver_is_gone, literal_column("'REVOKED'")),
        (coupon.c.ends_at <= _now, literal_column("'EXPIRED'")),
        else_=_UNUSED,
    ),
    "order_id": null(),
    "used_at": null(),
    "revoke_reason": case((_giver_is_gone, bindparam("reason", type_=Text()))),
}
_RELEASE = prepared(
    update(coupon)
    .where(*_held, coupon.c.state == bindparam("from_state", type_=Text()))
    .values(_back)
    .returning(*COUPON_COLUMNS)
)
_USE = prepared(
    update(coupon)
    .where(*_held, coupon.c.state == literal_column("'LOCKED'"))
    .values(state=literal_column("'USED'"), used_at=_now)
    .returning(*COUPON_COLUMNS)
)
_REVOKED = {
    "state": literal_column("'REVOKED'"),
    "revoked_by": bindparam("actor_id", type_=Uuid()),
    "revoke_reason": bindparam("reason", type_=Text()),
}
_REVOKE = prepared(
    update(coupon)
    .where(coupon.c.id == any_(_ids), coupon.c.state == _UNUSED)
    .values(_REVOKED)
    .returning(*COUPON_COLUMNS)
)
# All that an order gave is locked first: another that is about to give some of it back is waited for. PostgreSQL checks
# the row as it was before that, too: no order may be left in it.
_gave = (
    select(coupon.c.id, coupon.c.state)
    .where(coupon.c.given_by == _order_id)
    .order_by(coupon.c.id)
    .with_for_update(key_share=True)
    .cte("gave")
)
_RECALL = prepared(
    update(coupon)
    .where(coupon.c.id == _gave.c.id, _gave.c.state == _UNUSED)
    .values(_REVOKED | {"order_id": null(), "used_at": null()})
    .returning(*COUPON_COLUMNS)
)
_ending = (
    select(coupon.c.id)
    .where(coupon.c.state == _UNUSED, coupon.c.ends_at <= _now)
    .order_by(coupon.c.ends_at)
    .limit(bindparam("most", type_=Integer()))
    .with_for_update(skip_locked=True, key_share=True)
)
_EXPIRE = prepared(
    update(coupon)
    .where(coupon.c.id.in_(_ending), coupon.c.state == _UNUSED)
    .values(state=literal_column("'EXPIRED'"))
    .returning(*COUPON_COLUMNS)
)


def held(pairs: Sequence[tuple[UUID, UUID]]) -> Write:
    """Coupons that orders hold from now on: pairs of a coupon, which must be unused, and its order."""
    return Write.of(_HELD, [{"id": coupon_id, "order_id": order_id} for coupon_id, order_id in pairs])


async def release(
    tx: Writing, order_id: UUID, ids: Sequence[UUID], at: datetime, *, used: bool = False
) -> list[Coupon]:
    """Give back what an order holds, or what it used; those whose time is over expire.

    What an order gave that was paid back as a whole is revoked: they are locked first, to see those whose refund
    looked at them meanwhile.
    """
    await tx.rows(_LOCK, ids=list(ids))
    state = CouponState.USED if used else CouponState.LOCKED
    asked = {"of_order": order_id, "ids": list(ids), "at": at, "from_state": state.value}
    rows = await tx.rows(_RELEASE, **asked, reason=GIVER_REFUNDED)
    return [coupon_of(row) for row in rows]


async def use(tx: Writing, order_id: UUID, ids: Sequence[UUID], at: datetime) -> list[Coupon]:
    """Use up what an order holds."""
    return [coupon_of(row) for row in await tx.rows(_USE, of_order=order_id, ids=list(ids), at=at)]


async def revoke(tx: Writing, ids: Sequence[UUID], actor_id: UUID, reason: str) -> list[Coupon]:
    """Take unused coupons away; those in another state stay as they are."""
    rows = await tx.rows(_REVOKE, ids=list(ids), actor_id=actor_id, reason=reason)
    return [coupon_of(row) for row in rows]


async def recall(tx: Writing, order_id: UUID) -> list[Coupon]:
    """Take back what an order gave, as far as it is unused."""
    rows = await tx.rows(_RECALL, of_order=order_id, actor_id=None, reason=GIVER_REFUNDED)
    return [coupon_of(row) for row in rows]


async def expire(tx: Writing, at: datetime, most: int) -> list[Coupon]:
    """End unused coupons whose time is over, the earliest first; what another transaction holds is left to it."""
    return [coupon_of(row) for row in await tx.rows(_EXPIRE, at=at, most=most)]
