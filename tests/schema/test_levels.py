"""Levels: growth comes of goods that were received, and goes with refunds; the ladder is the operators'."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import resolvers.levels
from domain.identity import Principal, Role
from domain.money import Money
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_members import a_member, staff
from tests.makers_promotions import a_floor
from tests.makers_stock import a_template
from tests.makers_value import a_ladder, key_in, order_of, pay, received, refunded
from tests.pond import Pond, statements
from tests.schema.test_order_edits import an_address
from tests.schema.test_orders import line, paid

MINE = "query { me { level { growth level { name } nextLevel { name } missing heldUntil } } }"
LADDER = "query { memberLevels { id rank name growthThreshold discountBp } }"
SAVE = """mutation ($input: MemberLevelsSaveInput!) { memberLevelsSave(input: $input) {
  levels { id rank name } userErrors { code path } } }"""
PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id goods: total { minor } }
  userErrors { code } } }"""


async def level_of(pond: Pond, member: Principal) -> Any:
    return (await pond.ask(MINE, member))["me"]["level"]


async def bought(pond: Pond, member: Principal, price: int, quantity: int = 1) -> Any:
    variant = await a_variant(pond, price=Money(price))
    lines = [{"variantId": id_of(Kind.VARIANT, variant.id), "quantity": quantity}]
    placed = (await pond.ask(PLACE, member, input={"lines": lines, "idempotencyKey": uuid4().hex}))["orderPlace"]
    order_id = key_in(placed["order"]["id"])
    await pay(pond, member, order_id)
    return order_id


async def test_received_goods_raise_a_level_at_once_and_its_price_counts(pond: Pond) -> None:
    member = await a_member(pond)
    await a_ladder(pond, (100, 9_500), (1_000, 9_000))

    before = await level_of(pond, member)
    order_id = await bought(pond, member, 150_99)
    await received(pond, order_id)
    after = await level_of(pond, member)
    dear = await bought(pond, member, 100_00)

    assert (before["level"], before["missing"]) == (None, 100)
    assert (after["growth"], after["level"]["name"], after["missing"]) == (150, "V0", 850)
    assert after["heldUntil"].startswith("2027-11-22")
    assert (await order_of(pond, dear)).total == Money(95_00)


async def test_a_refund_takes_growth_and_the_anniversary_takes_the_level(pond: Pond) -> None:
    member = await a_member(pond)
    await a_ladder(pond, (100, 9_500))
    order_id = await bought(pond, member, 60_00, 2)
    await received(pond, order_id)
    line = (await order_of(pond, order_id)).lines[0].id

    await refunded(pond, order_id, {line: 1})
    held = await level_of(pond, member)
    pond.later(days=365)
    done = await asyncio.gather(*(resolvers.levels.keep_anniversaries(pond.context()) for _ in range(4)))
    after = await level_of(pond, member)

    assert (held["growth"], held["level"]["name"]) == (60, "V0")
    assert sum(done) == 1
    assert (after["level"], after["missing"]) == (None, 40)
    facts = await pond.select("SELECT payload FROM outbox WHERE kind = 'LevelAnniversary'")
    assert facts[0]["payload"]["level"] is None


async def test_shipping_that_went_back_takes_neither_growth_nor_points(pond: Pond) -> None:
    member = await a_member(pond)
    await a_template(pond, fee=8_00)
    tea = await a_variant(pond, price=Money(100_00))
    order_id = key_in(await paid(pond, member, line(tea, 3), addressId=await an_address(pond, member)))
    bought = (await order_of(pond, order_id)).lines[0].id

    await refunded(pond, order_id, shipping=True)
    await received(pond, order_id)
    whole = await earned_by(pond, order_id)
    await refunded(pond, order_id, {bought: 1})

    assert (whole, await earned_by(pond, order_id)) == ((300, 300), (200, 200))


async def earned_by(pond: Pond, order_id: UUID) -> tuple[int, int]:
    """The growth and the points that an order brought."""
    growth = await pond.select("SELECT coalesce(sum(growth), 0) FROM growth_entry WHERE order_id = $1", order_id)
    points = await pond.select("SELECT coalesce(sum(points), 0) FROM points_entry WHERE order_id = $1", order_id)
    return int(growth[0][0]), int(points[0][0])


async def test_growth_and_its_ledger_agree_after_any_refunds(pond: Pond) -> None:
    member = await a_member(pond)
    order_id = await bought(pond, member, 33_33, 3)
    await received(pond, order_id)
    line = (await order_of(pond, order_id)).lines[0].id

    left = []
    for _ in range(3):
        pond.later(minutes=2)
        await refunded(pond, order_id, {line: 1})
        left.append((await level_of(pond, member))["growth"])

    assert left == [66, 33, 0]
    ((total,),) = await pond.select("SELECT sum(growth) FROM growth_entry")
    assert total == 0


