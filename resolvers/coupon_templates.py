"""What operators do with coupons: prepare, publish and end templates, issue codes, take coupons away."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import db.coupon_templates
import db.coupons
import db.idempotency
import db.outbox
from db.connection import Writing
from domain import coupon_templates as rules
from domain import coupons
from domain.codes import CARD_CODE_BYTES, card_code_of
from domain.coupon_templates import CouponScope, CouponTemplate, CouponTerms, TemplateState
from domain.coupons import Coupon, CouponState
from domain.filters import Condition
from domain.idempotency import request_of
from domain.identity import Scope
from domain.pages import Page, PageRequest
from domain.refusals import NotFound, between, same_version, text_within
from resolvers import activities, catalogue
from resolvers.context import Context

MOST_REVOKED = 100


async def save(
    ctx: Context, template_id: UUID | None, terms: CouponTerms, expected_version: int | None
) -> CouponTemplate:
    """Prepare a template, or change one that was not published yet.

    Raises:
        BadInput: a term is out of bounds.
        NotFound, WrongState, StaleVersion: there is no such template or campaign, it was published, or
            somebody changed it.
    """
    terms = rules.check_terms(terms)
    async with ctx.database.writing() as tx:
        await activities.check_campaign(tx, terms.campaign_id)
        if template_id is None:
            saved = CouponTemplate(ctx.new_id(), TemplateState.DRAFT, terms, 0, 1, ctx.now())
            await db.coupon_templates.add(tx, saved)
        else:
            before = await _lock(tx, template_id)
            same_version(before.version, expected_version)
            saved = rules.edit(before, terms)
            await db.coupon_templates.save(tx, saved)
        await _tell(ctx, tx, "CouponTemplateSaved", saved)
    return saved


async def move(ctx: Context, template_id: UUID, to: TemplateState) -> tuple[CouponTemplate, bool]:
    """Publish a template, or end it: nobody can take one any more. True when it was done before.

    Raises:
        NotFound: there is no such template.
        WrongState: its state does not lead there.
    """
    async with ctx.database.writing() as tx:
        before = await _lock(tx, template_id)
        if before.state is to:
            return before, True
        after = rules.move(before, to)
        await db.coupon_templates.save(tx, after)
        await _tell(ctx, tx, f"CouponTemplate{'Published' if to is TemplateState.PUBLISHED else 'Ended'}", after)
    return after, False


async def _lock(tx: Writing, template_id: UUID) -> CouponTemplate:
    found = await db.coupon_templates.lock(tx, template_id)
    if found is None:
        raise NotFound(path=("input", "couponTemplateId"))
    return found


async def _tell(ctx: Context, tx: Writing, kind: str, template: CouponTemplate) -> None:
    fact = {"template": template.id.hex, "name": template.name, "state": template.state.value, "by": ctx.member_id.hex}
    await db.outbox.tell(tx, kind, "coupon_template", template.id, fact, ctx.now())


async def issue_codes(
    ctx: Context, template_id: UUID, count: int, shared: str | None, key: str
) -> tuple[list[str], bool]:
    """Issue codes, each good for one member, or one that everybody may know. True when it was done before.

    Raises:
        NotFound: there is no such template.
        WrongState, BadInput: it is over or takes no codes, the number is out of bounds, or the code is taken.
    """
    between(count, 1, 1 if shared is not None else rules.MOST_CODES_AT_ONCE, "input", "count")
    codes = [rules.clean_code(shared, "input", "sharedCode")] if shared is not None else _new_codes(ctx, count)
    asked = {"template": template_id, "count": count, "shared": shared}
    request = request_of(f"member:{ctx.member_id.hex}", "couponCodesIssue", key, asked)
    async with ctx.database.writing() as tx:
        before = await db.idempotency.claim(tx, request, ctx.now())
        if before is not None:
            return list(before), True
        template = await _lock(tx, template_id)
        rules.check_takes_codes(template)
        added = await db.coupon_templates.add_codes(tx, template_id, codes, ctx.now(), is_shared=shared is not None)
        if added < len(codes):
            raise rules.CodeTaken(path=("input", "sharedCode"))
        fact = {"template": template_id.hex, "count": count, "by": ctx.member_id.hex}
        await db.outbox.tell(tx, "CouponCodesIssued", "coupon_template", template_id, fact, ctx.now())
        await db.idempotency.answer(tx, request, codes)
    return codes, False


def _new_codes(ctx: Context, count: int) -> list[str]:
    return [card_code_of(ctx.chance(CARD_CODE_BYTES)) for _ in range(count)]


async def revoke(ctx: Context, coupon_ids: Sequence[UUID], reason: str) -> list[Coupon]:
    """Take unused coupons away; those that an order holds or used stay as they are. Returns those that were revoked.

    Raises:
        BadInput: more than 100 coupons, or no reason.
    """
    between(len(coupon_ids), 1, MOST_REVOKED, "input", "couponIds")
    reason = text_within(reason, 200, "input", "reason")
    async with ctx.database.writing() as tx:
        await db.coupons.lock(tx, coupon_ids)
        revoked = await db.coupons.revoke(tx, coupon_ids, ctx.member_id, reason)
        if revoked:
            fact = coupons.fact_of(revoked) | {"by": ctx.member_id.hex, "reason": reason}
            await db.outbox.tell(tx, "CouponsRevoked", "coupon", revoked[0].id, fact, ctx.now())
    return revoked


async def templates(ctx: Context, request: PageRequest, where: Condition) -> Page[CouponTemplate]:
    """A page of all templates, for those who make them."""
    return await db.coupon_templates.templates(ctx.reading, request, where)


async def templates_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, CouponTemplate]:
    """Those of the templates that were published, and for operators all of them."""
    found = await db.coupon_templates.templates_by_id(ctx.reading, list(dict.fromkeys(ids)))
    everything = ctx.holds(Scope.OPERATOR)
    return {key: one for key, one in found.items() if everything or one.state is not TemplateState.DRAFT}


async def scopes_of(ctx: Context, found: Sequence[CouponTemplate]) -> list[list[UUID]]:
    """What each template is good for; of products those that the caller may know of (R25)."""
    named = [one.terms.scope_ids if one.terms.scope is CouponScope.PRODUCT else () for one in found]
    seen = await _seen(ctx, named)
    return [
        [key for key in one.terms.scope_ids if key in seen or key not in products]
        for one, products in zip(found, named, strict=True)
    ]


async def excluded_of(ctx: Context, found: Sequence[CouponTemplate]) -> list[list[UUID]]:
    """The products that each template is not good for, as far as the caller may know of them."""
    seen = await _seen(ctx, [one.terms.excluded_ids for one in found])
    return [[key for key in one.terms.excluded_ids if key in seen] for one in found]


async def _seen(ctx: Context, named: Sequence[Sequence[UUID]]) -> Collection[UUID]:
    ids = [key for own in named for key in own]
    return await catalogue.products_by_id(ctx, ids) if ids else ()


async def taken_by_me(ctx: Context, found: Sequence[CouponTemplate]) -> list[int]:
    """How many of each template the caller has ever had; none for a visitor."""
    if ctx.principal.member_id is None:
        return [0] * len(found)
    taken = await db.coupon_templates.taken_by(ctx.reading, ctx.principal.member_id, [one.id for one in found])
    return [taken.get(one.id, 0) for one in found]


async def counters_of(ctx: Context, found: Sequence[CouponTemplate]) -> list[Mapping[CouponState, int]]:
    """How many coupons of each template are in each state."""
    counted = await db.coupon_templates.counters(ctx.reading, [one.id for one in found])
    return [counted.get(one.id, {}) for one in found]


async def templates_of(ctx: Context, found: Sequence[Coupon]) -> list[CouponTemplate]:
    """The template of each coupon: whoever holds one may read what it says."""
    known = await db.coupon_templates.templates_by_id(ctx.reading, list({one.template_id for one in found}))
    return [known[one.template_id] for one in found]
