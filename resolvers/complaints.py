"""What members can ask of complaints: complain, say more, give up, be content, or not; and who sees which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import db.after_sales
import db.complaint_counts
import db.complaints
import db.guides
import db.live
import db.members
import db.orders
import db.outbox
import db.posts
import db.stores
from db.connection import Reading, Writing
from domain import complaints as rules
from domain.complaints import (
    Complaint,
    ComplaintAction,
    ComplaintCounts,
    ComplaintIsOpen,
    ComplaintLinks,
    ComplaintMessage,
    ComplaintState,
    ComplaintStep,
    ComplaintSubject,
    Severity,
    SilentCustomer,
)
from domain.content import reader_of
from domain.filters import Condition, check_depth
from domain.identity import Role
from domain.members import MemberCard
from domain.orders import Order
from domain.pages import Page, PageRequest
from domain.records import record
from domain.refusals import NotFound, WrongState, between, text_within
from domain.reviews import check_pictures
from domain.stores import UnitKind
from resolvers.context import Context

MOST_SILENT = 100


@record
class Complaining:
    """What a member complains about."""

    subject: ComplaintSubject
    subject_id: UUID
    text: str
    severity: Severity = Severity.NORMAL
    pictures: Sequence[str] = ()
    order_id: UUID | None = None
    order_line_id: UUID | None = None
    after_sale_id: UUID | None = None


async def open_(ctx: Context, wanted: Complaining) -> Complaint:
    """Complain about something; it is first answered within a day, or the desk above has it.

    Raises:
        BadInput: the text or pictures are out of bounds.
        NotFound: there is no such thing for the caller.
        ComplaintIsOpen: the caller complained about it before, and that is not over.
    """
    text, pictures = rules.check_complaint(wanted.text, wanted.pictures)
    at = ctx.now()
    async with ctx.database.writing() as tx:
        links = await _links(ctx, tx, wanted)
        unit_id = links.store_id or await _headquarters(tx)
        new = Complaint(
            ctx.new_id(),
            ctx.member_id,
            links,
            unit_id,
            unit_id,
            wanted.severity,
            text,
            pictures,
            ComplaintState.NEW,
            at,
            at + ctx.services.rules.complaints.answer_within,
        )
        if not await db.complaints.add(tx, new):
            raise ComplaintIsOpen(path=("input", "subjectId"))
        await db.outbox.tell(tx, "ComplaintOpened", "complaint", new.id, rules.fact_of(new), at)
    return new


async def _headquarters(tx: Writing) -> UUID:
    unit = await db.stores.headquarters(tx)
    assert unit is not None, "a brand has headquarters"
    return unit.id


async def _links(ctx: Context, tx: Writing, wanted: Complaining) -> ComplaintLinks:
    links = await _subject(ctx, tx, wanted)
    if wanted.after_sale_id is not None:
        sale = (await db.after_sales.after_sales_by_id(tx, [wanted.after_sale_id])).get(wanted.after_sale_id)
        if sale is None or sale.member_id != ctx.member_id or links.order_id not in (None, sale.order_id):
            raise NotFound(path=("input", "afterSaleId"))
        links = replace(links, after_sale_id=sale.id, order_id=sale.order_id)
    if wanted.order_id is not None and links.order_id not in (None, wanted.order_id):
        raise NotFound(path=("input", "orderId"))
    order_id = wanted.order_id or links.order_id
    if order_id is None:
        return links
    order = await _own_order(ctx, tx, order_id, "orderId")
    if wanted.order_line_id is not None and all(line.id != wanted.order_line_id for line in order.lines):
        raise NotFound(path=("input", "orderLineId"))
    return replace(
        links,
        order_id=order.id,
        order_line_id=wanted.order_line_id,
        guide_id=links.guide_id or order.guide_id,
        store_id=links.store_id or order.store_id or order.pick_up_store_id,
    )


async def _subject(ctx: Context, tx: Writing, wanted: Complaining) -> ComplaintLinks:
    """What the complaint is about, with what that belongs to."""
    key, links = wanted.subject_id, ComplaintLinks(wanted.subject, wanted.subject_id)
    match wanted.subject:
        case ComplaintSubject.ORDER:
            return replace(links, order_id=(await _own_order(ctx, tx, key, "subjectId")).id)
        case ComplaintSubject.GUIDE:
            guide = _known(await db.guides.guides_by_id(tx, [key]), key)
            return replace(links, guide_id=key, store_id=guide.store_id)
        case ComplaintSubject.STORE:
            store = _known(await db.stores.units_by_id(tx, [key]), key)
            if store.kind is not UnitKind.STORE:
                raise NotFound(path=("input", "subjectId"))
            return replace(links, store_id=key)
        case ComplaintSubject.LIVE_ROOM:
            room = _known(await db.live.rooms_by_id(tx, [key]), key)
            return replace(links, live_room_id=key, guide_id=room.host.guide_id, store_id=room.host.store_id)
        case ComplaintSubject.CONTENT:
            post = _known(await db.posts.posts_by_id(tx, reader_of(ctx.principal), [key]), key)
            return replace(links, post_id=key, store_id=post.store_id)


def _known(found: Mapping[UUID, Any], key: UUID) -> Any:
    if key not in found:
        raise NotFound(path=("input", "subjectId"))
    return found[key]


async def _own_order(ctx: Context, tx: Writing, order_id: UUID, name: str) -> Order:
    order = (await db.orders.orders_by_id(tx, [order_id])).get(order_id)
    if order is None or order.member_id != ctx.member_id:
        raise NotFound(path=("input", name))
    return order


async def reply(ctx: Context, complaint_id: UUID, text: str, pictures: Sequence[str]) -> Complaint:
    """Say something about a complaint: as its member, or as the brand, which answers it by that.

    Raises:
        BadInput: the text or pictures are out of bounds.
        NotFound: there is no such complaint for the caller.
        WrongState: it is over, or everything was said.
    """
    said = text_within(text, rules.LONGEST_MESSAGE, "input", "text")
    links = check_pictures(pictures)
    async with ctx.database.writing() as tx:
        before = await lock(tx, complaint_id)
        by_staff = before.member_id != ctx.principal.member_id
        if by_staff:
            await check_handles(ctx, tx, before)
        many = await db.complaints.count_messages(tx, complaint_id)
        if not before.is_open or many >= rules.MOST_MESSAGES:
            raise WrongState(before.state.value, path=("input", "complaintId"))
        author = (await db.members.cards_of(tx, [ctx.member_id]))[ctx.member_id]
        new = ComplaintMessage(ctx.new_id(), complaint_id, author, by_staff, said, links, ctx.now())
        await db.complaints.say(tx, new)
        after = rules.move(before, ComplaintAction.ANSWER, ctx.now()) if by_staff else before
        if by_staff:
            await db.complaints.save(tx, before, after, ComplaintAction.ANSWER, ctx.member_id, ctx.now())
        fact = rules.fact_of(after) | {"message": new.id.hex, "by_staff": by_staff}
        await db.outbox.tell(tx, "ComplaintReplied", "complaint", complaint_id, fact, ctx.now())
    return after


async def cancel(ctx: Context, complaint_id: UUID) -> Complaint:
    """Withdraw one's own complaint.

    Raises:
        NotFound: the caller has no such complaint.
        WrongState: it was resolved or withdrawn before.
    """
    async with ctx.database.writing() as tx:
        before = await _lock_own(ctx, tx, complaint_id)
        after = rules.move(before, ComplaintAction.CANCEL, ctx.now())
        return await keep(ctx, tx, before, after, ComplaintAction.CANCEL)


async def close(ctx: Context, complaint_id: UUID) -> Complaint:
    """Be content with how one's own complaint was resolved.

    Raises:
        NotFound: the caller has no such complaint.
        WrongState: it was not resolved.
    """
    async with ctx.database.writing() as tx:
        before = await _lock_own(ctx, tx, complaint_id)
        after = rules.move(before, ComplaintAction.CLOSE, ctx.now())
        return await keep(ctx, tx, before, after, ComplaintAction.CLOSE)


async def reopen(ctx: Context, complaint_id: UUID) -> Complaint:
    """Open one's own complaint again, within seven days after it was resolved.

    Raises:
        NotFound: the caller has no such complaint.
        WrongState: it was not resolved.
        TooLateToReopen: that was more than seven days ago.
        ComplaintIsOpen: the caller has complained about the same anew.
    """
    async with ctx.database.writing() as tx:
        before = await _lock_own(ctx, tx, complaint_id)
        after = rules.reopen(before, ctx.now(), ctx.services.rules.complaints)
        return await keep(ctx, tx, before, after, ComplaintAction.REOPEN)


async def _lock_own(ctx: Context, tx: Writing, complaint_id: UUID) -> Complaint:
    complaint = await lock(tx, complaint_id)
    if complaint.member_id != ctx.member_id:
        raise NotFound(path=("input", "complaintId"))
    return complaint


async def lock(tx: Writing, complaint_id: UUID) -> Complaint:
    """Find a complaint and keep other writers off it until the transaction ends.

    Raises:
        NotFound: there is no such complaint.
    """
    complaint = await db.complaints.lock(tx, complaint_id)
    if complaint is None:
        raise NotFound(path=("input", "complaintId"))
    return complaint


async def keep(ctx: Context, tx: Writing, before: Complaint, after: Complaint, action: ComplaintAction) -> Complaint:
    """Keep a step, and tell of it."""
    at = ctx.now()
    await db.complaints.save(tx, before, after, action, ctx.principal.member_id, at)
    fact = rules.fact_of(after) | {"action": action.value}
    await db.outbox.tell(tx, "ComplaintChanged", "complaint", after.id, fact, at)
    return after


async def check_handles(ctx: Context, tx: Writing, complaint: Complaint) -> None:
    """Hold a step to those who work at the desk that has the complaint, or above it.

    Raises:
        NotFound: the caller does not.
    """
    desk = (await db.stores.units_by_id(tx, [complaint.desk_id]))[complaint.desk_id]
    if not ctx.principal.has_duty(Role.STORE_MANAGER, desk.path):
        raise NotFound(path=("input", "complaintId"))


async def complaints(ctx: Context, request: PageRequest, where: Condition) -> Page[Complaint]:
    """A page of the complaints that concern what the caller runs, the newest first."""
    check_depth(where)
    return await db.complaints.complaints(ctx.reading, ctx.principal.paths_of(Role.STORE_MANAGER), request, where)


async def my_complaints(ctx: Context, request: PageRequest) -> Page[Complaint]:
    """A page of the caller's own complaints, the newest first."""
    return await db.complaints.own_complaints(ctx.reading, ctx.member_id, request)


