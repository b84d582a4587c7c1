"""Coupon templates: kept, found and locked, and the codes by which they are taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Reading, Row, Writing
from db.coupon_tables import coupon, coupon_code, coupon_template
from db.listing import Listing
from db.metadata import UUIDS
from db.statements import prepared
from domain.coupon_templates import (
    CouponScope,
    CouponTemplate,
    CouponTerms,
    TakeBy,
    TemplateState,
    Validity,
    Worth,
)
from domain.coupons import CouponState
from domain.filters import Condition
from domain.pages import Page, PageRequest
from domain.promotions.coupons import CouponKind

_TERMS_COLUMNS = tuple(
    coupon_template.c[name]
    for name in (
        *("name", "description", "kind", "amount_minor", "off_bp", "cap_minor", "threshold_minor", "scope"),
        *("scope_ids", "excluded_ids", "order_wide", "take_by", "total", "per_person", "starts_at", "ends_at"),
        *("after_days", "days", "gift_from_minor", "campaign_id"),
    )
)
TEMPLATE_COLUMNS = (
    coupon_template.c.id,
    coupon_template.c.state,
    coupon_template.c.taken,
    coupon_template.c.version,
    coupon_template.c.created_at,
    *_TERMS_COLUMNS,
)
TEMPLATES: Select[Any] = select(*TEMPLATE_COLUMNS)
_PUBLISHED = coupon_template.c.state == literal_column("'PUBLISHED'")


def _terms(get: Mapping[str, Any]) -> CouponTerms:
    worth = Worth(CouponKind(get["kind"]), get["amount_minor"], get["off_bp"], get["cap_minor"], get["threshold_minor"])
    return CouponTerms(
        get["name"],
        worth,
        Validity(get["starts_at"], get["ends_at"], get["after_days"], get["days"]),
        tuple(map(TakeBy, get["take_by"])),
        get["description"],
        CouponScope(get["scope"]),
        tuple(get["scope_ids"]),
        tuple(get["excluded_ids"]),
        get["order_wide"],
        get["total"],
        get["per_person"],
        get["gift_from_minor"],
        get["campaign_id"],
    )


def template_of(row: Row, *, prefix: str = "") -> CouponTemplate:
    """The template in a row; its columns may be labelled with a prefix."""
    get = {column.name: row[prefix + column.name] for column in TEMPLATE_COLUMNS}
    return CouponTemplate(
        get["id"], TemplateState(get["state"]), _terms(get), get["taken"], get["version"], get["created_at"]
    )


def _values(terms: CouponTerms) -> dict[str, Any]:
    worth, validity = terms.worth, terms.validity
    return {
        "name": terms.name,
        "description": terms.description,
        "kind": worth.kind.value,
        "amount_minor": worth.amount,
        "off_bp": worth.off_bp,
        "cap_minor": worth.cap,
        "threshold_minor": worth.threshold,
        "scope": terms.scope.value,
        "scope_ids": list(terms.scope_ids),
        "excluded_ids": list(terms.excluded_ids),
        "order_wide": terms.order_wide,
        "take_by": [one.value for one in terms.take_by],
        "total": terms.total,
        "per_person": terms.per_person,
        "starts_at": validity.starts_at,
        "ends_at": validity.ends_at,
        "after_days": validity.after_days,
        "days": validity.days,
        "gift_from_minor": terms.gift_from,
        "campaign_id": terms.campaign_id,
    }


_GIVEN = {column.name: bindparam(column.name, type_=column.type) for column in _TERMS_COLUMNS}
_ADD = prepared(
    insert(coupon_template).values(
        id=bindparam("id", type_=Uuid()), state=bindparam("state"), created_at=bindparam("created_at"), **_GIVEN
    )
)
_SAVE = prepared(
    update(coupon_template)
    .where(coupon_template.c.id == bindparam("of_template", type_=Uuid()))
    .values(state=bindparam("state"), version=bindparam("version"), **_GIVEN)
)
_BY_ID = prepared(TEMPLATES.where(coupon_template.c.id == any_(bindparam("ids", type_=UUIDS))))
_LOCK = prepared(TEMPLATES.where(coupon_template.c.id == bindparam("id", type_=Uuid())).with_for_update(key_share=True))
_LISTING = Listing(
    TEMPLATES,
    template_of,
    id=coupon_template.c.id,
    filters={"state": coupon_template.c.state, "campaignId": coupon_template.c.campaign_id},
)


async def add(tx: Writing, new: CouponTemplate) -> None:
    await tx.execute(_ADD, id=new.id, state=new.state.value, created_at=new.created_at, **_values(new.terms))


async def save(tx: Writing, changed: CouponTemplate) -> None:
    """Keep what changed of a locked template."""
    values = _values(changed.terms)
    saved = await tx.execute(
        _SAVE, of_template=changed.id, state=changed.state.value, version=changed.version, **values
    )
    assert saved == 1, f"template {changed.id} was not locked"


async def lock(tx: Writing, template_id: UUID) -> CouponTemplate | None:
    """Find a template and keep other writers off it until the transaction ends."""
    row = await tx.row(_LOCK, id=template_id)
    return None if row is None else template_of(row)


async def templates_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, CouponTemplate]:
    return {row["id"]: template_of(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def templates(reading: Reading, request: PageRequest, where: Condition) -> Page[CouponTemplate]:
    """A page of all templates, the newest first."""
    return await _LISTING.page(reading, request, where=where, descending=True)


_now = bindparam("at", type_=DateTime(timezone=True))
_member = bindparam("of_member", type_=Uuid())
CAN_BE_TAKEN = and_(
    _PUBLISHED,
    or_(coupon_template.c.total.is_(None), coupon_template.c.taken < coupon_template.c.total),
    or_(coupon_template.c.ends_at.is_(None), coupon_template.c.ends_at > _now),
)
_own = (
    select(func.count())
    .where(coupon.c.template_id == coupon_template.c.id, coupon.c.member_id == _member)
    .correlate(coupon_template)
    .scalar_subquery()
)
IS_TAKEN_BY = coupon_template.c.take_by.contains(bindparam("by", type_=ARRAY(Text())))
# A template with none left, or none for this member, is not even locked: a crowd that comes too late does not queue.
_TAKEABLE = TEMPLATES.where(
    coupon_template.c.id == bindparam("id", type_=Uuid()),
    CAN_BE_TAKEN,
    IS_TAKEN_BY,
    _own < coupon_template.c.per_person,
)
_FIND_TAKEABLE = prepared(_TAKEABLE)
_LOCK_TAKEABLE = prepared(_TAKEABLE.with_for_update(key_share=True))
_COUNT = prepared(
    update(coupon_template)
    .where(
        coupon_template.c.id == any_(bindparam("ids", type_=UUIDS)),
        or_(coupon_template.c.total.is_(None), coupon_template.c.taken < coupon_template.c.total),
    )
    .values(taken=coupon_template.c.taken + 1)
)
_LOCK_GIFTS = prepared(
    TEMPLATES.where(
        CAN_BE_TAKEN,
        IS_TAKEN_BY,
        coupon_template.c.gift_from_minor <= bindparam("worth", type_=BigInteger()),
        _own < coupon_template.c.per_person,
    )
    .order_by(coupon_template.c.id)
    .limit(bindparam("most", type_=Integer()))
    .with_for_update(key_share=True)
)


async def find_takeable(
    tx: Writing, template_id: UUID, member_id: UUID, by: TakeBy, at: datetime, *, locked: bool
) -> CouponTemplate | None:
    """A template of which the member can have one more in this way, as it looks; once it is locked, it can."""
    statement = _LOCK_TAKEABLE if locked else _FIND_TAKEABLE
    row = await tx.row(statement, id=template_id, of_member=member_id, by=[by.value], at=at)
    return None if row is None else template_of(row)


async def count(tx: Writing, template_ids: Sequence[UUID]) -> bool:
    """Count one coupon of each template as taken; False when one of them has none left."""
    return await tx.execute(_COUNT, ids=list(template_ids)) == len(template_ids)


async def lock_gifts(
    tx: Writing, member_id: UUID, by: TakeBy, at: datetime, most: int, *, worth: int = 0
) -> list[CouponTemplate]:
    """Lock the templates that give the member one for this, by their ids; `worth` fen is what an order was worth."""
    rows = await tx.rows(_LOCK_GIFTS, of_member=member_id, by=[by.value], at=at, worth=worth, most=most)
    return [template_of(row) for row in rows]


_TAKEN_BY = prepared(
    select(coupon.c.template_id, func.count())
    .where(coupon.c.member_id == _member, coupon.c.template_id == any_(bindparam("ids", type_=UUIDS)))
    .group_by(coupon.c.template_id)
)
_COUNTERS = prepared(
    select(coupon.c.template_id, coupon.c.state, func.count())
    .where(coupon.c.template_id == any_(bindparam("ids", type_=UUIDS)))
    .group_by(coupon.c.template_id, coupon.c.state)
)


async def taken_by(reading: Reading, member_id: UUID, ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many of each template a member has ever had; templates of which they had none are left out."""
    return dict(await reading.rows(_TAKEN_BY, of_member=member_id, ids=list(ids)))


