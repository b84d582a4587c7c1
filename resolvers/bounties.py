"""Bounties: given for what new members do, released after a time, and taken back with the order they were for (R07).

They follow the outbox (`resolvers.projections`), one after the other: so no two of them race for a budget or a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import db.bounties
import db.ledger
import db.outbox
import db.person_traces
from db.connection import Writing
from db.outbox import Fact
from domain import bounties as rules
from domain.bounties import Bounty, BountyEvent, BountyRule, BountyState, Deed, Purse
from domain.guides import GuideStatus
from domain.ledger import BOUNTIES, Posting, frozen_commission
from domain.memberships import traces_of
from domain.pages import Page, PageRequest
from domain.refusals import NotFound
from domain.shares import day_of
from resolvers.commissions import lock_leaver, lock_wallets
from resolvers.context import Context
from resolvers.projections import Projection
from resolvers.wallets import check_handles_money_of

RELEASED_AT_ONCE = 1_000
_REGISTERED, _CHANGED, _PAID = "MemberRegistered", "MemberChanged", "OrderPaid"
_REFUNDED = ("OrderRefunded", "OrderEdited", "AfterSaleChanged")


async def _follow(ctx: Context, tx: Writing, facts: Sequence[Fact]) -> None:
    """Know everybody who comes, give bounties for what they do, and take back those whose order went back."""
    came = [fact for fact in facts if fact.kind in (_REGISTERED, _CHANGED)]
    paid = [fact for fact in facts if fact.kind == _PAID and fact.payload.get("guide")]
    refunded = [fact for fact in facts if fact.kind in _REFUNDED and "refund" in fact.payload]
    persons = await db.person_traces.persons(tx, sorted({fact.aggregate_id for fact in came})) if came else {}
    returned = await _known(ctx, tx, persons, [UUID(hex=fact.payload["member"]) for fact in paid])
    held = [one for one in await db.bounties.lock_rules(tx, facts[0].at) if one.starts_at <= facts[-1].at]
    if held:
        deeds = [*await _arrivals(ctx, tx, came, persons), *await _first_orders(ctx, tx, paid)]
        await _give(ctx, tx, held, sorted(deeds, key=lambda deed: deed.at), returned)
    if refunded:
        await _take_back(ctx, tx, refunded)


FOLLOWER = Projection("bounties", frozenset({_REGISTERED, _CHANGED, _PAID, *_REFUNDED}), _follow)


async def _known(ctx: Context, tx: Writing, persons: dict[UUID, Any], buyers: Sequence[UUID]) -> set[UUID]:
    """Members who are persons that were members before, under another account."""
    more = await db.person_traces.persons(tx, sorted(set(buyers) - set(persons))) if buyers else {}
    everybody = persons | more
    if not everybody:
        return set()
    salt = ctx.services.rules.person_salt
    traces = [(trace, key) for key, (phone, names) in everybody.items() for trace in traces_of(salt, key, phone, names)]
    owners = await db.person_traces.know(tx, sorted(traces), ctx.now())
    return {key for trace, key in traces if owners[trace] != key}


async def know_everybody(ctx: Context) -> int:
    """Keep the traces of members who came before traces were kept, the oldest first; returns how many, at most 500."""
    found = await db.person_traces.unknown(ctx.reading, 500)
    async with ctx.database.writing() as tx:
        await _known(ctx, tx, await db.person_traces.persons(tx, found), [])
    return len(found)


async def _arrivals(ctx: Context, tx: Writing, came: Sequence[Fact], persons: dict[UUID, Any]) -> list[Deed]:
    """Who registered, and who is known by a phone now, with the guide who brought them."""
    if not came:
        return []
    guides = await db.bounties.brought_by(tx, sorted({fact.aggregate_id for fact in came}))
    deeds = []
    for fact in came:
        if fact.aggregate_id not in guides:
            continue
        has_phone = persons[fact.aggregate_id][0] is not None
        if fact.kind == _REGISTERED:
            deeds.append(_deed(ctx, BountyEvent.REGISTERED, fact, fact.aggregate_id, guides[fact.aggregate_id]))
        if has_phone and (fact.kind == _REGISTERED or "phone" in fact.payload["changed"]):
            deeds.append(_deed(ctx, BountyEvent.PHONE_BOUND, fact, fact.aggregate_id, guides[fact.aggregate_id]))
    return deeds


async def _first_orders(ctx: Context, tx: Writing, paid: Sequence[Fact]) -> list[Deed]:
    """Orders that are the first of their members, with the guide who is credited."""
    if not paid:
        return []
    first = await db.bounties.first_orders(tx, [fact.aggregate_id for fact in paid])
    guides = await db.bounties.guides_of(tx, sorted({UUID(hex=fact.payload["guide"]) for fact in paid}))
    return [
        replace(
            _deed(ctx, BountyEvent.FIRST_ORDER, fact, UUID(hex=fact.payload["member"]), guide),
            order_id=fact.aggregate_id,
        )
        for fact in paid
        if fact.aggregate_id in first and (guide := guides[UUID(hex=fact.payload["guide"])])
    ]


def _deed(ctx: Context, event: BountyEvent, fact: Fact, member_id: UUID, guide: tuple[UUID, UUID, GuideStatus]) -> Deed:
    return Deed(event, member_id, *guide, fact.at, day_of(fact.at, ctx.services.rules.time_zone))


async def _give(
    ctx: Context, tx: Writing, held: Sequence[BountyRule], deeds: Sequence[Deed], returned: set[UUID]
) -> None:
    """Give what rules, budgets and days allow."""
    if not deeds:
        return
    purse = Purse(
        {rule.id: rule for rule in held},
        await db.bounties.days_of(tx, sorted({one.guide_id for one in deeds}), sorted({one.day for one in deeds})),
        await db.bounties.given_for(tx, sorted({one.member_id for one in deeds})),
    )
    given = rules.give(purse, deeds, returned, ctx.new_id)
    if not given:
        return
    counts = [(*place, many, purse.rules[place[0]].daily_cap) for place, many in sorted(purse.counts.items())]
    await db.bounties.add(tx, given, list(purse.rules.values()), counts)
    batch = ctx.new_id()
    told = {"bounties": [one.id.hex for one in given], "guides": sorted({one.guide_id.hex for one in given})}
    await db.outbox.tell(tx, "BountiesGiven", "bounties", batch, told, ctx.now())
    await db.ledger.post(tx, f"bounties:{batch.hex}", rules.postings_of(given), ctx.now())


async def _take_back(ctx: Context, tx: Writing, refunded: Sequence[Fact]) -> None:
    """Take back what was given for those of the orders that went back as a whole."""
    before = await db.bounties.lock_of_orders(tx, sorted({fact.aggregate_id for fact in refunded}))
    if not before:
        return
    await db.bounties.save(tx, [rules.take_back(one) for one in before])
    released = [one for one in before if one.state is BountyState.AVAILABLE]
    postings = [
        Posting(frozen_commission(one.guide_id), BOUNTIES, one.amount)
        for one in before
        if one.state is not BountyState.AVAILABLE
    ]
    wallets = await lock_wallets(tx, [one.guide_id for one in released])
    postings += [part for one in released for part in wallets[one.guide_id].take(one.amount.minor, BOUNTIES)]
    await db.ledger.post(tx, f"bounties:{ctx.new_id().hex}:back", postings, ctx.now())


async def release_due(ctx: Context) -> int:
    """Release bounties whose time has come; returns how many were looked at, at most 1,000.

    What belongs to a guide who is not active is held instead.
    """
    async with ctx.database.writing() as tx:
        await db.bounties.free(tx)
        due = await db.bounties.lock_due(tx, ctx.now(), RELEASED_AT_ONCE)
        held = [replace(one, state=BountyState.HELD) for one, status in due if status is not GuideStatus.ACTIVE]
        if held:
            await db.bounties.save(tx, held)
        await _release(ctx, tx, [one for one, status in due if status is GuideStatus.ACTIVE])
    return len(due)


async def _release(ctx: Context, tx: Writing, ready: Sequence[Bounty]) -> None:
    if not ready:
        return
    at, batch = ctx.now(), ctx.new_id()
    await db.bounties.save(tx, [replace(one, state=BountyState.AVAILABLE, released_at=at) for one in ready])
    sums = rules.sums_of(ready)
    await db.outbox.tell(tx, "BountiesReleased", "bounties", batch, {"guides": [one.hex for one in sums]}, at)
    wallets = await lock_wallets(tx, list(sums))
    postings = [part for key, minor in sums.items() for part in wallets[key].give(minor, frozen_commission(key))]
    await db.ledger.post(tx, f"bounty-release:{batch.hex}", postings, at)


async def unfrozen(tx: Writing, guide_id: UUID) -> None:
    """A guide sells again: what was held waits for its release like the rest."""
    held = await db.bounties.lock_held(tx, guide_id)
    if held:
        await db.bounties.save(tx, [replace(one, state=BountyState.FROZEN) for one in held])


async def release_held(ctx: Context, guide_id: UUID) -> list[Bounty]:
    """Let a guide who left have the bounties that were held and whose time has come (R10, H16).

    Raises:
        NotFound: there is no such guide.
        FourEyes: it is the caller's own.
        WrongState: the guide has not left.
    """
    async with ctx.database.writing() as tx:
        await lock_leaver(ctx, tx, guide_id)
        ready = [one for one in await db.bounties.lock_held(tx, guide_id) if one.release_at <= ctx.now()]
        await _release(ctx, tx, ready)
    return [replace(one, state=BountyState.AVAILABLE, released_at=ctx.now()) for one in ready]


async def set_rule(ctx: Context, rule: BountyRule) -> BountyRule:
    """Let a rule hold from a time on.

    Raises:
        BadInput: an amount, a number or the time is out of bounds.
    """
    new = replace(rule, id=ctx.new_id(), starts_at=max(rule.starts_at, ctx.now()))
    rules.check_rule(new)
    async with ctx.database.writing() as tx:
        await db.bounties.save_rule(tx, new)
        await db.outbox.tell(tx, "BountyRuleSet", "bounty_rule", new.id, rules.fact_of(new), ctx.now())
    return new


async def end_rule(ctx: Context, rule_id: UUID, expected_version: int) -> BountyRule:
    """Let a rule hold no more; what was given stays.

    Raises:
        NotFound: there is no such rule.
        StaleVersion: somebody changed it in between.
        WrongState: it is over.
    """
    async with ctx.database.writing() as tx:
        rule = await db.bounties.lock_rule(tx, rule_id)
        if rule is None:
            raise NotFound(path=("input", "ruleId"))
        ended = rules.end_rule(rule, ctx.now(), expected_version)
        await db.bounties.save_rule(tx, ended)
        await db.outbox.tell(tx, "BountyRuleEnded", "bounty_rule", ended.id, rules.fact_of(ended), ctx.now())
    return ended


async def bounty_rules(ctx: Context, request: PageRequest) -> Page[BountyRule]:
    """A page of the rules, the newest first."""
    return await db.bounties.rules(ctx.reading, request)


async def my_bounties(ctx: Context, request: PageRequest) -> Page[Bounty]:
    """A page of the caller's bounties as a guide, the newest first."""
    return await db.bounties.bounties_of(ctx.reading, ctx.guide_id, request)


async def bounties_of(ctx: Context, guide_id: UUID, request: PageRequest) -> Page[Bounty]:
    """A page of a guide's bounties, for whoever decides about the guide, and for finance.

    Raises:
        NotFound: there is no such guide for the caller.
    """
    await check_handles_money_of(ctx, guide_id)
    return await db.bounties.bounties_of(ctx.reading, guide_id, request)
