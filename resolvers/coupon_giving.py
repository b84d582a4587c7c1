"""How coupons are given, whoever asks for them: one more of a template, or nothing at all."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import db.coupon_templates
import db.coupons
from db.connection import Writing
from domain import coupons
from domain.coupon_templates import TakeBy
from domain.coupons import Coupon, TakenEnough, Taking
from resolvers.context import Context

GIFTS_AT_ONCE = 10


async def give(ctx: Context, tx: Writing, template_id: UUID, member_id: UUID, by: TakeBy) -> Coupon:
    """Give a member one more coupon of a template, which is locked: what is refused has written nothing.

    Raises:
        CouponNotOffered, CouponsGone, TakenEnough: as `give_uncounted`.
    """
    given = await give_uncounted(ctx, tx, template_id, member_id, by, locked=True)
    counted = await db.coupon_templates.count(tx, [template_id])
    assert counted, "a locked template has one left"
    return given


async def give_uncounted(
    ctx: Context,
    tx: Writing,
    template_id: UUID,
    member_id: UUID,
    by: TakeBy,
    *,
    path: tuple[str, ...] = (),
    locked: bool = False,
    **source: Any,
) -> Coupon:
    """Give a member one more coupon of a template; to be counted by the last statement of the transaction.

    Whoever counts holds the row that a crowd waits for, so nothing may come after it but the commit. `source` says of
    a `Taking` where it comes from.

    Raises:
        CouponNotOffered: there is no such template, or it cannot be had, or not in this way.
        CouponsGone: all of them were taken.
        TakenEnough: the member has had as many as one may.
    """
    at = ctx.now()
    template = await db.coupon_templates.find_takeable(tx, template_id, member_id, by, at, locked=locked)
    if template is None:
        known = (await db.coupon_templates.templates_by_id(tx, [template_id])).get(template_id)
        refusal = coupons.why_not(known, by, at)
        refusal.path = path
        raise refusal
    for _ in range(template.terms.per_person):
        given = await db.coupons.keep(tx, [Taking(ctx.new_id(), template, member_id, by, at, **source)])
        if given:
            return given[0]
    raise TakenEnough(template.terms.per_person, path=path)


async def give_all(
    ctx: Context, tx: Writing, member_id: UUID, by: TakeBy, *, worth: int = 0, given_by: UUID | None = None
) -> list[Coupon]:
    """Give a member one of each template that gives something for this; at most 10, one statement when none does.

    The templates are locked: it may be part of a payment, which must not fail because a coupon has run out.
    """
    at = ctx.now()
    templates = await db.coupon_templates.lock_gifts(tx, member_id, by, at, GIFTS_AT_ONCE, worth=worth)
    if not templates:
        return []
    given = await db.coupons.keep(tx, [Taking(ctx.new_id(), one, member_id, by, at, given_by) for one in templates])
    counted = await db.coupon_templates.count(tx, [one.template_id for one in given])
    assert counted, "locked templates have one left"
    return given
