"""What is told to other systems: kinds of events, and what each says of the fact behind it (docs/webhooks.md).

A fact of the outbox is ours and changes as we like; an event is a promise to integrators. So each part of an event is
named here: what is not named is not told. Ids are those of the GraphQL API, and what is known of people is not told
beyond their ids: who may know more asks for it there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias
from uuid import UUID

from domain.money import CNY, Money
from domain.records import record

Payload: TypeAlias = Mapping[str, Any]


class WebhookEventType(Enum):
    """What happened, as an event says it in `type`."""

    ORDER_PLACED = "order.placed"
    ORDER_PAID = "order.paid"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_EDITED = "order.edited"
    ORDER_RECEIVED = "order.received"
    ORDER_COMPLETED = "order.completed"
    ORDER_REFUNDED = "order.refunded"
    REFUND_ARRIVED = "refund.arrived"
    REFUND_FAILED = "refund.failed"
    SHIPMENT_SENT = "shipment.sent"
    SHIPMENT_CHANGED = "shipment.changed"
    SHIPMENT_CANCELLED = "shipment.cancelled"
    AFTER_SALE_APPLIED = "after_sale.applied"
    AFTER_SALE_CHANGED = "after_sale.changed"
    INVOICE_REQUESTED = "invoice.requested"
    INVOICE_ISSUED = "invoice.issued"
    INVOICE_VOIDED = "invoice.voided"
    PRODUCT_SAVED = "product.saved"
    PRODUCT_PUBLISHED = "product.published"
    PRODUCT_ARCHIVED = "product.archived"
    STOCK_ADJUSTED = "stock.adjusted"
    STOCK_TRANSFERRED = "stock.transferred"
    MEMBER_REGISTERED = "member.registered"
    MEMBER_CHANGED = "member.changed"
    MEMBER_TAGGED = "member.tagged"
    GUIDE_CHANGED = "guide.changed"
    COMPLAINT_OPENED = "complaint.opened"
    COMPLAINT_CHANGED = "complaint.changed"
    REVIEW_ADDED = "review.added"
    TEST = "webhook.test"


class Word(Enum):
    """The words that ids begin with, as in the GraphQL API (`schema.ids.Kind`)."""

    AFTER_SALE = "aft"
    COMPLAINT = "cpl"
    GUIDE = "gde"
    INVOICE = "inv"
    MEMBER = "mem"
    ORDER = "ord"
    ORDER_LINE = "oln"
    PAYMENT = "pay"
    PRODUCT = "prd"
    REFUND = "rfd"
    REVIEW = "rvw"
    SHIPMENT = "spm"
    STOCK_LOCATION = "loc"
    STORE = "sto"
    TAG = "tag"
    VARIANT = "var"
    WEBHOOK_DELIVERY = "whd"
    WEBHOOK_ENDPOINT = "whk"
    WEBHOOK_EVENT = "whv"


@record
class Part:
    """One part of an event's data: its name there, and how it is read from the fact. `parts`: those of its members."""

    name: str
    read: Callable[[Payload], Any]
    parts: tuple[Part, ...] = ()


@record
class Shape:
    """What an event of a type says: the facts that it is made of, what it is about, and its data."""

    facts: tuple[str, ...]
    subject: Word
    parts: tuple[Part, ...]

    def data_of(self, payload: Payload) -> dict[str, Any]:
        """The data of an event. Every part is there; one that the fact does not have is null."""
        return {part.name: part.read(payload) for part in self.parts}


def public_id(word: Word, key: UUID) -> str:
    """An id as clients of the GraphQL API know it."""
    return f"{word.value}_{key.hex}"


def _id(name: str, source: str, word: Word) -> Part:
    def read(payload: Payload) -> str | None:
        given = payload.get(source)
        return None if given is None else public_id(word, UUID(hex=given))

    return Part(name, read)


def _ids(name: str, source: str, word: Word) -> Part:
    return Part(name, lambda payload: [public_id(word, UUID(hex=one)) for one in payload.get(source) or ()])


def _plain(name: str, source: str | None = None) -> Part:
    return Part(name, lambda payload: payload.get(source or name))


def _money(name: str, source: str) -> Part:
    def read(payload: Payload) -> dict[str, Any] | None:
        if payload.get(source) is None:
            return None
        money = Money(payload[source], payload.get("currency", CNY))
        return {"amount": money.amount, "minor": money.minor, "currency": money.currency}

    return Part(name, read)


def _many(name: str, source: str, *parts: Part) -> Part:
    def read(payload: Payload) -> list[dict[str, Any]]:
        return [{part.name: part.read(one) for part in parts} for one in payload.get(source) or ()]

    return Part(name, read, parts)