async def complaints_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Complaint]:
    """Those of the complaints that are the caller's own, or concern what the caller runs."""
    found = await db.complaints.complaints_by_id(ctx.reading, list(dict.fromkeys(ids)))
    own = {key: one for key, one in found.items() if one.member_id == ctx.principal.member_id}
    others = [one for key, one in found.items() if key not in own]
    return own | {one.id: one for one in await _run_by_caller(ctx, ctx.reading, others)}


async def _run_by_caller(ctx: Context, reading: Reading, found: Sequence[Complaint]) -> list[Complaint]:
    if not found or not ctx.principal.paths_of(Role.STORE_MANAGER):
        return []
    units = await db.stores.units_by_id(reading, list({one.unit_id for one in found}))
    return [one for one in found if ctx.principal.has_duty(Role.STORE_MANAGER, units[one.unit_id].path)]


async def members_of(ctx: Context, found: Sequence[Complaint]) -> list[MemberCard | None]:
    """Who complains."""
    cards = await db.members.cards_of(ctx.reading, list({one.member_id for one in found}))
    return [cards.get(one.member_id) for one in found]


async def assignees_of(ctx: Context, found: Sequence[Complaint]) -> list[MemberCard | None]:
    """Who looks after each complaint."""
    ids = list({one.assignee_id for one in found if one.assignee_id})
    cards = await db.members.cards_of(ctx.reading, ids) if ids else {}
    return [cards.get(one.assignee_id) if one.assignee_id else None for one in found]


