"""Short ways to have stores settle, and to look at their bills."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import resolvers.shipments
from domain.catalogue import Variant
from domain.coupon_templates import Validity, Worth
from domain.identity import Principal, Role
from domain.money import Money
from domain.promotions.coupons import CouponKind
from domain.stores import Ownership
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_commissions import a_rate
from tests.makers_coupons import a_coupon
from tests.makers_guides import a_guide, bound
from tests.makers_members import a_member, a_store, staff
from tests.makers_payments import begun, confirm
from tests.pond import Pond

_BILL = """bill { id number state version amount { minor } flowCount firstDay lastDay reference
  totals { kind amount { minor } flows } } userErrors { code path } """
SAVE_PROFILE = """mutation ($input: SettlementProfileSaveInput!) { settlementProfileSave(input: $input) {
  profile { version mode platformFeeBp commissionBearer couponBearer cutOff days } userErrors { code path } } }"""
MAKE = f"mutation ($input: SettlementBillMakeInput!) {{ settlementBillMake(input: $input) {{ {_BILL} }} }}"
ISSUE = f"mutation ($input: SettlementBillMoveInput!) {{ settlementBillIssue(input: $input) {{ {_BILL} }} }}"
CHECK = f"mutation ($input: SettlementBillMoveInput!) {{ settlementBillCheck(input: $input) {{ {_BILL} }} }}"
DISPUTE = f"mutation ($input: SettlementBillDisputeInput!) {{ settlementBillDispute(input: $input) {{ {_BILL} }} }}"
ADJUST = (
    f"mutation ($input: SettlementBillAdjustInput!) {{ settlementBillAdjust(input: $input) {{ {_BILL} replayed }} }}"
)
PAY_BILL = f"mutation ($input: SettlementBillPayInput!) {{ settlementBillPay(input: $input) {{ {_BILL} replayed }} }}"
PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { id lines { id } } userErrors { code message path } } }"""


@dataclass(frozen=True)
class Dealer:
    """A store that settles, its manager and its guide, a customer of the guide, and what they buy."""

    store_id: UUID
    manager: Principal
    guide: Principal
    customer: Principal
    variant: Variant


async def a_profile(pond: Pond, store_id: UUID, by: Principal | None = None, **other: Any) -> Any:
    """The answer to `settlementProfileSave`."""
    wanted = {
        "storeId": id_of(Kind.STORE, store_id),
        "mode": "HQ_COLLECT",
        "cycle": "MONTHLY",
        "platformFeeBp": 200,
        "commissionBearer": "STORE",
        "couponBearer": "HQ",
        "cutOff": "EVENT",
        **other,
    }
    return (await pond.ask(SAVE_PROFILE, by or await staff(pond, Role.FINANCE), input=wanted))["settlementProfileSave"]


async def a_dealer(
    pond: Pond, name: str = "静安加盟店", *, fen: int = 412_00, settles: bool = True, **other: Any
) -> Dealer:
    """A dealer's store that settles by the day of the event, at commissions of 6 % for what it sells."""
    store_id = await a_store(pond, name, ownership=Ownership.DEALER, **other.pop("unit", {}))
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=store_id)
    guide, customer = await a_guide(pond, store_id=store_id), await a_member(pond, "Hua")
    await bound(pond, customer, guide)
    variant = await a_variant(pond, price=Money(fen), stock=100)
    await a_rate(pond, scope="PRODUCT", targetId=id_of(Kind.PRODUCT, variant.product_id), rateBp=600)
    if settles:
        await a_profile(pond, store_id, **other)
    return Dealer(store_id, manager, guide, customer, variant)


async def sold(pond: Pond, dealer: Dealer, quantity: int = 25, coupon_fen: int = 300_00) -> tuple[str, str]:
    """A paid order of a dealer's customer, and its one line; with a coupon over so much, if any."""
    wanted: dict[str, Any] = {
        "lines": [{"variantId": id_of(Kind.VARIANT, dealer.variant.id), "quantity": quantity}],
        "idempotencyKey": uuid4().hex,
    }
    if coupon_fen:
        valid = Validity(ends_at=pond.time + timedelta(days=30))
        coupon = await a_coupon(pond, dealer.customer, worth=Worth(CouponKind.FIXED, coupon_fen), validity=valid)
        wanted["couponIds"] = [id_of(Kind.COUPON, coupon.id)]
    placed = (await pond.ask(PLACE, dealer.customer, input=wanted))["orderPlace"]
    assert placed["userErrors"] == [], placed
    order_id = placed["order"]["id"]
    await confirm(pond, await begun(pond, dealer.customer, order_id))
    return order_id, placed["order"]["lines"][0]["id"]


async def completed(pond: Pond) -> None:
    """Let the job be done with all orders whose time for after-sales is over."""
    while await resolvers.shipments.complete(pond.context()):
        pass


async def billed(pond: Pond, store_id: UUID, first_day: str, last_day: str, by: Principal | None = None) -> Any:
    """The answer to `settlementBillMake`."""
    wanted = {"storeId": id_of(Kind.STORE, store_id), "firstDay": first_day, "lastDay": last_day}
    return (await pond.ask(MAKE, by or await staff(pond, Role.FINANCE), input=wanted))["settlementBillMake"]


async def moved(pond: Pond, document: str, by: Principal, bill: Any, **other: Any) -> Any:
    """The answer to one of the mutations that move a bill."""
    (answer,) = (await pond.ask(document, by, input={"billId": bill["id"], **other})).values()
    return answer


def totals(bill: Any) -> dict[str, int]:
    """What a bill says that its flows add up to, in fen."""
    return {one["kind"]: one["amount"]["minor"] for one in bill["totals"]}
