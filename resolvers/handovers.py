"""What can be asked of handovers, and how the customers of one guide become another's (R10)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

import db.bindings
import db.guides
import db.handovers
import db.members
import db.outbox
from db.connection import Reading, Writing
from domain import handovers as rules
from domain.bindings import BoundMeanwhile
from domain.filters import Condition, check_depth
from domain.guides import Guide
from domain.handovers import Handover, HandoverCounts, HandoverDraft, HandoverMember
from domain.identity import Role
from domain.members import Member
from domain.pages import Page, PageRequest
from domain.refusals import BadInput, NotFound
from resolvers.context import Context

MOVED_ON_AT_ONCE = 1_000


async def handovers(ctx: Context, request: PageRequest, where: Condition) -> Page[Handover]:
    """A page of the handovers from guides of the caller's stores, the newest first.

    Raises:
        BadInput: the condition is nested too deep.
    """
    check_depth(where)
    return await db.handovers.handovers(ctx.reading, ctx.principal.paths_of(Role.STORE_MANAGER), request, where)


async def handovers_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Handover]:
    """Those of the handovers that the caller may know of: managers of one of its guides."""
    found = await db.handovers.handovers_by_id(ctx.reading, list(dict.fromkeys(ids)))
    guides = await _guides_of(ctx.reading, list(found.values()))
    return {key: one for key, one in found.items() if any(_manages(ctx, guide) for guide in guides[one.id])}


def _manages(ctx: Context, guide: Guide) -> bool:
    return ctx.principal.has_duty(Role.STORE_MANAGER, guide.store_path)


async def _guides_of(reading: Reading, found: Sequence[Handover]) -> dict[UUID, list[Guide]]:
    ids = {guide_id for one in found for guide_id in (one.from_guide_id, one.to_guide_id)}
    guides = await db.guides.guides_by_id(reading, sorted(ids)) if ids else {}
    return {one.id: [guides[one.from_guide_id], guides[one.to_guide_id]] for one in found}


async def _managed(ctx: Context, found: Sequence[Handover]) -> list[UUID]:
    """The handovers whose guides the caller decides about: a customer sees one, and not the others in it."""
    guides = await _guides_of(ctx.reading, found)
    return [one.id for one in found if any(_manages(ctx, guide) for guide in guides[one.id])]


async def counts_of(ctx: Context, found: Sequence[Handover]) -> list[HandoverCounts | None]:
    """How many members of each handover are in each state, for who decides about its guides."""
    managed = await _managed(ctx, found)
    counts = await db.handovers.counts_of(ctx.reading, managed) if managed else {}
    return [counts.get(one.id, HandoverCounts()) if one.id in managed else None for one in found]


async def lines_of(ctx: Context, found: Sequence[Handover], request: PageRequest) -> list[Page[HandoverMember] | None]:
    """A page of the members of each handover, for who decides about its guides."""
    managed = await _managed(ctx, found)
    pages = await db.handovers.lines_of(ctx.reading, managed, request) if managed else {}
    return [pages.get(one.id) for one in found]


async def handovers_of(ctx: Context, lines: Sequence[HandoverMember]) -> list[Handover | None]:
    """The handover of each line."""
    found = await db.handovers.handovers_by_id(ctx.reading, sorted({line.handover_id for line in lines}))
    return [found.get(line.handover_id) for line in lines]


async def pending_of(ctx: Context, members: Sequence[Member]) -> list[HandoverMember | None]:
    """The handover that is to come for each member, or that they may still refuse; only the member knows."""
    own = [member.id for member in members if member.id == ctx.principal.member_id]
    found = await db.handovers.pending_of(ctx.reading, own) if own else {}
    return [found.get(member.id) for member in members]


async def create(ctx: Context, draft: HandoverDraft) -> Handover:
    """Hand customers of a guide over, at once or at a time to come.

    The bindings that end and those that follow are written here, each with the instant at which it does: what is
    bought until then is the one guide's and from then on the other's, whenever the job comes by.

    Raises:
        NotFound: there is no such guide or member, or the caller does not decide about both guides.
        BadInput: something is out of bounds, or more members are named than one handover takes.
        NotBindable: the successor is not active, or became somebody's customer at the same time.
    """
    if draft.member_ids is not None and len(draft.member_ids) > rules.MOST_MEMBERS:
        most = rules.MOST_MEMBERS
        raise BadInput(f"at most {most} members", f"最多 {most} 位会员", path=("input", "memberIds"))
    async with ctx.database.writing() as tx:
        leaver, successor = await _both(tx, draft)
        new = rules.hand_over(ctx.new_id(), draft, leaver, successor, ctx.principal, ctx.now())
        bound = await db.handovers.lock_bound(tx, leaver.id, draft.member_ids, rules.MOST_MEMBERS)
        await _check_known(tx, set(draft.member_ids or ()) - {one.member_id for one in bound})
        above = await db.bindings.members_above(tx, successor.member_id, new.created_at)
        plans = rules.plan(new, bound, draft.member_ids or (), successor, above, ctx.new_id)
        successions = [plan.succession for plan in plans if plan.succession]
        if successions:
            await db.bindings.succeed(tx, successions, {successor.id: successor.member_id})
        await db.handovers.add(tx, new, [plan.line for plan in plans])
        fact = rules.fact_of(new, len(successions))
        await db.outbox.tell(tx, "HandoverCreated", "handover", new.id, fact, new.created_at)
    return new


async def _both(tx: Writing, draft: HandoverDraft) -> tuple[Guide, Guide]:
    found = await db.guides.guides_by_id(tx, [draft.from_guide_id, draft.to_guide_id])
    for guide_id, name in ((draft.from_guide_id, "fromGuideId"), (draft.to_guide_id, "toGuideId")):
        if guide_id not in found:
            raise NotFound(path=("input", name))
    return found[draft.from_guide_id], found[draft.to_guide_id]


async def _check_known(tx: Writing, member_ids: Collection[UUID]) -> None:
    """Hold what is asked for to members whom there are."""
    if member_ids and len(await db.members.cards_of(tx, sorted(member_ids))) < len(member_ids):
        raise NotFound(path=("input", "memberIds"))


async def refuse(ctx: Context, handover_id: UUID) -> HandoverMember:
    """The member who asks does not want the successor.

    Raises:
        NotFound: no such handover is about the caller.
        WrongState: it was refused before, or it is too late.
        BoundMeanwhile: somebody changed whose customer the member is.
    """
    async with ctx.database.writing() as tx:
        line = await db.handovers.lock_line(tx, handover_id, ctx.member_id)
        found = (await db.handovers.handovers_by_id(tx, [handover_id])).get(handover_id)
        if line is None or found is None or line.next_binding_id is None:
            raise NotFound(path=("input", "handoverId"))
        leaver = (await db.guides.guides_by_id(tx, [found.from_guide_id]))[found.from_guide_id]
        binding, _ = (await db.bindings.bindings_by_id(tx, [line.next_binding_id]))[line.next_binding_id]
        refused, began = rules.refuse(found, line, binding, leaver, ctx.new_id(), ctx.now())
        if not await db.bindings.succeed(tx, [began], {leaver.id: leaver.member_id}):
            raise BoundMeanwhile
        await db.handovers.save_line(tx, refused)
        told = {"handover": found.id.hex, "member": line.member_id.hex}
        await db.outbox.tell(tx, "HandoverRefused", "handover", found.id, told, ctx.now())
    return refused


async def call_off(ctx: Context, handover_id: UUID) -> Handover:
    """Let a handover that has not begun not come about: the guide keeps the members.

    Raises:
        NotFound: there is no such handover, or the caller does not decide about its guides.
        WrongState: it was called off before, or has begun.
    """
    async with ctx.database.writing() as tx:
        found = await db.handovers.lock(tx, handover_id)
        if found is None or not all(_manages(ctx, guide) for guide in (await _guides_of(tx, [found]))[found.id]):
            raise NotFound(path=("input", "handoverId"))
        rules.check_calling_off(found, ctx.now())
        members = await db.handovers.call_off(tx, found, ctx.now())
        await db.outbox.tell(tx, "HandoverCalledOff", "handover", found.id, rules.fact_of(found, members), ctx.now())
    return replace(found, called_off_at=ctx.now())


async def go_on(ctx: Context) -> int:
    """Note how far handovers have come by now, some thousand members at once; how many."""
    async with ctx.database.writing() as tx:
        return await db.handovers.go_on(tx, ctx.now(), MOVED_ON_AT_ONCE)