async def test_the_ladder_is_saved_as_a_whole_and_levels_keep_their_ids(pond: Pond) -> None:
    operator = await staff(pond, Role.OPERATOR)
    low, high = await a_ladder(pond, (100, 9_500), (1_000, 9_000))
    assert operator.member_id is not None
    wanted = [
        {"name": "新芽", "growthThreshold": 0},
        {"name": "茶友", "growthThreshold": 1_000, "levelId": id_of(Kind.MEMBER_LEVEL, low.id)},
        {"name": "茶王", "growthThreshold": 1_001, "levelId": id_of(Kind.MEMBER_LEVEL, high.id)},
    ]

    saved = (await pond.ask(SAVE, operator, input={"levels": wanted}))["memberLevelsSave"]
    refused = await pond.refused(SAVE, operator, input={"levels": wanted[::-1]})
    unknown = await pond.refused(
        SAVE, operator, input={"levels": [{**wanted[0], "levelId": id_of(Kind.MEMBER_LEVEL, operator.member_id)}]}
    )

    assert [one["id"] for one in saved["levels"]][1:] == [id_of(Kind.MEMBER_LEVEL, one.id) for one in (low, high)]
    assert refused == [{"code": "BAD_USER_INPUT", "path": ["input", "levels", "1", "growthThreshold"]}]
    assert unknown == [{"code": "NOT_FOUND", "path": ["input", "levels", "0", "levelId"]}]
    shown = (await pond.ask(LADDER))["memberLevels"]
    assert [(one["rank"], one["name"], one["growthThreshold"]) for one in shown] == [
        (1, "新芽", 0),
        (2, "茶友", 1_000),
        (3, "茶王", 1_001),
    ]


async def test_no_level_pays_less_than_a_floor(pond: Pond) -> None:
    operator, variant = await staff(pond, Role.OPERATOR), await a_variant(pond, price=Money(100_00))
    await a_floor(pond, id_of(Kind.VARIANT, variant.id), 95_00)
    rung = {"name": "茶友", "growthThreshold": 0, "discountBp": 9_500}
    lower = {"name": "茶王", "growthThreshold": 1, "discountBp": 9_499}

    refused = await pond.refused(SAVE, operator, input={"levels": [rung, lower]})
    saved = (await pond.ask(SAVE, operator, input={"levels": [rung]}))["memberLevelsSave"]

    assert refused == [
        {"code": "PRICE_BELOW_FLOOR", "path": ["input", "levels", "1", "discountBp"]},
    ]
    assert saved["userErrors"] == []


async def test_a_level_gives_along_what_there_is(pond: Pond) -> None:
    operator, variant = await staff(pond, Role.OPERATOR), await a_variant(pond)

    async def refused(gift: str) -> Any:
        rungs = [
            {"name": "茶友", "growthThreshold": 0},
            {"name": "茶王", "growthThreshold": 1, "rights": {"giftVariantId": gift}},
        ]
        return await pond.refused(SAVE, operator, input={"levels": rungs})

    nowhere = [{"code": "NOT_FOUND", "path": ["input", "levels", "1", "rights", "giftVariantId"]}]
    assert await refused("a gift") == nowhere
    assert await refused(id_of(Kind.VARIANT, uuid4())) == nowhere
    assert await refused(id_of(Kind.VARIANT, variant.id)) == []


async def test_a_level_that_a_new_ladder_gave_stays_when_money_goes_back(pond: Pond) -> None:
    operator, member = await staff(pond, Role.OPERATOR), await a_member(pond)
    await a_ladder(pond, (1_000, 9_500))
    order_id = await bought(pond, member, 300_00, 2)
    await received(pond, order_id)
    await pond.ask(SAVE, operator, input={"levels": [{"name": "茶友", "growthThreshold": 500}]})

    await refunded(pond, order_id, {(await order_of(pond, order_id)).lines[0].id: 1})

    held = await level_of(pond, member)
    assert (held["growth"], held["level"], held["heldUntil"][:10]) == (300, {"name": "茶友"}, "2027-11-22")


async def test_only_operators_set_the_ladder(pond: Pond) -> None:
    assert await pond.errors(SAVE, await a_member(pond), input={"levels": []}) == ["FORBIDDEN"]


async def test_a_level_is_read_in_three_statements(pond: Pond) -> None:
    member = await a_member(pond)
    with statements() as log:
        await level_of(pond, member)
    assert len(log) == 3, log
