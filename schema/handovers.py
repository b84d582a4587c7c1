"""Handovers: all customers of a guide, or some, become another guide's at one instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from domain import handovers as rules
from domain import pages
from domain.handovers import HandoverDraft, HandoverFailure, HandoverState
from domain.identity import Scope
from resolvers import bindings, guides, handovers, members
from resolvers.context import Context
from schema.access import attribute, batched, mutation, object_type, query
from schema.bindings import Binding
from schema.enums import described
from schema.errors import Payload
from schema.filters import IdFilter, condition_of
from schema.guides import Guide
from schema.ids import Kind, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.members import MemberCard
from schema.node import Node

described(
    HandoverState,
    "How far a handover has come with one member.",
    WAITING="It is to come (等待接替).",
    IN_PROGRESS="The member is the successor's customer, and may still refuse (接替中).",
    DONE="The time to refuse is over (接替成功).",
    FAILED="It did not come about (接替失败); `failure` says why.",
    REFUSED="The member did not want the successor (客户拒绝).",
)
described(
    HandoverFailure,
    "Why one member was not handed over.",
    NOT_BOUND="The member is not the guide's customer.",
    IS_SUCCESSOR="The member is the successor.",
    LOOP="The successor is the member's customer, or a customer of their customer.",
    EXPIRES_BEFORE="The binding is over before that time.",
    PLANNED_BEFORE="The member is to become the guide's customer later than that.",
    MOVED_MEANWHILE="The member became another guide's customer before that time.",
    CALLED_OFF="The handover was called off.",
)


@object_type(scope=Scope.STORE_MANAGER, description="How many members of a handover are in each state.")
class HandoverCounts:
    waiting: int = attribute("To be handed over.")
    in_progress: int = attribute("Handed over, and may still refuse.")
    done: int = attribute("Handed over for good.")
    failed: int = attribute("Not handed over.")
    refused: int = attribute("Did not want the successor.")


async def _leavers(ctx: Context, found: Sequence[rules.Handover]) -> list[Any]:
    return await guides.guides_with_ids(ctx, [one.from_guide_id for one in found])


async def _successors(ctx: Context, found: Sequence[rules.Handover]) -> list[Any]:
    return await guides.guides_with_ids(ctx, [one.to_guide_id for one in found])


async def _actors(ctx: Context, found: Sequence[rules.Handover]) -> list[Any]:
    cards = await members.cards_by_id(ctx, [one.actor_id for one in found])
    return [cards.get(one.actor_id) for one in found]


async def _cards(ctx: Context, found: Sequence[rules.HandoverMember]) -> list[Any]:
    cards = await members.cards_by_id(ctx, [one.member_id for one in found])
    return [cards.get(one.member_id) for one in found]


async def _next(ctx: Context, found: Sequence[rules.HandoverMember]) -> list[Any]:
    ids = [one.next_binding_id for one in found if one.next_binding_id is not None]
    by_id = await bindings.bindings_by_id(ctx, ids) if ids else {}
    return [by_id.get(one.next_binding_id) if one.next_binding_id else None for one in found]


async def _lines(
    ctx: Context,
    found: Sequence[rules.Handover],
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    return await handovers.lines_of(ctx, found, pages.page_request(first, after, last, before))


@object_type(
    scope=Scope.MEMBER,
    description="Customers of one guide become another's (离职继承, 在职转接). What is bought until `effectiveAt` is "
    "the one's, and from then on the other's.",
    record=rules.Handover,
)
class Handover(Node):
    id: strawberry.ID = identifier(Kind.HANDOVER)
    from_guide: Guide | None = batched(_leavers, "Whose customers they were.")
    to_guide: Guide | None = batched(_successors, "Whose customers they become.")
    effective_at: datetime = attribute("The instant of change.")
    refusable_until: datetime = attribute("Until when a member may refuse: 24 hours after the change.")
    is_leaving: bool = attribute(
        "Whether the guide leaves: who refuses is the store's own then, and stays with the guide otherwise."
    )
    called_off_at: datetime | None = attribute("When it was called off; null: it was not.")
    reason: str = attribute("What the manager said of it.", scope=Scope.STORE_MANAGER)
    actor: MemberCard | None = batched(_actors, "Who did it.", scope=Scope.STORE_MANAGER)
    created_at: datetime = attribute("When it was decided.")
    counts: HandoverCounts | None = batched(
        handovers.counts_of,
        "How many members are in each state; null for all but who decides about one of the guides.",
        scope=Scope.STORE_MANAGER,
        cost=3,
    )
    members: Connection[Annotated[HandoverMember, strawberry.lazy("schema.handovers")]] | None = batched(
        _lines,
        "Each member, the customers of longest standing first; null for all but who decides about one of the guides.",
        scope=Scope.STORE_MANAGER,
        cost=3,
    )


@object_type(scope=Scope.MEMBER, description="What becomes of one member in a handover.")
class HandoverMember:
    handover: Handover = batched(handovers.handovers_of, "The handover.")
    member: MemberCard = batched(_cards, "The member.")
    state: HandoverState = attribute("How far it has come.")
    failure: HandoverFailure | None = attribute("Why it did not come about; null unless it failed.")
    changed_at: datetime = attribute("Since when it is in this state.")
    binding: Binding | None = batched(
        _next, "The binding that follows: to the successor, or after a refusal; null when it failed at once."
    )


@strawberry.input(description="Which handovers; all conditions must hold. AND, OR and NOT nest to depth 3.")
class HandoverWhere:
    from_guide_id: IdFilter | None = strawberry.field(default=UNSET, description="Whose customers they were.")
    to_guide_id: IdFilter | None = strawberry.field(default=UNSET, description="Whose customers they become.")
    AND: list[HandoverWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[HandoverWhere] | None = strawberry.field(name="OR", default=UNSET, description="At least one of these.")
    NOT: HandoverWhere | None = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")


_WHERE_NAMES = {"from_guide_id": "fromGuideId", "to_guide_id": "toGuideId"}
_WHERE_IDS = {"fromGuideId": Kind.GUIDE, "toGuideId": Kind.GUIDE}


async def _handovers(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[HandoverWhere | None, strawberry.argument(description="Which ones.")] = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    return await handovers.handovers(ctx, request, condition_of(where, _WHERE_IDS, _WHERE_NAMES))


@strawberry.type
class HandoverQuery:
    handovers: Connection[Handover] = query(
        _handovers, "The handovers from guides of the caller's stores, the newest first.", scope=Scope.STORE_MANAGER
    )


@strawberry.input(description="Customers of one guide who are to become another's.")
class HandoverCreateInput:
    from_guide_id: strawberry.ID = strawberry.field(description="Whose customers they are; may have left already.")
    to_guide_id: strawberry.ID = strawberry.field(
        description="Whose they become: an active guide of the same store; operators may name one of another store."
    )
    effective_at: datetime | None = strawberry.field(
        default=None, description="The instant of change, within a year from now; left out, it is now."
    )
    member_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="Which customers, at most 2,000; left out, all that there are, up to 2,000 of longest standing.",
    )
    is_leaving: bool = strawberry.field(
        default=True, description="Whether the guide leaves; false: the guide stays in service (在职转接)."
    )
    reason: str = strawberry.field(description="Why, for the history; 1 to 200 characters.")

    def draft(self) -> HandoverDraft:
        ids = self.member_ids
        return HandoverDraft(
            key_of(Kind.GUIDE, self.from_guide_id, "input", "fromGuideId"),
            key_of(Kind.GUIDE, self.to_guide_id, "input", "toGuideId"),
            self.effective_at,
            None if ids is None else [key_of(Kind.MEMBER, one, "input", "memberIds") for one in ids],
            self.is_leaving,
            self.reason,
        )


@strawberry.input(description="A handover.")
class HandoverInput:
    handover_id: strawberry.ID = strawberry.field(description="Which one.")


@object_type(scope=Scope.MEMBER, description="A handover that was decided or called off.")
class HandoverPayload(Payload):
    handover: Handover | None = attribute("The handover as it is now.", default=None)


@object_type(scope=Scope.MEMBER, description="A successor who was refused.")
class HandoverRefusePayload(Payload):
    member: HandoverMember | None = attribute("What became of the member.", default=None)


async def _create(ctx: Context, *, input: HandoverCreateInput) -> Any:
    return HandoverPayload.of(handover=await handovers.create(ctx, input.draft()))


async def _call_off(ctx: Context, *, input: HandoverInput) -> Any:
    key = key_of(Kind.HANDOVER, input.handover_id, "input", "handoverId")
    return HandoverPayload.of(handover=await handovers.call_off(ctx, key))


async def _refuse(ctx: Context, *, input: HandoverInput) -> Any:
    key = key_of(Kind.HANDOVER, input.handover_id, "input", "handoverId")
    return HandoverRefusePayload.of(member=await handovers.refuse(ctx, key))


@strawberry.type
class HandoverMutation:
    handover_create: HandoverPayload | None = mutation(
        _create,
        HandoverPayload,
        "Hand customers of a guide to another one, now or at a time to come. Mode, protection and expiry stay; each "
        "member may refuse until 24 hours after the change. The caller manages the stores of both guides.",
        scope=Scope.STORE_MANAGER,
        cost=50,
    )
    handover_call_off: HandoverPayload | None = mutation(
        _call_off, HandoverPayload, "Let a handover that has not begun not come about.", scope=Scope.STORE_MANAGER
    )
    handover_refuse: HandoverRefusePayload | None = mutation(
        _refuse,
        HandoverRefusePayload,
        "The caller does not want the successor: they stay with their guide, or with the store where the guide leaves.",
        scope=Scope.MEMBER,
    )


NODES = {Kind.HANDOVER: handovers.handovers_by_id}
