"""Points: what members see of theirs, and what operators grant and deduct."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from domain import pages
from domain import points as rules
from domain.identity import Scope
from domain.points import PointsKind
from resolvers import points
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type
from schema.enums import described
from schema.errors import Payload
from schema.ids import Kind, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.scalars import Long

described(
    PointsKind,
    "Why points came or went.",
    EARNED="An order was received.",
    SPENT="They paid for a part of an order.",
    RETURNED="What they had paid for was given up or refunded.",
    REVERSED="An order by which they were earned was refunded.",
    EXPIRED="Their batch expired.",
    GRANTED="Staff gave them, or a play did.",
    DEDUCTED="Staff took them, or a play did.",
)


@object_type(scope=Scope.MEMBER, description="A line of a member's ledger of points.", record=rules.Entry)
class PointsEntry:
    id: strawberry.ID = identifier(Kind.POINTS_ENTRY)
    kind: PointsKind = attribute("Why.")
    points: Long = attribute("How many came, or went when negative; lines sum to the balance.")
    order_id: strawberry.ID | None = identifier(Kind.ORDER, "order_id", description="The order it was for.")
    reason: str | None = attribute("What staff said, at most 200 characters.")
    at: datetime = attribute("When.")


async def _entries(
    ctx: Context,
    balances: Sequence[rules.Balance],
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    return await points.entries_of(ctx, balances, pages.page_request(first, after, last, before))


@object_type(
    scope=Scope.MEMBER,
    description="A member's points (积分). Those that expire first are spent first.",
    record=rules.Balance,
)
class Points:
    balance: Long = attribute("How many can be spent; negative when more was taken back than there was.")
    expiring_soon: Long = derived(lambda b: b.expiring, "How many of them expire within thirty days.")
    next_expiry: datetime | None = attribute("When the next of them expire; null when there are none.")
    entries: Connection[PointsEntry] = batched(_entries, "What made the balance, the latest first.", cost=3)


@strawberry.input(description="Points to give to a member, or to take.")
class PointsBookInput:
    member_id: strawberry.ID = strawberry.field(description="The member.")
    points: int = strawberry.field(description="How many, 1 to 100,000,000.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters; the member reads it.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, 1 to 100 characters.")


@object_type(scope=Scope.OPERATOR, description="The answer to `pointsGrant` and `pointsDeduct`.")
class PointsBookPayload(Payload):
    balance: Long | None = attribute("How many the member can spend now.", default=None)
    replayed: bool = attribute("True when this very request was answered before.", default=False)


async def _grant(ctx: Context, *, input: PointsBookInput) -> Any:
    member = key_of(Kind.MEMBER, input.member_id, "input", "memberId")
    balance, replayed = await points.grant(ctx, member, input.points, input.reason, input.idempotency_key)
    return PointsBookPayload.of(balance=balance, replayed=replayed)


async def _deduct(ctx: Context, *, input: PointsBookInput) -> Any:
    member = key_of(Kind.MEMBER, input.member_id, "input", "memberId")
    balance, replayed = await points.deduct(ctx, member, input.points, input.reason, input.idempotency_key)
    return PointsBookPayload.of(balance=balance, replayed=replayed)


@strawberry.type
class PointsMutation:
    points_grant: PointsBookPayload | None = mutation(
        _grant, PointsBookPayload, "Give a member points, in a batch of their own.", scope=Scope.OPERATOR, money=True
    )
    points_deduct: PointsBookPayload | None = mutation(
        _deduct,
        PointsBookPayload,
        "Take points from a member, no more than there are.",
        scope=Scope.OPERATOR,
        money=True,
    )