def _units(payload: Payload) -> list[dict[str, Any]]:
    counts = (payload.get("units") or {}).items()
    return [
        {"orderLineId": public_id(Word.ORDER_LINE, UUID(hex=line)), "quantity": len(units)} for line, units in counts
    ]


_VERSION = _plain("version")
_ORDER_ID = _id("orderId", "order", Word.ORDER)
_MEMBER_ID = _id("memberId", "member", Word.MEMBER)
_GUIDE_ID = _id("guideId", "guide", Word.GUIDE)
_VARIANT = _id("variantId", "variant", Word.VARIANT)
_LINE = _id("orderLineId", "line", Word.ORDER_LINE)
_ORDER = (
    _ORDER_ID,
    _plain("number"),
    _plain("state"),
    _MEMBER_ID,
    _GUIDE_ID,
    _money("total", "total_minor"),
    _many("lines", "lines", _VARIANT, _plain("quantity")),
    _VERSION,
)
_EDITED = (
    *_ORDER,
    _plain("by", "actor"),
    _plain("readdressed"),
    _many("edited", "edited", _LINE, _plain("before"), _plain("after")),
    _money("refunded", "refunded_minor"),
)
_REFUNDED = (
    *_ORDER,
    _money("refunded", "refunded_minor"),
    _money("shipping", "shipping_minor"),
    _plain("points"),
    Part("units", _units, (_LINE, _plain("quantity"))),
    _ids("refundIds", "refunds", Word.REFUND),
)
_REFUND = (
    _ORDER_ID,
    _id("refundId", "refund", Word.REFUND),
    _id("paymentId", "payment", Word.PAYMENT),
    _plain("state", "refund_state"),
    _plain("provider"),
    _money("amount", "amount_minor"),
)
_SHIPMENT = (
    _id("shipmentId", "shipment", Word.SHIPMENT),
    _plain("state", "shipment_state"),
    _plain("carrier"),
    _plain("trackingNumber", "tracking_number"),
    _many("lines", "packed", _LINE, _plain("quantity")),
)
_AFTER_SALE = (
    _id("afterSaleId", "after_sale", Word.AFTER_SALE),
    _ORDER_ID,
    _MEMBER_ID,
    _plain("kind"),
    _plain("state"),
    _money("amount", "amount_minor"),
    _VERSION,
)
_INVOICE = (
    _id("invoiceId", "invoice", Word.INVOICE),
    _ORDER_ID,
    _MEMBER_ID,
    _plain("state"),
    _money("amount", "amount_minor"),
    _plain("number"),
    _VERSION,
)
_MOVED = (_id("productId", "productId", Word.PRODUCT), _plain("fromState"), _plain("toState"))
_OF_MEMBER = _id("memberId", "memberId", Word.MEMBER)
_OF_VARIANT = _id("variantId", "variantId", Word.VARIANT)
_COMPLAINT = (
    _id("complaintId", "complaint", Word.COMPLAINT),
    _MEMBER_ID,
    _plain("about", "subject"),
    _plain("state"),
    _plain("severity"),
    _ORDER_ID,
    _GUIDE_ID,
    _VERSION,
)

