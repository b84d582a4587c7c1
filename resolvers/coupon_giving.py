"""How coupons are given, whoever asks for them: one more of a template, or nothing at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import db.coupon_templates
import db.coupons
from db.connection import Writing
from domain import coupons
from domain.coupon_templates import CouponTemplate, TakeBy
from domain.coupons import Coupon, TakenEnough, Taking
from resolvers.context import Context

GIFTS_AT_ONCE = 10


async def give(
    ctx: Context,
    tx: Writing,
    template_id: UUID,
    member_id: UUID,
    by: TakeBy,
    *,
    path: tuple[str, ...] = (),
    **source: Any,
) -> Coupon:
    """Give a member one more coupon of a template. `source` says of a `Taking` where it comes from.

    Raises:
        CouponNotOffered: there is no such template, or it cannot be had, or not in this way.
        CouponsGone: all of them were taken.
        TakenEnough: the member has had as many as one may.
    """
    at = ctx.now()
    template = await db.coupon_templates.lock_takeable(tx, template_id, member_id, by, at)
    if template is None:
        known = (await db.coupon_templates.templates_by_id(tx, [template_id])).get(template_id)
        refusal = coupons.why_not(known, by, at)
        refusal.path = path
        raise refusal
    given = await db.coupons.give(tx, [Taking(ctx.new_id(), template, member_id, by, at, **source)])
    if not given:
        raise TakenEnough(template.terms.per_person, path=path)
    return given[0]


async def give_all(
    ctx: Context, tx: Writing, member_id: UUID, by: TakeBy, *, worth: int = 0, given_by: UUID | None = None
) -> list[Coupon]:
    """Give a member one of each template that gives something for this; at most 10, one statement when none does."""
    templates = await db.coupon_templates.lock_gifts(tx, member_id, by, ctx.now(), GIFTS_AT_ONCE, worth=worth)
    return await db.coupons.give(tx, _takings(ctx, templates, member_id, by, given_by)) if templates else []


def _takings(
    ctx: Context, templates: Sequence[CouponTemplate], member_id: UUID, by: TakeBy, given_by: UUID | None
) -> list[Taking]:
    return [Taking(ctx.new_id(), one, member_id, by, ctx.now(), given_by) for one in templates]