async def messages_of(ctx: Context, found: Sequence[Complaint]) -> list[list[ComplaintMessage]]:
    """What was said about each complaint, the oldest first."""
    messages = await db.complaints.messages_of(ctx.reading, [one.id for one in found])
    return [messages.get(one.id, []) for one in found]


async def steps_of(ctx: Context, found: Sequence[Complaint]) -> list[list[ComplaintStep]]:
    """The steps of each complaint, the first first."""
    steps = await db.complaints.steps_of(ctx.reading, [one.id for one in found])
    return [steps.get(one.id, []) for one in found]


async def silent_of(ctx: Context, found: Sequence[Complaint], most: int) -> list[list[SilentCustomer]]:
    """For each complaint who bought the same through the same guide lately and has said nothing (scenario P35)."""
    between(most, 1, MOST_SILENT, "first")
    run = [one.id for one in await _run_by_caller(ctx, ctx.reading, found)]
    silent = await db.complaint_counts.silent_customers(ctx.reading, run, rules.SILENT_WITHIN, most) if run else {}
    return [silent.get(one.id, []) for one in found]


async def counts(ctx: Context, guide_ids: Sequence[UUID], days: int) -> list[ComplaintCounts]:
    """How often members complained about guides in the last days, for the conditions on which guides keep their tier.

    Guides whom the caller does not run are left out.

    Raises:
        BadInput: more than 100 guides, or days out of bounds.
    """
    between(days, 1, 366, "days")
    between(len(guide_ids), 0, 100, "guideIds")
    guides = await db.guides.guides_by_id(ctx.reading, list(guide_ids))
    run = [key for key, one in guides.items() if ctx.principal.has_duty(Role.STORE_MANAGER, one.store_path)]
    since = ctx.now() - timedelta(days=days)
    found = await db.complaint_counts.counts_of(ctx.reading, run, since) if run else {}
    return [found.get(key, ComplaintCounts(key, 0, 0, 0, 0)) for key in run]
