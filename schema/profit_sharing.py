"""Profit sharing (分账): parts of payments for others, and what came back of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from domain import profit_sharing as rules
from domain.gateways import ShareOutcome
from domain.identity import Scope
from domain.profit_sharing import SharingState
from resolvers import profit_sharing
from resolvers.context import Context
from schema.access import attribute, batched, mutation, object_type
from schema.enums import described
from schema.errors import Payload
from schema.ids import Kind, identifier, key_of
from schema.money import Money, MoneyInput
from schema.node import Node

described(
    SharingState,
    "Where a share of a payment stands, or the return of a part.",
    REQUESTED="Waits for its turn at the provider.",
    UNKNOWN="The provider was asked and has not answered; it is asked again by the same number.",
    PROCESSING="The provider has it under way.",
    SUCCEEDED="It is known what became of each part.",
    FAILED="Nothing moved.",
)
described(
    ShareOutcome,
    "What became of a receiver's part.",
    PROCESSING="It is under way.",
    SUCCEEDED="The receiver has it.",
    CLOSED="Nobody got it.",
)


@object_type(scope=Scope.FINANCE, description="What one receiver gets of a payment.", record=rules.SharePart)
class PaymentSharePart:
    account: str = attribute("The receiver: a merchant's number, or a person's openid.")
    is_person: bool = attribute("Whether it is a person, from whom nothing can be taken back.")
    amount: Money = attribute("How much.")
    description: str = attribute("What for, as the receiver reads it.")
    outcome: ShareOutcome = attribute("What became of it.")
    returned: Money = attribute("How much of it was decided to come back, because the payment was refunded.")


@object_type(
    scope=Scope.FINANCE,
    description="A part that comes back before the refund is asked for. FAILED: the brand bears it, and the receiver "
    "owes it to the brand.",
    record=rules.PartReturn,
)
class PaymentPartReturn:
    account: str = attribute("The receiver who gives it back.")
    refund_id: strawberry.ID = identifier(Kind.REFUND, "refund_id", description="The refund that waits for it.")
    amount: Money = attribute("How much.")
    state: SharingState = attribute("Where it stands.")
    failure: str = attribute("Why it did not come back; PERSON: nothing can be taken from a person.")
    attempts: int = attribute("How often the provider was asked.")
    finished_at: datetime | None = attribute("When it was back, or known not to come.")


@object_type(scope=Scope.FINANCE, description="A request for parts of a payment (分账).", record=rules.PaymentShare)
class PaymentShare(Node):
    id: strawberry.ID = identifier(Kind.PAYMENT_SHARE)
    payment_id: strawberry.ID = identifier(Kind.PAYMENT, "payment_id", description="The payment that it is of.")
    state: SharingState = attribute("Where it stands.")
    parts: list[PaymentSharePart] = attribute("Who gets what, at most 50; none where it is about the rest alone.")
    unfreezes: bool = attribute("Whether the brand has what is left of the payment after it.")
    failure: str = attribute("The provider's word for why it failed; empty while it did not.")
    attempts: int = attribute("How often the provider was asked.")
    created_at: datetime = attribute("When it was asked for.")
    finished_at: datetime | None = attribute("When it was known what became of it.")
    returns: list[PaymentPartReturn] = batched(
        profit_sharing.returns_of, "What comes back of it, the oldest first.", cost=5
    )


@strawberry.input(description="What somebody is to get of a payment.")
class ShareReceiverInput:
    account: str = strawberry.field(description="A merchant's number, or a person's openid; 1 to 64 characters.")
    amount: MoneyInput = strawberry.field(description="How much.")
    description: str = strawberry.field(description="What for, 1 to 80 characters; the receiver reads it.")
    is_person: bool = strawberry.field(
        default=False,
        description="Whether it is a person, who gets nothing before the order is done with: it would not come back.",
    )
    name: str | None = strawberry.field(
        default=None, description="A merchant's registered name, or a person's real one, which is then checked."
    )

    def part(self) -> rules.SharePart:
        return rules.SharePart(self.account, self.amount.value(), self.description, self.is_person, self.name)


@strawberry.input(description="Which payment is shared among whom.")
class PaymentShareInput:
    payment_id: strawberry.ID = strawberry.field(description="One that was announced to be shared (a setting).")
    idempotency_key: str = strawberry.field(description="Chosen by the client, 1 to 100 characters.")
    receivers: list[ShareReceiverInput] = strawberry.field(
        default_factory=list, description="1 to 50, each once; of all shares together at most 30 % of the payment."
    )
    unfreeze_rest: bool = strawberry.field(
        default=False,
        description="Whether the brand has what is left then, and nothing can be shared any more. Without a word that "
        "is so once the order is done with.",
    )


@object_type(scope=Scope.FINANCE, description="The answer to `paymentShare`.")
class PaymentSharePayload(Payload):
    share: PaymentShare | None = attribute("What was asked for.", default=None)
    replayed: bool = attribute("True when this very request was answered before.", default=False)


async def _share(ctx: Context, *, input: PaymentShareInput) -> Any:
    wanted = profit_sharing.Sharing(
        key_of(Kind.PAYMENT, input.payment_id, "input", "paymentId"),
        tuple(one.part() for one in input.receivers),
        input.unfreeze_rest,
        input.idempotency_key,
    )
    shared, replayed = await profit_sharing.share(ctx, wanted)
    return PaymentSharePayload.of(share=shared, replayed=replayed)


@strawberry.type
class ProfitSharingMutation:
    payment_share: PaymentSharePayload | None = mutation(
        _share,
        PaymentSharePayload,
        "Give parts of a paid payment to others, not before a minute after it was paid (分账).",
        scope=Scope.FINANCE,
        money=True,
    )


NODES = {Kind.PAYMENT_SHARE: profit_sharing.shares_by_id}
