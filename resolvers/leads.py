"""What can be asked of leads: leave one, hand it to a manager, talk, close; and take back what is left alone (R14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import db.leads
import db.outbox
import db.stores
from db.connection import Writing
from domain import leads as rules
from domain.filters import Condition, check_depth
from domain.identity import Role, Scope
from domain.leads import Lead, LeadDraft, LeadEntry, LeadIsOpen, LeadState
from domain.pages import Page, PageRequest
from domain.refusals import BadInput, NotFound, text_within
from providers import phones
from resolvers import rates
from resolvers.context import Context


async def create(ctx: Context, draft: LeadDraft) -> Lead:
    """Leave word that one would like to run a store.

    Raises:
        BadInput: a text is out of bounds, or the phone is none.
        LeadIsOpen: somebody did with this phone, and is being spoken with.
        TooOften: the member leaves too many.
    """
    draft = replace(rules.check_draft(draft), phone=phones.any_phone(draft.phone, "input", "phone"))
    await rates.take(ctx, rates.LEADS, ctx.member_id.hex)
    lead = Lead(
        ctx.new_id(), ctx.member_id, draft.name, draft.phone, draft.city, draft.interest, draft.note,
        LeadState.NEW, None, None, 0, ctx.now(),
    )  # fmt: skip
    async with ctx.database.writing() as tx:
        if not await db.leads.add(tx, lead):
            raise LeadIsOpen(path=("input", "phone"))
        await _tell(ctx, tx, "LeadCreated", lead, lead.note)
    return lead


async def assign(ctx: Context, lead_id: UUID, assignee_id: UUID) -> Lead:
    """Hand a lead to somebody who runs a unit.

    Raises:
        NotFound: there is no such lead.
        BadInput: the member runs no unit.
        WrongState: it is closed.
    """
    async with ctx.database.writing() as tx:
        lead = await _lock(ctx, tx, lead_id)
        duties = await db.stores.duties_of(tx, assignee_id)
        if not any(duty.role in (Role.STORE_MANAGER, Role.OPERATOR) for duty in duties):
            raise BadInput("somebody who runs a unit", "只能分配给店长或运营", path=("input", "memberId"))
        return await _save(ctx, tx, "LeadAssigned", rules.assign(lead, assignee_id, ctx.now()))


async def follow(ctx: Context, lead_id: UUID, said: str) -> Lead:
    """Note what was spoken with a lead, which keeps it in its assignee's hands.

    Raises:
        NotFound: there is no such lead, or it is not the caller's.
        WrongState: it is in nobody's hands.
        BadInput: nothing is noted.
    """
    said = text_within(said, rules.LONGEST_NOTE, "input", "text")
    async with ctx.database.writing() as tx:
        lead = await _lock(ctx, tx, lead_id)
        return await _save(ctx, tx, "LeadFollowed", rules.follow(lead, ctx.now()), said)


async def close(ctx: Context, lead_id: UUID, reason: str, *, signed: bool) -> Lead:
    """Be done with a lead, by a contract or without one.

    Raises:
        NotFound: there is no such lead, or it is not the caller's.
        WrongState: it is closed.
        BadInput: there is no reason.
    """
    reason = text_within(reason, rules.LONGEST_NOTE, "input", "reason")
    async with ctx.database.writing() as tx:
        lead = await _lock(ctx, tx, lead_id)
        return await _save(ctx, tx, "LeadClosed", rules.close(lead, reason, signed=signed), reason)


async def recover(ctx: Context) -> int:
    """Take back leads that were left alone; returns how many, some hundred at most."""
    async with ctx.database.writing() as tx:
        taken = await db.leads.recover(tx, ctx.now())
        if taken:
            fact = {"leads": [key.hex for key in taken]}
            await db.outbox.tell(tx, "LeadsRecovered", "lead", taken[0], fact, ctx.now())
    return len(taken)


def _may_see(ctx: Context, lead: Lead) -> bool:
    return ctx.holds(Scope.OPERATOR) or (ctx.holds(Scope.STAFF) and lead.assignee_id == ctx.principal.member_id)


async def _lock(ctx: Context, tx: Writing, lead_id: UUID) -> Lead:
    lead = await db.leads.lock(tx, lead_id)
    if lead is None or not _may_see(ctx, lead):
        raise NotFound(path=("input", "leadId"))
    return lead


async def _save(ctx: Context, tx: Writing, kind: str, lead: Lead, said: str = "") -> Lead:
    await db.leads.save(tx, lead)
    await _tell(ctx, tx, kind, lead, said)
    return lead


async def _tell(ctx: Context, tx: Writing, kind: str, lead: Lead, said: str) -> None:
    await db.leads.log(tx, LeadEntry(lead.id, ctx.member_id, lead.state, said, ctx.now()))
    await db.outbox.tell(tx, kind, "lead", lead.id, dict(rules.fact_of(lead)), ctx.now())


async def leads(ctx: Context, request: PageRequest, where: Condition) -> Page[Lead]:
    """A page of leads, the newest first: for operators all, for others those in their hands."""
    check_depth(where)
    return await db.leads.leads(ctx.reading, request, where, None if ctx.holds(Scope.OPERATOR) else ctx.member_id)


async def leads_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Lead]:
    """Those of the leads that the caller may see."""
    found = await db.leads.leads_by_id(ctx.reading, list(dict.fromkeys(ids)))
    return {key: one for key, one in found.items() if _may_see(ctx, one)}


async def entries_of(ctx: Context, found: Sequence[Lead]) -> list[list[LeadEntry]]:
    """What was done about each lead, the first first."""
    entries = await db.leads.entries_of(ctx.reading, [one.id for one in found])
    return [entries.get(one.id, []) for one in found]
