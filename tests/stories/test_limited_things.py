"""Everything that runs out: each has a constraint in the database and a race that gives as many as there are.

The registry of reliability P18: whoever adds something limited adds a line, which names both. What orders take is raced
here once more, all by one rule: 64 want a unit, and exactly as many get one as there are.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from domain.coupon_templates import Validity, Worth
from domain.identity import Principal
from domain.money import Money
from domain.promotions.coupons import CouponKind
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_coupons import TAKE, a_template
from tests.makers_live import a_room, an_item
from tests.makers_members import a_member
from tests.makers_plays import a_seckill
from tests.makers_promotions import OFF_20, PLACE, a_promotion, line
from tests.makers_stock import nothing_is_lost
from tests.pond import Pond

CROWD, UNITS = 64, 7
GUARDS = "stories/test_limits_without_guards.py"
HERE = "stories/test_limited_things.py"
TESTS = Path(__file__).parents[1]
CONSTRAINTS = """SELECT conrelid::regclass::text AS name, pg_get_constraintdef(oid) AS rule FROM pg_constraint
  WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT indrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE indisunique"""


@dataclass(frozen=True)
class Limited:
    """Something of which there is only so much: what the database says of it, and where it is raced."""

    what: str
    table: str
    rule: str
    raced: str


REGISTRY = [
    Limited("units of a variant", "stock_level", "sellable >= 0", f"{HERE}::64_who_want"),
    Limited("all units together", "stock_level", "received = (((sellable", "schema/test_stock_races.py::64_buyers"),
    Limited("units on a shelf", "live_product", "remaining >= 0", f"{HERE}::64_who_want"),
    Limited("units of a flash sale", "seckill", "remaining >= 0", f"{HERE}::64_who_want"),
    Limited("an activity, per member", "activity_use", "quantity <= most", "schema/test_seckills.py::64_attempts"),
    Limited("seats of a group", "group_seat", "UNIQUE (group_id, number)", "schema/test_groups.py::64_who_join"),
    Limited("one seat of a member", "group_seat", "(group_id, member_id) WHERE", "schema/test_groups.py::64_groups"),
    Limited("cuts of a bargain", "bargain", "helped <= helpers", "schema/test_bargains.py::64_who_help"),
    Limited("one cut of a helper", "bargain_help", "PRIMARY KEY (bargain_id, helper_id)",
            "schema/test_bargains.py::64_helps_of_one"),
    Limited("a bargain's order", "bargain", "UNIQUE (order_id)", "schema/test_bargains.py::64_orders"),
    Limited("coupons of a kind", "coupon_template", "taken <= total", "schema/test_coupons.py::the_last_one"),
    Limited("coupons of a person", "coupon", "UNIQUE (template_id, member_id, seq)",
            "schema/test_coupons.py::one_member_with_sixty_four"),
    Limited("a coupon's order", "coupon", "PRIMARY KEY", "schema/test_coupon_orders.py::of_64_orders"),
    Limited("a code for one", "coupon_code", "redeemed_by IS NULL", "schema/test_coupons.py::sixty_four_who_type_a_code"),
    Limited("a code for all", "coupon_template", "taken <= total", "schema/test_coupons.py::sixty_four_who_know_one_code"),
    Limited("uses of a promotion", "promotion", "used <= most_uses", "schema/test_promotion_uses.py::only_so_many"),
    Limited("a promotion's budget", "promotion", "spent_minor <= budget_minor",
            "schema/test_promotion_uses.py::a_crowd_spends_no_more"),
    Limited("uses of a member", "promotion_use", "uses <= most", "schema/test_promotion_uses.py::one_member_at_many"),
    Limited("a first order of a member", "newcomer_use", "PRIMARY KEY (member_id)",
            "schema/test_promotion_uses.py::a_first_order_is_had_once"),
    Limited("a first order of a person", "newcomer_trace", "PRIMARY KEY (trace)",
            "schema/test_newcomers.py::of_sixty_four_orders_of_a_person"),
    Limited("a campaign's budget", "campaign", "spent_minor <= budget_minor", "schema/test_campaigns.py::all_promotions_of_a"),
    Limited("points", "points_account", "available >= 0", "schema/test_points.py::sixty_four_who_spend"),
    Limited("points of a batch", "points_batch", "remaining >= 0", "schema/test_points.py::orders_at_once"),
    Limited("a points offer", "points_offer", "taken <= quota", "schema/test_points_offers.py::three_of_an_offer"),
    Limited("wallets, cards, balances", "ledger_account", "balance_minor >= 0",
            "schema/test_gift_cards.py::sixty_four_payments"),
    Limited("a booking", "ledger_posting", "UNIQUE (business_key", "schema/test_ledger.py::64_who_hear"),
    Limited("a gift card", "gift_card", "UNIQUE (code_hash)", "schema/test_gift_cards.py::sixty_four_who_type"),
    Limited("stored money", "ledger_account", "balance_minor >= 0", "schema/test_balances.py::sixty_four_orders"),
    Limited("what a guide owns", "ledger_account", "balance_minor >= 0", "schema/test_withdrawals.py::take_out_all_there_is"),
    Limited("withdrawals of a day", "withdrawal_day", "times <= most", "schema/test_withdrawals.py::64_on_one_day"),
    Limited("money of a day", "withdrawal_day", "amount_minor <= most_minor", "schema/test_withdrawals.py::64_on_one_day"),
    Limited("a transfer", "withdrawal", "UNIQUE INDEX uq_withdrawal_reference", "schema/test_withdrawals.py::64_times_at_once"),
    Limited("a prize of a lottery", "lottery_prize", "<= stock", "schema/test_lotteries.py::five_of_a_prize"),
    Limited("incentives of a hook", "hook", "given <= most_given", "schema/test_channels.py::64_persons"),
    Limited("one incentive of a person", "hook_gift", "PRIMARY KEY (hook_id, trace)", "schema/test_channels.py::64_scans"),
    Limited("chances of a member", "lottery_use", "used <= most", "schema/test_lotteries.py::one_member_with_sixty"),
    Limited("a prize of a draw", "draw_win", 'UNIQUE (draw_id, "position")', "schema/test_draws.py::64_workers"),
    Limited("one win of a member", "draw_win", "UNIQUE (draw_id, member_id)", "schema/test_draws.py::64_workers"),
    Limited("red packets", "red_packet", "grabbed <= count", "schema/test_red_packets.py::sixty_four_grab"),
    Limited("one packet of a member", "red_packet_share", "(red_packet_id, member_id)",
            "schema/test_red_packets.py::one_member_with_sixty"),
    Limited("a trial membership", "membership_trial", "PRIMARY KEY (trace)", "schema/test_memberships.py::sixty_four"),
    Limited("a membership card", "membership_card", "activated_at IS NULL", "schema/test_memberships.py::activate_one"),
    Limited("the money of an order", "order", "asked_minor <= total_minor", "schema/test_payments.py::parts_that_are"),
    Limited("what was paid", "order", "refunded_minor <= total_minor", "schema/test_refunds.py::whoever"),
    Limited("a payment's refunds", "payment", "refunded_minor <= amount_minor", "schema/test_refunds.py::whoever"),
    Limited("a unit's refund", "order_refund_unit", "PRIMARY KEY (order_line_id, unit)",
            "schema/test_refunds.py::whoever_of_64"),
    Limited("a unit's after-sale", "after_sale_unit", "(order_line_id, unit) WHERE is_claimed",
            "schema/test_after_sales.py::one_unit_is_claimed"),
    Limited("units of a package", "line_sent", "sent <= ordered", "acceptance/test_c27_fulfilment.py::64_packages"),
    Limited("a cart's order", "cart", "UNIQUE (order_id)", "schema/test_carts.py::completed_64_times"),
    Limited("a line of a cart", "cart_line", "(cart_id, variant_id, add_on_of)", "schema/test_carts.py::put_in_64_times"),
    Limited("a request", "idempotency_key", "PRIMARY KEY (owner, key)", "schema/test_orders.py::one_key_sent"),
    Limited("a notification", "payment_notification", "PRIMARY KEY", "schema/test_payments.py::a_hundred"),
    Limited("unpaid orders", "order", "(member_id, unpaid_place) WHERE", "acceptance/test_g_orders.py::64_at_once"),
    Limited("a live product, per member", "live_purchase", "quantity <= most", "schema/test_live.py::a_limit_per_member"),
    Limited("what others get of a payment", "profit_sharing", "shared_minor", "schema/test_profit_sharing.py::64_who_share"),
    Limited("a part that comes back", "profit_share_part", "returned_minor", "schema/test_profit_sharing.py::of_64_workers"),
    Limited("floors of a variant", "price_floor", "UNIQUE (variant_id, place)", f"{GUARDS}::64_who_want"),
    Limited("places that hold stock", "stock_location", "UNIQUE (place)", f"{GUARDS}::64_who_want"),
    Limited("shipping templates", "shipping_template", "UNIQUE (place)", f"{GUARDS}::64_who_want"),
    Limited("a round of a task", "guide_task", "UNIQUE (series_id, round)", "schema/test_tasks.py::a_task_that_recurs"),
    Limited("a task of a guide", "task_assignment", "UNIQUE (task_id, guide_id)", "schema/test_tasks.py::is_given_once"),
    Limited("a member's guide", "binding", "(member_id) WHERE (ended_at IS NULL)", "resolvers/test_bindings.py::once"),
    Limited("a member's guide then", "binding", "tstzrange(bound_at, ended_at)", "schema/test_handovers.py::not_handed_over_twice"),
]  # fmt: skip


async def test_everything_that_runs_out_is_limited_by_the_database_itself(pond: Pond) -> None:
    known = [(row["name"].strip('"'), row["rule"]) for row in await pond.select(CONSTRAINTS)]

    missing = [one.what for one in REGISTRY if not any(t == one.table and one.rule in rule for t, rule in known)]

    assert missing == []


@pytest.mark.parametrize("one", REGISTRY, ids=lambda one: str(one.what))
def test_everything_that_runs_out_is_raced(one: Limited) -> None:
    file, name = one.raced.split("::")

    assert re.search(rf"async def test_\w*{name}", (TESTS / file).read_text(encoding="utf-8"))


Buy = Callable[[Pond, Principal], Awaitable[bool]]


async def orders(pond: Pond, who: Principal, *lines: dict[str, Any], **more: Any) -> Any:
    wanted = {"lines": list(lines), "idempotencyKey": uuid4().hex, **more}
    return (await pond.ask(PLACE, who, input=wanted))["orderPlace"]["order"]


async def of_stock(pond: Pond) -> Buy:
    tea = await a_variant(pond, stock=UNITS)
    return lambda at, who: _placed(at, who, line(tea))


async def of_a_shelf(pond: Pond) -> Buy:
    item = await an_item(pond, stock=UNITS)
    room, _ = await a_room(pond, None, item)
    wanted = {"variantId": id_of(Kind.VARIANT, item.variant_id), "quantity": 1}
    return lambda at, who: _placed(at, who, wanted, liveRoomId=id_of(Kind.LIVE_ROOM, room.id))


async def of_a_flash_sale(pond: Pond) -> Buy:
    tea = await a_variant(pond, stock=CROWD)
    play = {"kind": "SECKILL", "id": id_of(Kind.SECKILL, (await a_seckill(pond, tea, stock=UNITS)).id)}
    return lambda at, who: _placed(at, who, line(tea), play=play)


async def of_a_promotion(pond: Pond) -> Buy:
    tea = await a_variant(pond, price=Money(100_00), stock=CROWD)
    await a_promotion(pond, OFF_20, limits={"uses": UNITS})

    async def buys(at: Pond, who: Principal) -> bool:
        order = await orders(at, who, line(tea))
        return order is not None and order["total"]["minor"] == 80_00

    return buys


async def of_coupons(pond: Pond) -> Buy:
    ten_off = Worth(CouponKind.FIXED, 10_00)
    template = await a_template(pond, worth=ten_off, validity=Validity(days=30), total=UNITS)

    async def takes(at: Pond, who: Principal) -> bool:
        wanted = {"couponTemplateId": id_of(Kind.COUPON_TEMPLATE, template.id), "idempotencyKey": uuid4().hex}
        return (await at.ask(TAKE, who, input=wanted))["couponTake"]["coupon"] is not None

    return takes


async def _placed(pond: Pond, who: Principal, wanted: dict[str, Any], **more: Any) -> bool:
    return await orders(pond, who, wanted, **more) is not None


@pytest.mark.parametrize("units", [of_stock, of_a_shelf, of_a_flash_sale, of_a_promotion, of_coupons])
async def test_64_who_want_one_of_7_get_7(pond: Pond, units: Callable[[Pond], Awaitable[Buy]]) -> None:
    """At two processes: each has a desk of its own."""
    buy, people = await units(pond), [await a_member(pond) for _ in range(CROWD)]
    processes = [pond, Pond(pond.database)]

    got = await asyncio.gather(*(buy(processes[i % 2], who) for i, who in enumerate(people)))

    assert sum(got) == UNITS
    assert await nothing_is_lost(pond)
