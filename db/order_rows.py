"""Orders as rows: their columns, and how an order is made of a row and a row of an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from db.connection import Row
from db.order_tables import order, order_line
from domain.money import CNY, Money
from domain.orders import (
    CancelReason,
    Delivery,
    LineKind,
    Order,
    OrderHold,
    OrderLine,
    OrderState,
    PriceStep,
    ShippingAddress,
)
from domain.payloads import plain, reader_of
from domain.records import names_of

ORDER_COLUMNS = (
    order.c.id,
    order.c.number,
    order.c.member_id,
    order.c.state,
    order.c.goods_minor,
    order.c.shipping_minor,
    order.c.total_minor,
    order.c.currency,
    order.c.points_used,
    order.c.priced,
    order.c.delivery,
    order.c.pick_up_store_id,
    order.c.address,
    order.c.note,
    order.c.live_room_id,
    order.c.store_id,
    order.c.guide_id,
    order.c.placed_at,
    order.c.pay_before,
    order.c.paid_at,
    order.c.cancelled_at,
    order.c.cancel_reason,
    order.c.hold,
    order.c.refunded_minor,
    order.c.asked_minor,
    order.c.paid_minor,
    order.c.shipped_at,
    order.c.received_at,
    order.c.completed_at,
    order.c.version,
    order.c.unpaid_place,
)


_STEPS = reader_of(tuple[PriceStep, ...])
_KEYS = reader_of(tuple[UUID, ...])


def line_from(row: Row) -> OrderLine:
    priced, currency = row["priced"], CNY
    return OrderLine(
        row["id"],
        row["variant_id"],
        row["product_id"],
        row["live_product_id"],
        row["name"],
        row["variant_name"],
        row["sku"],
        row["picture_url"],
        Money(row["unit_price_minor"], currency),
        row["quantity"],
        Money(row["list_price_minor"], currency),
        Money(row["payable_minor"], currency),
        tuple(priced["unit_paid"]),
        tuple(priced.get("unit_points", ())),
        LineKind(row["kind"]),
        _STEPS(priced.get("steps", ())),
        row["activity_kind"],
        row["activity_id"],
        row["promotion_id"],
        row["tax_bp"],
    )


def order_from(row: Row, lines: Sequence[OrderLine]) -> Order:
    address, reason, hold = row["address"], row["cancel_reason"], row["hold"]
    priced, currency = row["priced"], row["currency"]
    return Order(
        row["id"],
        row["number"],
        row["member_id"],
        OrderState(row["state"]),
        Money(row["total_minor"], currency),
        lines,
        None if address is None else ShippingAddress(**address),
        row["note"],
        row["live_room_id"],
        row["store_id"],
        row["guide_id"],
        row["placed_at"],
        row["pay_before"],
        row["paid_at"],
        row["cancelled_at"],
        None if reason is None else CancelReason(reason),
        row["version"],
        Money(row["goods_minor"], currency),
        Money(row["shipping_minor"], currency),
        Delivery(row["delivery"]),
        row["pick_up_store_id"],
        row["points_used"],
        _KEYS(priced.get("coupon_ids", ())),
        _KEYS(priced.get("promotion_ids", ())),
        _STEPS(priced.get("steps", ())),
        None if hold is None else OrderHold(hold),
        Money(row["refunded_minor"], currency),
        Money(row["asked_minor"], currency),
        Money(row["paid_minor"], currency),
        row["shipped_at"],
        row["received_at"],
        row["completed_at"],
        row["unpaid_place"],
    )


LINE_COLUMNS = tuple(order_line.c)


def line_values(order_id: UUID, position: int, line: OrderLine) -> dict[str, Any]:
    """A line as a row."""
    priced: dict[str, Any] = {"unit_paid": line.unit_paid}
    if line.unit_points:
        priced["unit_points"] = line.unit_points
    if line.steps:
        priced["steps"] = plain(line.steps)
    return {
        "order_id": order_id,
        "id": line.id,
        "position": position,
        "variant_id": line.variant_id,
        "product_id": line.product_id,
        "live_product_id": line.live_product_id,
        "name": line.name,
        "variant_name": line.variant_name,
        "sku": line.sku,
        "picture_url": line.picture_url,
        "list_price_minor": line.list_price.minor,
        "unit_price_minor": line.unit_price.minor,
        "quantity": line.quantity,
        "payable_minor": line.payable.minor,
        "priced": priced,
        "kind": line.kind.value,
        "activity_kind": line.activity_kind,
        "activity_id": line.activity_id,
        "promotion_id": line.promotion_id,
        "tax_bp": line.tax_bp,
    }


def order_values(new: Order) -> dict[str, Any]:
    """An order as a row, without its lines."""
    address = new.address
    return {
        "id": new.id,
        "number": new.number,
        "member_id": new.member_id,
        "goods_minor": new.goods.minor,
        "shipping_minor": new.shipping.minor,
        "total_minor": new.total.minor,
        "currency": new.total.currency,
        "points_used": new.points_used,
        "priced": _priced(new),
        "delivery": new.delivery.value,
        "pick_up_store_id": new.pick_up_store_id,
        "address": None if address is None else {name: getattr(address, name) for name in names_of(address)},
        "note": new.note,
        "live_room_id": new.live_room_id,
        "store_id": new.store_id,
        "guide_id": new.guide_id,
        "placed_at": new.placed_at,
        "pay_before": new.pay_before,
        **mutable(new),
    }


def _priced(new: Order) -> dict[str, Any]:
    parts = {"coupon_ids": new.coupon_ids, "promotion_ids": new.promotion_ids, "steps": new.steps}
    return {name: plain(part) for name, part in parts.items() if part}


def mutable(one: Order) -> dict[str, Any]:
    """What changes in the life of an order."""
    return {
        "state": one.state.value,
        "paid_at": one.paid_at,
        "cancelled_at": one.cancelled_at,
        "cancel_reason": one.cancel_reason.value if one.cancel_reason else None,
        "hold": one.hold.value if one.hold else None,
        "refunded_minor": one.refunded.minor,
        "asked_minor": one.asked.minor,
        "paid_minor": one.paid.minor,
        "shipped_at": one.shipped_at,
        "received_at": one.received_at,
        "completed_at": one.completed_at,
        "unpaid_place": one.unpaid_place,
        "version": one.version,
    }