_O = Word.ORDER
SHAPES: Mapping[WebhookEventType, Shape] = {
    WebhookEventType.ORDER_PLACED: Shape(("OrderPlaced",), _O, _ORDER),
    WebhookEventType.ORDER_PAID: Shape(("OrderPaid",), _O, _ORDER),
    WebhookEventType.ORDER_CANCELLED: Shape(("OrderCancelled",), _O, _ORDER),
    WebhookEventType.ORDER_EDITED: Shape(("OrderEdited",), _O, _EDITED),
    WebhookEventType.ORDER_RECEIVED: Shape(("OrderReceived", "OrderHandedOver"), _O, _ORDER),
    WebhookEventType.ORDER_COMPLETED: Shape(("OrderCompleted",), _O, _ORDER),
    WebhookEventType.ORDER_REFUNDED: Shape(("OrderRefunded",), _O, _REFUNDED),
    WebhookEventType.REFUND_ARRIVED: Shape(("RefundArrived",), _O, _REFUND),
    WebhookEventType.REFUND_FAILED: Shape(("RefundFailed",), _O, _REFUND),
    WebhookEventType.SHIPMENT_SENT: Shape(("ShipmentSent",), _O, _SHIPMENT),
    WebhookEventType.SHIPMENT_CHANGED: Shape(("ShipmentRelabelled",), _O, _SHIPMENT),
    WebhookEventType.SHIPMENT_CANCELLED: Shape(("ShipmentCancelled",), _O, _SHIPMENT),
    WebhookEventType.AFTER_SALE_APPLIED: Shape(("AfterSaleApplied",), _O, _AFTER_SALE),
    WebhookEventType.AFTER_SALE_CHANGED: Shape(("AfterSaleChanged",), _O, _AFTER_SALE),
    WebhookEventType.INVOICE_REQUESTED: Shape(("InvoiceRequested",), _O, _INVOICE),
    WebhookEventType.INVOICE_ISSUED: Shape(("InvoiceIssued",), _O, _INVOICE),
    WebhookEventType.INVOICE_VOIDED: Shape(("InvoiceVoided",), _O, _INVOICE),
    WebhookEventType.PRODUCT_SAVED: Shape(
        ("ProductSaved",),
        Word.PRODUCT,
        (_MOVED[0], _ids("variantIds", "variantIds", Word.VARIANT), _plain("isNew")),
    ),
    WebhookEventType.PRODUCT_PUBLISHED: Shape(("ProductPublished",), Word.PRODUCT, _MOVED),
    WebhookEventType.PRODUCT_ARCHIVED: Shape(("ProductArchived",), Word.PRODUCT, _MOVED),
    WebhookEventType.STOCK_ADJUSTED: Shape(
        ("StockAdjusted",),
        Word.VARIANT,
        (_OF_VARIANT, _id("locationId", "locationId", Word.STOCK_LOCATION), _plain("delta"), _plain("sellable")),
    ),
    WebhookEventType.STOCK_TRANSFERRED: Shape(
        ("StockTransferred",),
        Word.VARIANT,
        (
            _OF_VARIANT,
            _id("fromLocationId", "fromId", Word.STOCK_LOCATION),
            _id("toLocationId", "toId", Word.STOCK_LOCATION),
            _plain("quantity"),
        ),
    ),
    WebhookEventType.MEMBER_REGISTERED: Shape(("MemberRegistered",), Word.MEMBER, (_OF_MEMBER, _plain("by"))),
    WebhookEventType.MEMBER_CHANGED: Shape(("MemberChanged",), Word.MEMBER, (_OF_MEMBER, _plain("changed"))),
    WebhookEventType.MEMBER_TAGGED: Shape(
        ("MemberTagged",),
        Word.MEMBER,
        (_MEMBER_ID, _ids("addedTagIds", "added", Word.TAG), _ids("removedTagIds", "removed", Word.TAG)),
    ),
    WebhookEventType.GUIDE_CHANGED: Shape(
        ("GuideStatusChanged",),
        Word.GUIDE,
        (_GUIDE_ID, _MEMBER_ID, _id("storeId", "store", Word.STORE), _plain("status"), _VERSION),
    ),
    WebhookEventType.COMPLAINT_OPENED: Shape(("ComplaintOpened",), Word.COMPLAINT, _COMPLAINT),
    WebhookEventType.COMPLAINT_CHANGED: Shape(("ComplaintChanged",), Word.COMPLAINT, _COMPLAINT),
    WebhookEventType.REVIEW_ADDED: Shape(
        ("ReviewAdded",),
        Word.REVIEW,
        (
            _id("reviewId", "review", Word.REVIEW),
            _LINE,
            _id("productId", "product", Word.PRODUCT),
            _plain("stars"),
            _plain("state"),
        ),
    ),
    WebhookEventType.TEST: Shape((), Word.WEBHOOK_ENDPOINT, (_id("endpointId", "endpoint", Word.WEBHOOK_ENDPOINT),)),
}
TYPE_OF_FACT: Mapping[str, WebhookEventType] = {fact: kind for kind, shape in SHAPES.items() for fact in shape.facts}


@record
class WebhookEvent:
    """Something that happened, as other systems are told of it.

    The events of one aggregate have rising sequences; between aggregates there is no order.
    """

    id: UUID
    type: WebhookEventType
    aggregate_id: UUID
    sequence: int
    at: datetime
    data: dict[str, Any]

    @property
    def subject_id(self) -> str:
        """What it is about: events about one subject arrive in order."""
        return public_id(SHAPES[self.type].subject, self.aggregate_id)


def event_of(id_: UUID, fact: str, aggregate_id: UUID, sequence: int, at: datetime, payload: Payload) -> WebhookEvent:
    """The event that tells of a fact of one of the kinds of `TYPE_OF_FACT`; the number of the fact is its sequence."""
    kind = TYPE_OF_FACT[fact]
    return WebhookEvent(id_, kind, aggregate_id, sequence, at, SHAPES[kind].data_of(payload))


def envelope(event: WebhookEvent) -> dict[str, Any]:
    """The body that is sent, as JSON values: what a receiver gets is the same at each attempt."""
    return {
        "type": event.type.value,
        "timestamp": event.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "id": public_id(Word.WEBHOOK_EVENT, event.id),
        "subject": event.subject_id,
        "sequence": event.sequence,
        "data": event.data,
    }


def check_types(given: Sequence[WebhookEventType]) -> frozenset[WebhookEventType]:
    """The types that an endpoint may ask for: all but the test, which goes to whoever is tested."""
    return frozenset(given) - {WebhookEventType.TEST}
