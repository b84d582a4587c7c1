"""Deliveries of webhooks: what clients see of the events that other systems are told of, and of how that went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import orjson
import strawberry
from strawberry import UNSET

from domain import pages
from domain import webhooks as rules
from domain.identity import Scope
from domain.webhook_events import WebhookEvent as Event
from domain.webhook_events import WebhookEventType, envelope
from domain.webhooks import WebhookDeliveryState, WebhookFailure
from resolvers import webhooks
from resolvers.context import Context
from schema.access import attribute, batched, derived, object_type
from schema.enums import described
from schema.filters import MOST_VALUES, EnumFilter
from schema.ids import Kind, identifier
from schema.lists import After, Before, First, Last
from schema.node import Node
from schema.scalars import Long

described(
    WebhookEventType,
    "What other systems can be told of. The body of an event calls it `order.placed` and so on; "
    "docs/webhooks.md says what each holds.",
    ORDER_PLACED="An order was placed.",
    ORDER_PAID="An order is paid in full.",
    ORDER_CANCELLED="An order was given up before it was paid, or paid back as a whole.",
    ORDER_EDITED="Address, note or quantities of an order were changed.",
    ORDER_RECEIVED="An order was received, or handed over in a store.",
    ORDER_COMPLETED="An order can no longer be given back.",
    ORDER_REFUNDED="It was decided that something of an order goes back.",
    REFUND_ARRIVED="The money of a refund is back with its payer.",
    REFUND_FAILED="A provider did not pay a refund.",
    SHIPMENT_SENT="A package of an order was sent.",
    SHIPMENT_CHANGED="Carrier or tracking number of a package were changed.",
    SHIPMENT_CANCELLED="A package was not sent after all.",
    AFTER_SALE_APPLIED="A buyer asked for an after-sale (售后).",
    AFTER_SALE_CHANGED="An after-sale went a step further.",
    INVOICE_REQUESTED="A buyer asked for an invoice (发票).",
    INVOICE_ISSUED="An invoice was issued.",
    INVOICE_VOIDED="An invoice was voided.",
    PRODUCT_SAVED="A product was created or changed.",
    PRODUCT_PUBLISHED="A product is on sale.",
    PRODUCT_ARCHIVED="A product is no longer on sale.",
    STOCK_ADJUSTED="Units of a variant came in, went or were counted by staff.",
    STOCK_TRANSFERRED="Units of a variant were moved between locations.",
    MEMBER_REGISTERED="Somebody became a member.",
    MEMBER_CHANGED="A member's profile changed; which parts of it, not to what.",
    MEMBER_TAGGED="A member got tags, or lost them.",
    GUIDE_CHANGED="A guide (导购) was approved, frozen or left.",
    COMPLAINT_OPENED="A member complained.",
    COMPLAINT_CHANGED="A complaint went a step further.",
    REVIEW_ADDED="A buyer reviewed what they bought.",
    TEST="`webhookTest` was called. It comes to every endpoint that is tested, asked for or not.",
)
described(
    WebhookDeliveryState,
    "What became of an event on its way to an endpoint.",
    PENDING="It is to be sent, or sent again, or an earlier event about the same is.",
    DELIVERED="The endpoint answered 2xx.",
    DEAD="It was tried for 72 hours, 12 times at least; `webhookReplay` sends it again.",
)
described(
    WebhookFailure,
    "Why an attempt failed.",
    NAME_UNKNOWN="The host name is not found.",
    ADDRESS_FORBIDDEN="The host name leads to an address that is not of the public internet.",
    NOT_CONNECTED="Nobody answers there.",
    TLS_FAILED="The certificate is not valid for the host, or no safe connection could be agreed on.",
    TIMED_OUT="There was no answer within ten seconds.",
    BROKE_OFF="The connection broke, or what came over it was no HTTP.",
    REDIRECTED="It answered 3xx; redirects are not followed.",
    REFUSED="It answered another status than 2xx.",
)


@object_type(scope=Scope.OPERATOR, description="Something that other systems are told of.", record=Event)
class WebhookEvent:
    id: strawberry.ID = identifier(Kind.WEBHOOK_EVENT)
    type: WebhookEventType = attribute("What happened.")
    subject_id: strawberry.ID = attribute("What it is about; events about one subject are sent in order.")
    sequence: Long = attribute("Rises with each event about the same subject.")
    at: datetime = attribute("When it happened.")
    body: str = derived(lambda one: orjson.dumps(envelope(one)).decode(), "The JSON that is sent.")


@object_type(scope=Scope.OPERATOR, description="One time that an event was sent.")
class WebhookAttempt:
    at: datetime = attribute("When it was sent.")
    status: int | None = derived(lambda one: one.answer.status, "The HTTP status; null when none came.")
    failure: WebhookFailure | None = derived(lambda one: one.answer.failure, "Why it failed; null when it did not.")
    duration_ms: int = derived(lambda one: one.answer.duration_ms, "How many milliseconds it took.")
    response: str = derived(
        lambda one: rules.shown(one.answer.response),
        "The first 500 characters of the answer, escaped so that they can stand in a page of HTML.",
    )


@object_type(scope=Scope.OPERATOR, description="An event on its way to an endpoint.", record=rules.Delivery)
class WebhookDelivery(Node):
    id: strawberry.ID = identifier(
        Kind.WEBHOOK_DELIVERY, description="The `webhook-id` that the endpoint sees, the same at each attempt."
    )
    event: WebhookEvent = batched(webhooks.events_of, "What it tells.")
    state: WebhookDeliveryState = attribute("What became of it.")
    attempt_count: int = attribute("How often it was tried, since it was last replayed.")
    next_try_at: datetime | None = attribute(
        "When it is tried next; null when it is over, or waits for an earlier one."
    )
    created_at: datetime = attribute("When it began to be sent.")
    finished_at: datetime | None = attribute("When it was delivered or dead.")
    attempts: list[WebhookAttempt] = batched(
        webhooks.attempts_of, "Each time that it was sent, the first first; the last 50.", cost=3
    )


@strawberry.input(description="Which deliveries; all conditions must hold.")
class WebhookDeliveryWhere:
    state: EnumFilter[WebhookDeliveryState] | None = strawberry.field(default=UNSET, description="What became of it.")
    type: EnumFilter[WebhookEventType] | None = strawberry.field(default=UNSET, description="What it tells of.")


def _wanted(given: Any) -> list[Any] | None:
    """The values that a filter lets through; None for all."""
    if given in (None, UNSET):
        return None
    eq, one_of = given.eq, given.one_of
    if one_of in (None, UNSET):
        return None if eq in (None, UNSET) else [eq]
    return [one for one in one_of[:MOST_VALUES] if eq in (None, UNSET, one)]


async def deliveries_of(
    ctx: Context,
    found: Sequence[rules.WebhookEndpoint],
    *,
    where: Annotated[WebhookDeliveryWhere | None, strawberry.argument(description="Which ones.")] = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    states = None if where is None else _wanted(where.state)
    types = None if where is None else _wanted(where.type)
    return await webhooks.deliveries_of(ctx, found, request, states, types)


NODES = {Kind.WEBHOOK_DELIVERY: webhooks.deliveries_by_id}
