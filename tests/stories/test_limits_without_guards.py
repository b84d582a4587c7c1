"""Negative controls of limited things: who looks first and writes afterwards is held by the database, or by nothing.

All look whether there is room, wait until everybody has looked, and write without asking again. With the constraint as
many get something as there is room for; without it all do. So a race that ends well ends so by the constraint. Where no
constraint can say it, the condition of the statement that writes does: with it one gets something, without it all do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from domain.stock_locations import MOST_LOCATIONS
from schema.ids import Kind, id_of, key_of
from tests.makers_carts import a_cart
from tests.makers_catalogue import a_variant, staff
from tests.makers_coupons import a_points_offer, a_template
from tests.makers_live import a_room, an_item, coins
from tests.makers_lotteries import a_lottery, nothing
from tests.makers_members import a_member
from tests.makers_plays import a_bargain, a_bargain_offer, placed
from tests.makers_promotions import SET_FLOOR, a_promotion, promotion_key, yuan
from tests.makers_value import a_tag_group, gift_card_codes
from tests.pond import Pond

CROWD, RACERS = 8, 64


@dataclass(frozen=True)
class Limit:
    """One unit of something: how the careless look for room, and write. Both statements take the keys.

    The careful add a condition to what they write, where no constraint holds them.
    """

    look: str
    write: str
    keys: tuple[Any, ...] = ()
    condition: str = ""


async def careless(pond: Pond, limit: Limit, condition: str = "") -> int:
    """How many of a crowd got something."""
    all_have_looked = asyncio.Barrier(CROWD)

    async def one() -> bool:
        ((has_room,),) = await pond.select(limit.look, *limit.keys)
        await all_have_looked.wait()
        if not has_room:
            return False
        try:
            return bool(await pond.select(f"{limit.write} {condition} RETURNING true", *limit.keys))
        except (asyncpg.CheckViolationError, asyncpg.UniqueViolationError):
            return False

    return sum(await asyncio.gather(*(one() for _ in range(CROWD))))


async def a_member_s(pond: Pond) -> Any:
    return (await a_member(pond)).member_id


async def of_a_promotion(pond: Pond) -> Limit:
    keys = promotion_key(await a_promotion(pond)), await a_member_s(pond)
    await pond.select("INSERT INTO promotion_use (promotion_id, member_id, uses, most) VALUES ($1, $2, 0, 1)", *keys)
    return Limit(
        "SELECT uses < most FROM promotion_use WHERE promotion_id = $1 AND member_id = $2",
        "UPDATE promotion_use SET uses = uses + 1 WHERE promotion_id = $1 AND member_id = $2",
        keys,
    )


async def of_a_lottery(pond: Pond) -> Limit:
    keys = (await a_lottery(pond, nothing(10_000))).id, await a_member_s(pond)
    await pond.select(
        "INSERT INTO lottery_use (lottery_id, member_id, source, reference, used, most)"
        " VALUES ($1, $2, 'FREE', '2026-11-22', 0, 1)",
        *keys,
    )
    return Limit(
        "SELECT used < most FROM lottery_use WHERE lottery_id = $1 AND member_id = $2",
        "UPDATE lottery_use SET used = used + 1 WHERE lottery_id = $1 AND member_id = $2",
        keys,
    )


async def of_a_shared_code(pond: Pond) -> Limit:
    template, code = await a_template(pond, total=1), uuid4().hex.upper()
    await pond.select(
        "INSERT INTO coupon_code (code, template_id, is_shared, created_at) VALUES ($1, $2, true, now())",
        code,
        template.id,
    )
    of_code = "WHERE id = (SELECT template_id FROM coupon_code WHERE code = $1)"
    return Limit(
        f"SELECT taken < total FROM coupon_template {of_code}",
        f"UPDATE coupon_template SET taken = taken + 1 {of_code}",
        (code,),
    )


async def of_a_points_offer(pond: Pond) -> Limit:
    keys = (await a_points_offer(pond, quota=50, per_person=1)).id, await a_member_s(pond)
    await pond.select("INSERT INTO activity_use (activity_id, member_id, quantity, most) VALUES ($1, $2, 0, 1)", *keys)
    return Limit(
        "SELECT quantity < most FROM activity_use WHERE activity_id = $1 AND member_id = $2",
        "UPDATE activity_use SET quantity = quantity + 1 WHERE activity_id = $1 AND member_id = $2",
        keys,
    )


async def of_a_live_product(pond: Pond) -> Limit:
    room, _ = await a_room(pond, None, await an_item(pond, stock=50, limit=1))
    ((product_id,),) = await pond.select("SELECT id FROM live_product WHERE live_room_id = $1", room.id)
    keys = product_id, await a_member_s(pond)
    await pond.select(
        "INSERT INTO live_purchase (live_product_id, member_id, quantity, most) VALUES ($1, $2, 0, 1)", *keys
    )
    return Limit(
        "SELECT quantity < most FROM live_purchase WHERE live_product_id = $1 AND member_id = $2",
        "UPDATE live_purchase SET quantity = quantity + 1 WHERE live_product_id = $1 AND member_id = $2",
        keys,
    )


async def of_an_exclusive_group(pond: Pond) -> Limit:
    tags = await a_tag_group(pond, "低消费", "高消费", exclusive=True)
    return Limit(
        "SELECT NOT EXISTS (SELECT FROM member_tag WHERE member_id = $1 AND exclusive_group_id = $2)",
        "INSERT INTO member_tag (id, member_id, tag_id, exclusive_group_id, source, tagged_at)"
        " SELECT gen_random_uuid(), $1, id, group_id, 'GUIDE', now() FROM tag WHERE group_id = $2 AND position = 0",
        (await a_member_s(pond), tags[0].group_id),
    )


async def of_floors(pond: Pond, free: int = 1) -> Limit:
    variant = await a_variant(pond)
    await pond.select(
        "INSERT INTO price_floor (id, variant_id, least, place)"
        " SELECT gen_random_uuid(), $1, 1, n FROM generate_series(0, $2 - 1) AS n",
        variant.id,
        20 - free,
    )
    return Limit(
        "SELECT count(*) < 20 FROM price_floor WHERE variant_id = $1",
        "INSERT INTO price_floor (id, variant_id, least, place) VALUES (gen_random_uuid(), $1, 1, 19)",
        (variant.id,),
    )


async def of_locations(pond: Pond, free: int = 1) -> Limit:
    await pond.select("DELETE FROM stock_location WHERE name = '仓'")
    await pond.select(
        "INSERT INTO stock_location (id, kind, name, priority, ships, picks_up, active, place)"
        " SELECT gen_random_uuid(), 'WAREHOUSE', '仓', 1, true, false, true, n FROM generate_series(1, $1 - 1) AS n",
        MOST_LOCATIONS - free,
    )
    return Limit(
        "SELECT count(*) < 1000 FROM stock_location",
        "INSERT INTO stock_location (id, kind, name, priority, ships, picks_up, active, place)"
        " VALUES (gen_random_uuid(), 'WAREHOUSE', '仓', 1, true, false, true, 999)",
    )


async def of_templates(pond: Pond, free: int = 1) -> Limit:
    await pond.select("DELETE FROM shipping_template")
    await pond.select(
        "INSERT INTO shipping_template (id, name, charging, zones, is_default, place)"
        " SELECT gen_random_uuid(), '快递', 'PIECE', '[]', false, n FROM generate_series(0, $1 - 1) AS n",
        200 - free,
    )
    return Limit(
        "SELECT count(*) < 200 FROM shipping_template",
        "INSERT INTO shipping_template (id, name, charging, zones, is_default, place)"
        " VALUES (gen_random_uuid(), '快递', 'PIECE', '[]', false, 199)",
    )


async def of_a_day(pond: Pond) -> Limit:
    keys = (await a_member_s(pond),)
    await pond.select(
        "INSERT INTO withdrawal_day (member_id, day, times, most, amount_minor, most_minor)"
        " VALUES ($1, '2026-11-22', 0, 1, 0, 10000)",
        *keys,
    )
    return Limit(
        "SELECT times < most FROM withdrawal_day WHERE member_id = $1",
        "UPDATE withdrawal_day SET times = times + 1 WHERE member_id = $1",
        keys,
    )


async def of_a_helper(pond: Pond) -> Limit:
    return Limit(
        "SELECT NOT EXISTS (SELECT FROM bargain_help WHERE bargain_id = $1 AND helper_id = $2)",
        # A transaction's number is nobody else's: the place is not what holds.
        "INSERT INTO bargain_help (bargain_id, helper_id, position, cut_minor, at)"
        " VALUES ($1, $2, pg_current_xact_id()::text::integer, 1, now())",
        ((await a_bargain(pond, await a_member(pond))).id, await a_member_s(pond)),
    )


async def an_order_and_a_bargain(pond: Pond) -> tuple[UUID, UUID]:
    """Of one member."""
    variant, mei = await a_variant(pond, stock=10), await a_member(pond)
    bargain = await a_bargain(pond, mei, await a_bargain_offer(pond, variant))
    return (await placed(pond, mei, variant.id)).id, bargain.id


async def of_an_order_s_bargain(pond: Pond) -> Limit:
    columns = (
        "offer_id, member_id, price_minor, first_minor, floor_minor, helpers, only_at_floor, started_at, expires_at"
    )
    return Limit(
        "SELECT NOT EXISTS (SELECT FROM bargain WHERE order_id = $1) AND $2::uuid IS NOT NULL",
        f"INSERT INTO bargain (id, state, order_id, {columns})"
        f" SELECT gen_random_uuid(), 'BOUGHT', $1, {columns} FROM bargain WHERE id = $2",
        await an_order_and_a_bargain(pond),
    )


async def of_a_line_that_leaves(pond: Pond) -> Limit:
    order = await placed(pond, await a_member(pond), (await a_variant(pond)).id)
    ((line_id,),) = await pond.select("SELECT id FROM order_line WHERE order_id = $1", order.id)
    await pond.select("INSERT INTO line_sent (line_id, sent, ordered) VALUES ($1, 0, 1)", line_id)
    return Limit(
        "SELECT sent < ordered FROM line_sent WHERE line_id = $1",
        "UPDATE line_sent SET sent = sent + 1 WHERE line_id = $1",
        (line_id,),
    )


async def of_a_notification(_: Pond) -> Limit:
    return Limit(
        "SELECT NOT EXISTS (SELECT FROM payment_notification WHERE provider = 'WECHAT_PAY' AND notification = $1)",
        "INSERT INTO payment_notification (provider, notification, at) VALUES ('WECHAT_PAY', $1, now())",
        (uuid4().hex,),
    )


async def of_a_booking(pond: Pond) -> Limit:
    await coins(pond, await a_member(pond), 1)
    return Limit(
        "SELECT NOT EXISTS (SELECT FROM ledger_posting WHERE business_key = $1)",
        "INSERT INTO ledger_posting (business_key, position, source, destination, unit, amount_minor, at)"
        " (SELECT $1, 0, source, destination, unit, 1, now() FROM ledger_posting LIMIT 1)",
        (f"payment:{uuid4().hex}",),
    )


async def of_a_line_of_a_cart(pond: Pond) -> Limit:
    return Limit(
        "SELECT NOT EXISTS (SELECT FROM cart_line WHERE cart_id = $1 AND variant_id = $2)",
        "INSERT INTO cart_line (id, cart_id, variant_id, quantity, selected, added_price_minor)"
        " VALUES (gen_random_uuid(), $1, $2, 1, true, 0)",
        (key_of(Kind.CART, (await a_cart(pond))["id"]), (await a_variant(pond)).id),
    )


GUARDS: list[tuple[Callable[[Pond], Awaitable[Limit]], str]] = [
    (of_a_promotion, "ALTER TABLE promotion_use DROP CONSTRAINT ck_promotion_use_uses_are_within_the_limit"),
    (of_a_lottery, "ALTER TABLE lottery_use DROP CONSTRAINT ck_lottery_use_used_is_within_most"),
    (
        of_a_shared_code,
        "ALTER TABLE coupon_template DROP CONSTRAINT ck_coupon_template_no_more_are_taken_than_there_are",
    ),
    (of_a_day, "ALTER TABLE withdrawal_day DROP CONSTRAINT ck_withdrawal_day_no_more_often_than_allowed"),
    (of_a_points_offer, "ALTER TABLE activity_use DROP CONSTRAINT ck_activity_use_quantity_is_within_the_limit"),
    (of_a_live_product, "ALTER TABLE live_purchase DROP CONSTRAINT ck_live_purchase_quantity_is_within_the_limit"),
    (of_an_exclusive_group, "DROP INDEX uq_member_tag_exclusive, uq_member_tag_open"),
    (of_floors, "ALTER TABLE price_floor DROP CONSTRAINT uq_price_floor_variant_id_place"),
    (of_locations, "ALTER TABLE stock_location DROP CONSTRAINT uq_stock_location_place"),
    (of_templates, "ALTER TABLE shipping_template DROP CONSTRAINT uq_shipping_template_place"),
    (of_a_helper, "ALTER TABLE bargain_help DROP CONSTRAINT pk_bargain_help"),
    (of_an_order_s_bargain, "ALTER TABLE bargain DROP CONSTRAINT uq_bargain_order_id"),
    (of_a_line_that_leaves, "ALTER TABLE line_sent DROP CONSTRAINT ck_line_sent_no_more_is_sent_than_was_ordered"),
    (of_a_notification, "ALTER TABLE payment_notification DROP CONSTRAINT pk_payment_notification"),
    (of_a_booking, "ALTER TABLE ledger_posting DROP CONSTRAINT uq_ledger_posting_business_key_position"),
    (of_a_line_of_a_cart, "ALTER TABLE cart_line DROP CONSTRAINT uq_cart_line_cart_id_variant_id_add_on_of"),
]


@pytest.mark.parametrize(("one_is_left", "without"), GUARDS, ids=lambda it: getattr(it, "__name__", ""))
async def test_the_careless_are_held_by_the_database_alone(
    pond: Pond, one_is_left: Callable[[Pond], Awaitable[Limit]], without: str
) -> None:
    held = await careless(pond, await one_is_left(pond))
    another = await one_is_left(pond)
    await pond.select(without)
    loose = await careless(pond, another)

    assert (held, loose) == (1, CROWD)


async def of_a_card(pond: Pond) -> Limit:
    await gift_card_codes(pond)
    return Limit(
        "SELECT member_id IS NULL FROM gift_card WHERE id = $1",
        "UPDATE gift_card SET member_id = (SELECT id FROM member LIMIT 1), bound_at = now() WHERE id = $1",
        ((await pond.select("SELECT id FROM gift_card WHERE member_id IS NULL"))[0]["id"],),
        "AND member_id IS NULL",
    )


async def of_a_code_for_one(pond: Pond) -> Limit:
    template, code = await a_template(pond), uuid4().hex.upper()
    await pond.select(
        "INSERT INTO coupon_code (code, template_id, is_shared, created_at) VALUES ($1, $2, false, now())",
        code,
        template.id,
    )
    return Limit(
        "SELECT redeemed_by IS NULL FROM coupon_code WHERE code = $1",
        "UPDATE coupon_code SET redeemed_by = (SELECT id FROM member LIMIT 1), redeemed_at = now() WHERE code = $1",
        (code,),
        "AND redeemed_by IS NULL",
    )


async def of_a_bargain_s_order(pond: Pond) -> Limit:
    return Limit(
        "SELECT state = 'OPEN' AND $1::uuid IS NOT NULL FROM bargain WHERE id = $2",
        "UPDATE bargain SET state = 'ORDERED', order_id = $1, version = version + 1 WHERE id = $2",
        await an_order_and_a_bargain(pond),
        "AND state = 'OPEN'",
    )


@pytest.mark.parametrize("one_is_left", [of_a_card, of_a_code_for_one, of_a_bargain_s_order])
async def test_the_careless_are_held_by_the_condition_of_what_they_write_alone(
    pond: Pond, one_is_left: Callable[[Pond], Awaitable[Limit]]
) -> None:
    held = await one_is_left(pond)

    assert await careless(pond, held, held.condition) == 1
    assert await careless(pond, await one_is_left(pond)) == CROWD


LOCATION = """mutation ($input: StockLocationSaveInput!) { stockLocationSave(input: $input) {
  userErrors { code path message } } }"""
TEMPLATE = """mutation ($input: ShippingTemplateSaveInput!) { shippingTemplateSave(input: $input) {
  userErrors { code path message } } }"""


async def test_64_who_want_one_of_7_free_places_get_those_7(pond: Pond) -> None:
    """Floors of a variant, places that hold stock, shipping templates: at two processes."""
    (variant_id,) = (await of_floors(pond, free=7)).keys
    await of_locations(pond, free=7)
    await of_templates(pond, free=7)
    floor = {"variantId": id_of(Kind.VARIANT, variant_id), "least": yuan(1)}
    warehouse = {"kind": "WAREHOUSE", "name": "仓"}
    express = {"name": "快递", "charging": "PIECE", "isDefault": False, "zones": [{"firstFee": yuan(8_00)}]}
    processes = [pond, Pond(pond.database)]

    for document, wanted in ((SET_FLOOR, floor), (LOCATION, warehouse), (TEMPLATE, express)):
        answers = await asyncio.gather(
            *(processes[i % 2].refused(document, staff(), input=wanted) for i in range(RACERS))
        )

        refusals = [error["code"] for errors in answers for error in errors]
        assert refusals == ["BAD_USER_INPUT"] * (RACERS - 7)
