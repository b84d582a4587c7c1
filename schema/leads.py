"""Leads: who would like to run a store of the brand, and who talks to them (R14)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from domain import leads as rules
from domain import pages
from domain.identity import Scope
from domain.leads import LeadInterest, LeadState
from resolvers import leads
from resolvers.context import Context
from schema.access import attribute, batched, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.filters import EnumFilter, condition_of
from schema.ids import Kind, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.node import Node

described(
    LeadInterest,
    "As what somebody would like to run a store.",
    DEALER="As a dealer (经销商).",
    FRANCHISE="As a franchisee (加盟).",
)
described(
    LeadState,
    "How far a lead has come.",
    NEW="In nobody's hands.",
    ASSIGNED="In the hands of somebody who runs a unit.",
    SIGNED="It came to a contract.",
    LOST="It came to nothing.",
)


@object_type(scope=Scope.STAFF, description="Something that was done about a lead.")
class LeadEntry:
    actor_id: strawberry.ID | None = identifier(
        Kind.MEMBER, "actor_id", description="By whom; null when it was taken back for being left alone."
    )
    state: LeadState = attribute("How far it has come since.")
    text: str = attribute("What was said.")
    at: datetime = attribute("When.")


@object_type(
    scope=Scope.STAFF, description="Somebody who would like to run a store of the brand (招商线索).", record=rules.Lead
)
class Lead(Node):
    id: strawberry.ID = identifier(Kind.LEAD)
    name: str = attribute("The name.")
    phone: str = attribute("The phone, E.164.")
    city: str = attribute("Where the store would be.")
    interest: LeadInterest = attribute("As what.")
    note: str = attribute("What they said.")
    state: LeadState = attribute("How far it has come.")
    assignee_id: strawberry.ID | None = identifier(
        Kind.MEMBER, "assignee_id", description="In whose hands it is, or was when it was closed."
    )
    recover_at: datetime | None = attribute("When it is taken back unless it is spoken with; null in nobody's hands.")
    recovered: int = attribute("How often it was taken back.")
    created_at: datetime = attribute("When it was left.")
    reason: str = attribute("Why it was closed; empty while it is open.")
    entries: list[LeadEntry] = batched(leads.entries_of, "What was done about it, the first first.", cost=5)


@strawberry.input(description="Which leads; all conditions must hold.")
class LeadWhere:
    state: EnumFilter[LeadState] | None = strawberry.field(default=UNSET, description="How far it has come.")
    AND: list[LeadWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[LeadWhere] | None = strawberry.field(name="OR", default=UNSET, description="At least one of these holds.")
    NOT: LeadWhere | None = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")


async def _leads(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[LeadWhere | None, strawberry.argument(description="Which ones.")] = None,
) -> Any:
    return await leads.leads(ctx, pages.page_request(first, after, last, before), condition_of(where, {}, {}))


@strawberry.type
class LeadQuery:
    leads: Connection[Lead] = query(
        _leads, "Leads, the newest first: for operators all, for others those in their hands.", scope=Scope.STAFF
    )


@strawberry.input(description="What somebody says who would like to run a store.")
class LeadCreateInput:
    name: str = strawberry.field(description="1 to 40 characters.")
    phone: str = strawberry.field(description="A phone number; without a country's code it is one of China.")
    city: str = strawberry.field(description="Where the store would be, 1 to 40 characters.")
    interest: LeadInterest = strawberry.field(description="As what.")
    note: str = strawberry.field(default="", description="Whatever else there is to say, at most 500 characters.")


@strawberry.input(description="A lead, and who is to talk to it.")
class LeadAssignInput:
    lead_id: strawberry.ID = strawberry.field(description="The lead.")
    member_id: strawberry.ID = strawberry.field(description="Somebody who runs a unit.")


@strawberry.input(description="A lead that was spoken with.")
class LeadFollowInput:
    lead_id: strawberry.ID = strawberry.field(description="The lead.")
    text: str = strawberry.field(description="What was said, 1 to 500 characters.")


@strawberry.input(description="A lead that is done with.")
class LeadCloseInput:
    lead_id: strawberry.ID = strawberry.field(description="The lead.")
    signed: bool = strawberry.field(description="Whether it came to a contract.")
    reason: str = strawberry.field(description="Why, 1 to 500 characters.")


@object_type(scope=Scope.VISITOR, description="Word that was left.")
class LeadCreatePayload(Payload):
    received: bool = attribute("Whether it was taken.", default=False)


@object_type(scope=Scope.VISITOR, description="A lead that went on.")
class LeadPayload(Payload):
    lead: Lead | None = attribute("The lead as it is now.", default=None)


def _key(given: str) -> Any:
    return key_of(Kind.LEAD, given, "input", "leadId")


async def _create(ctx: Context, *, input: LeadCreateInput) -> Any:
    draft = rules.LeadDraft(input.name, input.phone, input.city, input.interest, input.note)
    await leads.create(ctx, draft)
    return LeadCreatePayload.of(received=True)


async def _assign(ctx: Context, *, input: LeadAssignInput) -> Any:
    member_id = key_of(Kind.MEMBER, input.member_id, "input", "memberId")
    return LeadPayload.of(lead=await leads.assign(ctx, _key(input.lead_id), member_id))


async def _follow(ctx: Context, *, input: LeadFollowInput) -> Any:
    return LeadPayload.of(lead=await leads.follow(ctx, _key(input.lead_id), input.text))


async def _close(ctx: Context, *, input: LeadCloseInput) -> Any:
    lead = await leads.close(ctx, _key(input.lead_id), input.reason, signed=input.signed)
    return LeadPayload.of(lead=lead)


@strawberry.type
class LeadMutation:
    lead_create: LeadCreatePayload | None = mutation(
        _create, LeadCreatePayload, "Leave word that one would like to run a store (招商).", scope=Scope.MEMBER
    )
    lead_assign: LeadPayload | None = mutation(
        _assign,
        LeadPayload,
        "Hand a lead to somebody who runs a unit; left alone for three days, it is taken back.",
        scope=Scope.OPERATOR,
    )
    lead_follow: LeadPayload | None = mutation(
        _follow, LeadPayload, "Note what was spoken with a lead in one's hands.", scope=Scope.STAFF
    )
    lead_close: LeadPayload | None = mutation(
        _close, LeadPayload, "Be done with a lead in one's hands.", scope=Scope.STAFF
    )


NODES = {Kind.LEAD: leads.leads_by_id}
