"""Gift cards: what members see of theirs, binding one, and batches for operators."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from domain import gift_cards as rules
from domain import pages
from domain.identity import Scope
from resolvers import gift_card_batches, gift_cards
from resolvers.context import Context
from schema.access import attribute, derived, mutation, object_type, query
from schema.errors import Payload
from schema.ids import Kind, id_of, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.money import Money, MoneyInput


@object_type(
    scope=Scope.MEMBER, description="A gift card (礼品卡) that is bound to a member.", record=rules.GiftCardBalance
)
class GiftCard:
    id: strawberry.ID = derived(lambda c: id_of(Kind.GIFT_CARD, c.card.id), "Opaque; a payment by card names it.")
    tail: str = derived(lambda c: c.card.tail, "The last four characters of its code, to tell cards apart.")
    face: Money = derived(lambda c: c.card.face, "What it was worth when it was new.")
    balance: Money = attribute("What is left on it; nothing once it has expired.")
    bound_at: datetime = derived(lambda c: c.card.bound_at, "When it was bound.")
    expires_at: datetime = derived(
        lambda c: c.card.expires_at, "Until when it can be spent; later when money came back to it."
    )


@object_type(scope=Scope.FINANCE, description="Gift cards that were printed together.", record=rules.GiftCardBatch)
class GiftCardBatch:
    id: strawberry.ID = identifier(Kind.GIFT_CARD_BATCH)
    face: Money = attribute("What each is worth.")
    count: int = attribute("How many.")
    note: str = attribute("What they are for.")
    created_at: datetime = attribute("When they were printed.")
    expires_at: datetime = attribute("Until when they can be bound and spent.")
    activated_at: datetime | None = attribute("From when on they can be bound; null: not yet.")
    voided_at: datetime | None = attribute("From when on those that nobody had bound were worthless.")


@strawberry.input(description="A gift card.")
class GiftCardBindInput:
    code: str = strawberry.field(description="The sixteen characters on the card, however they are typed.")


@strawberry.input(description="Gift cards to print. They can be bound once the batch is activated.")
class GiftCardsIssueInput:
    face: MoneyInput = strawberry.field(description="What each is worth, up to 100,000 yuan.")
    count: int = strawberry.field(description="How many, 1 to 1,000.")
    expires_at: datetime = strawberry.field(description="Until when they can be bound and spent.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, 1 to 100 characters.")
    note: str = strawberry.field(default="", description="What they are for, at most 100 characters.")


@strawberry.input(description="A batch of gift cards.")
class GiftCardBatchInput:
    batch_id: strawberry.ID = strawberry.field(description="Which batch.")


@object_type(scope=Scope.MEMBER, description="The answer to `giftCardBind`.")
class GiftCardPayload(Payload):
    gift_card: GiftCard | None = attribute("The card, which is the caller's now.", default=None)


@object_type(scope=Scope.FINANCE, description="The answer to `giftCardsIssue`.")
class GiftCardsIssuePayload(Payload):
    batch: GiftCardBatch | None = attribute("The batch.", default=None)
    codes: list[str] = attribute("The codes, this once: nobody keeps them.", default_factory=list)
    replayed: bool = attribute(
        "True when this very request was answered before; codes are not told again.", default=False
    )


@object_type(scope=Scope.FINANCE, description="The answer to `giftCardsActivate` and `giftCardsVoid`.")
class GiftCardBatchPayload(Payload):
    batch: GiftCardBatch | None = attribute("The batch as it is now.", default=None)


async def _batches(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await gift_card_batches.batches(ctx, pages.page_request(first, after, last, before))


async def _bind(ctx: Context, *, input: GiftCardBindInput) -> Any:
    return GiftCardPayload.of(gift_card=await gift_cards.bind(ctx, input.code))


async def _issue(ctx: Context, *, input: GiftCardsIssueInput) -> Any:
    batch, replayed = await gift_card_batches.issue(
        ctx, input.face.value(), input.count, input.expires_at, input.note, input.idempotency_key
    )
    return GiftCardsIssuePayload.of(batch=batch, codes=batch.codes, replayed=replayed)


async def _activate(ctx: Context, *, input: GiftCardBatchInput) -> Any:
    key = key_of(Kind.GIFT_CARD_BATCH, input.batch_id, "input", "batchId")
    return GiftCardBatchPayload.of(batch=await gift_card_batches.activate(ctx, key))


async def _void(ctx: Context, *, input: GiftCardBatchInput) -> Any:
    key = key_of(Kind.GIFT_CARD_BATCH, input.batch_id, "input", "batchId")
    return GiftCardBatchPayload.of(batch=await gift_card_batches.void(ctx, key))


@strawberry.type
class GiftCardsQuery:
    gift_card_batches: Connection[GiftCardBatch] = query(
        _batches, "All batches of gift cards, the latest first.", scope=Scope.FINANCE
    )


@strawberry.type
class GiftCardsMutation:
    gift_card_bind: GiftCardPayload | None = mutation(
        _bind,
        GiftCardPayload,
        "Make a card one's own, once; at most ten tries a minute. Only its owner can spend it.",
        scope=Scope.MEMBER,
        money=True,
    )
    gift_cards_issue: GiftCardsIssuePayload | None = mutation(
        _issue, GiftCardsIssuePayload, "Have gift cards printed.", scope=Scope.FINANCE, money=True
    )
    gift_cards_activate: GiftCardBatchPayload | None = mutation(
        _activate,
        GiftCardBatchPayload,
        "Let the cards of a batch be bound, say because they were sold.",
        scope=Scope.FINANCE,
    )
    gift_cards_void: GiftCardBatchPayload | None = mutation(
        _void,
        GiftCardBatchPayload,
        "Make those cards of a batch worthless that nobody has bound.",
        scope=Scope.FINANCE,
    )
