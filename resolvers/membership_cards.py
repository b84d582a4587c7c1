"""What can be asked of membership cards: print a batch, activate one once, and void what nobody used."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import db.idempotency
import db.membership_cards
import db.memberships
import db.outbox
from db.connection import Writing
from domain.codes import CARD_CODE_BYTES, card_code_of, hash_of_card
from domain.idempotency import request_of
from domain.members import Member
from domain.memberships import MOST_CARDS, ForLife, MembershipPlan, PeriodSource, PlanKind, PurchaseOpen
from domain.records import record
from domain.refusals import BadInput, NotFound, between, text_within
from resolvers import members, memberships, rates
from resolvers.context import Context


@record
class CardBatch:
    """Cards that were printed together. `codes` are told this once: nobody keeps them."""

    id: UUID
    codes: tuple[str, ...] = ()


async def issue(
    ctx: Context, plan_id: UUID, count: int, expires_at: datetime, note: str, key: str
) -> tuple[CardBatch, bool]:
    """Print cards for a plan; a repeated request gets the batch without its codes, and True.

    Raises:
        NotFound: there is no such plan.
        BadInput: the number, the note or the time is out of bounds; a trial is not to be had by card.
    """
    between(count, 1, MOST_CARDS, "input", "count")
    note = text_within(note, 100, "input", "note", least=0)
    if expires_at <= ctx.now():
        raise BadInput("a time to come", "应为将来的时间", path=("input", "expiresAt"))
    asked = {"plan": plan_id, "count": count, "expires_at": expires_at, "note": note}
    request = request_of(f"staff:{ctx.member_id.hex}", "membershipCardsIssue", key, asked)
    async with ctx.database.writing() as tx:
        before = await db.idempotency.claim(tx, request, ctx.now())
        if before is not None:
            return CardBatch(UUID(before)), True
        plan = (await db.memberships.plans_by_id(tx, [plan_id])).get(plan_id)
        if plan is None or plan.kind is PlanKind.TRIAL:
            raise NotFound(path=("input", "planId"))
        batch = CardBatch(ctx.new_id(), tuple(card_code_of(ctx.chance(CARD_CODE_BYTES)) for _ in range(count)))
        row = {"id": batch.id, "plan_id": plan_id, "count": count, "note": note}
        times = {"created_at": ctx.now(), "expires_at": expires_at}
        await db.membership_cards.add_cards(tx, row | times, [hash_of_card(code) for code in batch.codes])
        fact = {"batch": batch.id.hex, "membership_plan": plan_id.hex, "count": count, "by": ctx.member_id.hex}
        await db.outbox.tell(tx, "MembershipCardsIssued", "membership_plan", plan_id, fact, ctx.now())
        await db.idempotency.answer(tx, request, batch.id.hex)
    return batch, False


async def activate(ctx: Context, code: str) -> Member | None:
    """Turn a card into membership, once; returns the member.

    Raises:
        TooOften: the member tries more than ten codes a minute.
        NotFound: no card has this code that can be used: wrong, used, void and expired are not told apart.
        ForLife: the membership is for life already; the card stays good.
        PurchaseOpen: the member has an order for a membership that waits to be paid.
    """
    await rates.take(ctx, rates.CARDS, "card", ctx.member_id.hex)
    async with ctx.database.writing() as tx:
        # The card's row first, as everywhere; who cannot have what it holds leaves it as it was.
        plan_id = await db.membership_cards.activate_card(tx, hash_of_card(code), ctx.member_id, ctx.now())
        if plan_id is None:
            raise NotFound(path=("input", "code"))
        plan = (await db.memberships.plans_by_id(tx, [plan_id]))[plan_id]
        # Whoever buys at the same time is waited for, and then seen.
        await db.memberships.lock(tx, ctx.member_id, ctx.now())
        if await db.memberships.has_open_purchase(tx, ctx.member_id):
            raise PurchaseOpen
        await _begin(ctx, tx, plan)
    return await members.me(ctx)


async def _begin(ctx: Context, tx: Writing, plan: MembershipPlan) -> None:
    period = await memberships.begin(ctx, tx, ctx.member_id, plan, PeriodSource.CARD)
    if period is None:
        raise ForLife
    await db.outbox.tell(tx, "MembershipBegun", "member", ctx.member_id, memberships.fact_of(period), ctx.now())


async def void(ctx: Context, batch_id: UUID) -> None:
    """Make cards of a batch that nobody has used worthless, say because they were stolen.

    Raises:
        NotFound: there is no such batch, or it is void already.
    """
    async with ctx.database.writing() as tx:
        if not await db.membership_cards.void_cards(tx, batch_id, ctx.now()):
            raise NotFound(path=("input", "batchId"))
        fact = {"batch": batch_id.hex, "by": ctx.member_id.hex}
        await db.outbox.tell(tx, "MembershipCardsVoided", "membership_card_batch", batch_id, fact, ctx.now())