async def counters(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, dict[CouponState, int]]:
    """How many coupons of each template are in each state; none where it is left out."""
    found: dict[UUID, dict[CouponState, int]] = {}
    for template_id, state, number in await reading.rows(_COUNTERS, ids=list(ids)):
        found.setdefault(template_id, {})[CouponState(state)] = number
    return found


_codes = func.unnest(bindparam("codes", type_=ARRAY(Text()))).table_valued("code", name="given").render_derived()
_ADD_CODES = prepared(
    insert(coupon_code)
    .from_select(
        ["code", "template_id", "is_shared", "created_at"],
        select(
            _codes.c.code,
            bindparam("template_id", type_=Uuid()),
            bindparam("is_shared", type_=coupon_code.c.is_shared.type),
            bindparam("created_at", type_=DateTime(timezone=True)),
        ),
    )
    .on_conflict_do_nothing(index_elements=["code"])
)
_code = bindparam("of_code", type_=Text())
_redeemed = (
    update(coupon_code)
    .where(coupon_code.c.code == _code, ~coupon_code.c.is_shared, coupon_code.c.redeemed_by.is_(None))
    .values(redeemed_by=_member, redeemed_at=_now)
    .returning(coupon_code.c.template_id)
    .cte("redeemed")
)
_REDEEM = prepared(
    select(_redeemed.c.template_id).union_all(
        select(coupon_code.c.template_id).where(coupon_code.c.code == _code, coupon_code.c.is_shared)
    )
)


async def add_codes(tx: Writing, template_id: UUID, codes: Sequence[str], at: datetime, *, is_shared: bool) -> int:
    """Keep codes; returns how many are new. Those that exist already are left alone."""
    return await tx.execute(_ADD_CODES, template_id=template_id, codes=list(codes), is_shared=is_shared, created_at=at)


async def redeem(tx: Writing, code: str, member_id: UUID, at: datetime) -> UUID | None:
    """Redeem a code, of which only a shared one is good for more than one member; the template, or None."""
    template_id: UUID | None = await tx.value(_REDEEM, of_code=code, of_member=member_id, at=at)
    return template_id
