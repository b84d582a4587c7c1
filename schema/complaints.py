"""Complaints: what clients see of them, and what members and the brand do about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Optional

import strawberry
from strawberry import UNSET

from domain import complaints as rules
from domain import pages
from domain.complaints import ComplaintAction, ComplaintState, ComplaintSubject, Severity
from domain.identity import Scope
from resolvers import complaint_handling, complaints
from resolvers.complaints import Complaining
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.filters import DateTimeFilter, EnumFilter, IdFilter, condition_of
from schema.ids import Kind, id_of, identifier, key_of, keys_of
from schema.lists import After, Before, Connection, First, Last
from schema.node import Node

if TYPE_CHECKING:
    from schema.members import MemberCard

_CARD = Annotated["MemberCard", strawberry.lazy("schema.members")]
_SUBJECTS = {
    ComplaintSubject.ORDER: Kind.ORDER,
    ComplaintSubject.GUIDE: Kind.GUIDE,
    ComplaintSubject.STORE: Kind.STORE,
    ComplaintSubject.LIVE_ROOM: Kind.LIVE_ROOM,
    ComplaintSubject.CONTENT: Kind.POST,
}

described(
    ComplaintSubject,
    "What a complaint is about.",
    ORDER="One's own order.",
    GUIDE="A guide (导购).",
    STORE="A store.",
    LIVE_ROOM="A live room.",
    CONTENT="A post.",
)
described(Severity, "How much a complaint weighs.", LOW="Little.", NORMAL="As most.", HIGH="Much: look at it first.")
described(
    ComplaintState,
    "Where a complaint stands.",
    NEW="Nobody looks after it yet.",
    ASSIGNED="Somebody looks after it and has not answered.",
    IN_DIALOG="It was answered; both talk.",
    ESCALATED="The desk above has it.",
    RESOLVED="The brand said how it was put right; its member may be content, or open it again for seven days.",
    CLOSED="Its member is content, or said nothing for seven days.",
    REOPENED="Its member was not content; it has to be answered anew.",
    CANCELLED="Its member withdrew it.",
)
described(
    ComplaintAction,
    "A step in the life of a complaint.",
    OPEN="It was made.",
    ASSIGN="It was handed to somebody.",
    ANSWER="The brand said something.",
    ESCALATE="It went to the desk above, by somebody's hand or when time was over.",
    RESOLVE="The brand said how it was put right.",
    CLOSE="It is over.",
    REOPEN="Its member opened it again.",
    CANCEL="Its member withdrew it.",
)


@object_type(scope=Scope.MEMBER, description="Something that was said about a complaint.")
class ComplaintMessage:
    author: _CARD = attribute("Who said it.")
    by_staff: bool = attribute("Whether the brand said it.")
    text: str = attribute("1 to 1,000 characters.")
    pictures: list[str] = attribute("Addresses of pictures, at most 9.")
    at: datetime = attribute("When.")


@object_type(scope=Scope.MEMBER, description="One step in the life of a complaint.")
class ComplaintStep:
    action: ComplaintAction = attribute("What was done.")
    from_state: ComplaintState | None = attribute("Where it stood; null for the first step.")
    to_state: ComplaintState = attribute("Where it stood afterwards.")
    by_itself: bool = derived(lambda step: step.actor_id is None, "Whether nobody did it: time was over.")
    at: datetime = attribute("When.")


@object_type(
    scope=Scope.STAFF,
    description="A member who bought the same through the same guide and has not complained (沉默客户): one to ask.",
)
class SilentCustomer:
    member_id: strawberry.ID = identifier(Kind.MEMBER, "member_id", description="Who.")
    nickname: str = attribute("Their nickname.")
    phone: str | None = attribute("Their phone with its middle hidden; null when there is none.")
    order_id: strawberry.ID = identifier(Kind.ORDER, "order_id", description="Their last order of it.")
    order_number: str = attribute("Its number for people.")
    bought_at: datetime = attribute("When it was paid.")


async def _silent(
    ctx: Context,
    found: Sequence[rules.Complaint],
    *,
    first: Annotated[int, strawberry.argument(description="So many, 1 to 100.")] = 20,
) -> Any:
    return await complaints.silent_of(ctx, found, first)


def _link(name: str, kind: Kind, description: str) -> Any:
    def read(complaint: rules.Complaint) -> strawberry.ID | None:
        key = getattr(complaint.links, name)
        return None if key is None else strawberry.ID(id_of(kind, key))

    return derived(read, description)


@object_type(scope=Scope.MEMBER, description="What a member is unhappy about (投诉).", record=rules.Complaint)
class Complaint(Node):
    id: strawberry.ID = identifier(Kind.COMPLAINT)
    member: _CARD | None = batched(complaints.members_of, "Who complains.")
    subject: ComplaintSubject = derived(lambda one: one.links.subject, "What it is about.")
    subject_id: strawberry.ID = derived(
        lambda one: strawberry.ID(id_of(_SUBJECTS[one.links.subject], one.links.subject_id)), "Which one."
    )
    order_id: strawberry.ID | None = _link("order_id", Kind.ORDER, "The order that it has to do with.")
    order_line_id: strawberry.ID | None = _link("order_line_id", Kind.ORDER_LINE, "The line of that order.")
    guide_id: strawberry.ID | None = _link("guide_id", Kind.GUIDE, "The guide that it has to do with.")
    store_id: strawberry.ID | None = _link("store_id", Kind.STORE, "The store that it has to do with.")
    live_room_id: strawberry.ID | None = _link("live_room_id", Kind.LIVE_ROOM, "The live room that it is about.")
    post_id: strawberry.ID | None = _link("post_id", Kind.POST, "The post that it is about.")
    after_sale_id: strawberry.ID | None = _link("after_sale_id", Kind.AFTER_SALE, "The after-sale behind it.")
    severity: Severity = attribute("How much it weighs.")
    text: str = attribute("What it is about, 1 to 1,000 characters.")
    pictures: list[str] = attribute("Addresses of pictures, at most 9.")
    state: ComplaintState = attribute("Where it stands.")
    desk_id: strawberry.ID = identifier(Kind.ORG_UNIT, "desk_id", description="The unit that has to answer it.")
    assignee: _CARD | None = batched(complaints.assignees_of, "Who looks after it.", scope=Scope.STAFF)
    created_at: datetime = attribute("When it was made.")
    answer_by: datetime | None = attribute("When it escalates unless it is answered; null when that is over.")
    answered_at: datetime | None = attribute("When it was first answered.")
    escalated_at: datetime | None = attribute("When it went to the desk above.")
    resolved_at: datetime | None = attribute("When the brand said how it was put right.")
    closed_at: datetime | None = attribute("When it was over, or withdrawn.")
    resolution: str = attribute("How it was put right; empty before that.")
    messages: list[ComplaintMessage] = batched(
        complaints.messages_of, "What was said about it, the oldest first, at most 200.", cost=5
    )
    steps: list[ComplaintStep] = batched(complaints.steps_of, "What was done about it, the first first.", cost=3)
    silent_customers: list[SilentCustomer] = batched(
        _silent,
        "Who bought the same through the same guide from 30 days before it on and has not complained, latest first.",
        scope=Scope.STAFF,
        cost=3,
    )
    version: int = attribute("Rises with each step.")


@object_type(scope=Scope.STAFF, description="How often members complained about a guide; the withdrawn do not count.")
class ComplaintCounts:
    guide_id: strawberry.ID = identifier(Kind.GUIDE, "guide_id", description="Which guide.")
    complaints: int = attribute("How many complaints.")
    severe: int = attribute("How many of them are of severity HIGH.")
    escalated: int = attribute("How many of them escalated.")
    open: int = attribute("How many of them are not over.")


@strawberry.input(description="Which complaints; all conditions must hold. AND, OR and NOT nest to depth 3.")
class ComplaintWhere:
    state: EnumFilter[ComplaintState] | None = strawberry.field(default=UNSET, description="Where it stands.")
    subject: EnumFilter[ComplaintSubject] | None = strawberry.field(default=UNSET, description="What it is about.")
    severity: EnumFilter[Severity] | None = strawberry.field(default=UNSET, description="How much it weighs.")
    guide_id: IdFilter | None = strawberry.field(default=UNSET, description="The guide.")
    store_id: IdFilter | None = strawberry.field(default=UNSET, description="The store.")
    created_at: DateTimeFilter | None = strawberry.field(default=UNSET, description="When it was made.")
    AND: list[ComplaintWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[ComplaintWhere] | None = strawberry.field(
        name="OR", default=UNSET, description="At least one of these holds."
    )
    NOT: Optional[ComplaintWhere] = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")  # noqa: UP045


_NAMES = {
    "state": "state",
    "subject": "subject",
    "severity": "severity",
    "guide_id": "guideId",
    "store_id": "storeId",
    "created_at": "createdAt",
}
_IDS = {"guideId": Kind.GUIDE, "storeId": Kind.STORE}


async def _complaints(
    ctx: Context,
    *,
    where: Annotated[ComplaintWhere | None, strawberry.argument(description="Which ones.")] = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    return await complaints.complaints(ctx, request, condition_of(where, _IDS, _NAMES))


async def _my_complaints(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await complaints.my_complaints(ctx, pages.page_request(first, after, last, before))


async def _counts(
    ctx: Context,
    *,
    guide_ids: Annotated[list[strawberry.ID], strawberry.argument(description="At most 100 guides.")],
    days: Annotated[int, strawberry.argument(description="In the last so many days, 1 to 366.")] = 30,
) -> Any:
    return await complaints.counts(ctx, keys_of(Kind.GUIDE, guide_ids), days)


@strawberry.type
class ComplaintsQuery:
    complaints: Connection[Complaint] = query(
        _complaints,
        "Complaints that concern what the caller runs, the newest first; all of them for operators.",
        scope=Scope.STORE_MANAGER,
    )
    my_complaints: Connection[Complaint] = query(
        _my_complaints, "The caller's own complaints, the newest first.", scope=Scope.MEMBER
    )
    complaint_counts: list[ComplaintCounts] = query(
        _counts,
        "How often members complained about guides, for the conditions on which these keep their tier.",
        scope=Scope.STORE_MANAGER,
        cost=5,
    )


@strawberry.input(description="What a member complains about.")
class ComplaintOpenInput:
    subject: ComplaintSubject = strawberry.field(description="What it is about.")
    subject_id: strawberry.ID = strawberry.field(description="The order, guide, store, live room or post.")
    text: str = strawberry.field(description="1 to 1,000 characters.")
    severity: Severity = strawberry.field(default=Severity.NORMAL, description="How much it weighs.")
    pictures: list[str] = strawberry.field(default_factory=list, description="Addresses of pictures, at most 9.")
    order_id: strawberry.ID | None = strawberry.field(
        default=None, description="One's own order that it has to do with, where the subject is another."
    )
    order_line_id: strawberry.ID | None = strawberry.field(default=None, description="A line of that order.")
    after_sale_id: strawberry.ID | None = strawberry.field(default=None, description="One's own after-sale behind it.")

    def value(self) -> Complaining:
        def key(kind: Kind, given: strawberry.ID | None, name: str) -> Any:
            return None if given is None else key_of(kind, given, "input", name)

        return Complaining(
            self.subject,
            key_of(_SUBJECTS[self.subject], self.subject_id, "input", "subjectId"),
            self.text,
            self.severity,
            self.pictures,
            key(Kind.ORDER, self.order_id, "orderId"),
            key(Kind.ORDER_LINE, self.order_line_id, "orderLineId"),
            key(Kind.AFTER_SALE, self.after_sale_id, "afterSaleId"),
        )


@strawberry.input(description="Something to say about a complaint.")
class ComplaintReplyInput:
    complaint_id: strawberry.ID = strawberry.field(description="One's own, or one that one handles.")
    text: str = strawberry.field(description="1 to 1,000 characters.")
    pictures: list[str] = strawberry.field(default_factory=list, description="Addresses of pictures, at most 9.")


@strawberry.input(description="Which complaint.")
class ComplaintStepInput:
    complaint_id: strawberry.ID = strawberry.field(description="The complaint.")


@strawberry.input(description="Who is to look after a complaint.")
class ComplaintAssignInput:
    complaint_id: strawberry.ID = strawberry.field(description="A complaint that one handles.")
    assignee_id: strawberry.ID | None = strawberry.field(
        default=None, description="A member who works at its desk or above; oneself when left out."
    )
    severity: Severity | None = strawberry.field(default=None, description="How much it weighs; as before if left out.")


@strawberry.input(description="How a complaint was put right.")
class ComplaintResolveInput:
    complaint_id: strawberry.ID = strawberry.field(description="A complaint that one handles.")
    resolution: str = strawberry.field(description="1 to 500 characters; the member reads it.")


@object_type(scope=Scope.MEMBER, description="The answer to mutations of complaints.")
class ComplaintPayload(Payload):
    complaint: Complaint | None = attribute("The complaint as it is now.", default=None)


def _key(given: strawberry.ID) -> Any:
    return key_of(Kind.COMPLAINT, given, "input", "complaintId")


async def _open(ctx: Context, *, input: ComplaintOpenInput) -> Any:
    return ComplaintPayload.of(complaint=await complaints.open_(ctx, input.value()))


async def _reply(ctx: Context, *, input: ComplaintReplyInput) -> Any:
    said = await complaints.reply(ctx, _key(input.complaint_id), input.text, input.pictures)
    return ComplaintPayload.of(complaint=said)


async def _cancel(ctx: Context, *, input: ComplaintStepInput) -> Any:
    return ComplaintPayload.of(complaint=await complaints.cancel(ctx, _key(input.complaint_id)))


async def _close(ctx: Context, *, input: ComplaintStepInput) -> Any:
    return ComplaintPayload.of(complaint=await complaints.close(ctx, _key(input.complaint_id)))


async def _reopen(ctx: Context, *, input: ComplaintStepInput) -> Any:
    return ComplaintPayload.of(complaint=await complaints.reopen(ctx, _key(input.complaint_id)))


async def _assign(ctx: Context, *, input: ComplaintAssignInput) -> Any:
    who = None if input.assignee_id is None else key_of(Kind.MEMBER, input.assignee_id, "input", "assigneeId")
    assigned = await complaint_handling.assign(ctx, _key(input.complaint_id), who, input.severity)
    return ComplaintPayload.of(complaint=assigned)


async def _escalate(ctx: Context, *, input: ComplaintStepInput) -> Any:
    return ComplaintPayload.of(complaint=await complaint_handling.escalate(ctx, _key(input.complaint_id)))


async def _resolve(ctx: Context, *, input: ComplaintResolveInput) -> Any:
    resolved = await complaint_handling.resolve(ctx, _key(input.complaint_id), input.resolution)
    return ComplaintPayload.of(complaint=resolved)


@strawberry.type
class ComplaintsMutation:
    complaint_open: ComplaintPayload | None = mutation(
        _open, ComplaintPayload, "Complain about something; one open complaint about each thing.", scope=Scope.MEMBER
    )
    complaint_reply: ComplaintPayload | None = mutation(
        _reply, ComplaintPayload, "Say something about a complaint, as its member or as the brand.", scope=Scope.MEMBER
    )
    complaint_cancel: ComplaintPayload | None = mutation(
        _cancel, ComplaintPayload, "Withdraw one's own complaint.", scope=Scope.MEMBER
    )
    complaint_close: ComplaintPayload | None = mutation(
        _close, ComplaintPayload, "Be content with how one's complaint was put right.", scope=Scope.MEMBER
    )
    complaint_reopen: ComplaintPayload | None = mutation(
        _reopen,
        ComplaintPayload,
        "Open one's complaint again, within seven days after.",
        scope=Scope.MEMBER,
    )
    complaint_assign: ComplaintPayload | None = mutation(
        _assign, ComplaintPayload, "Hand a complaint to somebody, and weigh it.", scope=Scope.STORE_MANAGER
    )
    complaint_escalate: ComplaintPayload | None = mutation(
        _escalate, ComplaintPayload, "Leave a complaint to the desk above.", scope=Scope.STORE_MANAGER
    )
    complaint_resolve: ComplaintPayload | None = mutation(
        _resolve, ComplaintPayload, "Say how a complaint was put right.", scope=Scope.STORE_MANAGER
    )


NODES = {Kind.COMPLAINT: complaints.complaints_by_id}
