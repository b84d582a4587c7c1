"""Lotteries: a chance is used and its prize given in one, each limit holds under a crowd, and each draw is kept."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

import db.lotteries
import resolvers.points
from domain.coupon_templates import CouponScope, TakeBy, Worth
from domain.draw_terms import WorthTooMuch
from domain.identity import VISITOR, Principal
from domain.lotteries import ChanceTerms, Lottery, LotteryPrizeKind
from domain.money import Money
from domain.promotions.coupons import CouponKind
from domain.shares import ShareChannel
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_category, a_product, a_variant
from tests.makers_coupons import a_template, an_operator
from tests.makers_guides import a_share, opened
from tests.makers_lotteries import PLENTY, a_lottery, drawn, nothing, of_coupon, points
from tests.makers_members import a_member, a_store
from tests.makers_promotions import a_floor, line, place
from tests.pond import Pond, statements

DRAW = """mutation ($input: LotteryDrawInput!) { lotteryDraw(input: $input) {
  draw { id number source prize { kind name points } couponId } replayed userErrors { code path } } }"""
SEEN = """query { runningLotteries { name prizes { name kind probabilityBp stock worth { minor } }
  myChances { free points order share ever } } }"""
SAVE = """mutation ($input: LotterySaveInput!) { lotterySave(input: $input) {
  lottery { id state } userErrors { code path } } }"""
AUDIT = """query ($id: ID!) { node(id: $id) { ... on Lottery { draws(first: 100) {
  nodes { number drawnPrizeId prize { id kind } } } } } }"""
POINTS = "query { me { points { balance } } }"


async def draw(pond: Pond, who: Principal, lottery: Lottery, **other: Any) -> dict[str, Any]:
    asked = {"lotteryId": id_of(Kind.LOTTERY, lottery.id), "idempotencyKey": uuid4().hex, **other}
    return dict((await pond.ask(DRAW, who, input=asked))["lotteryDraw"])


async def codes(pond: Pond, who: Principal, lottery: Lottery, **other: Any) -> list[str]:
    return [error["code"] for error in (await draw(pond, who, lottery, **other))["userErrors"]]


async def balance(pond: Pond, who: Principal) -> int:
    found = await pond.select("SELECT available FROM points_account WHERE member_id = $1", who.member_id)
    return int(found[0][0]) if found else 0


async def given_points(pond: Pond, who: Principal, many: int) -> None:
    assert who.member_id is not None
    await resolvers.points.grant(pond.context(await an_operator(pond)), who.member_id, many, "test", uuid4().hex)


async def test_everybody_reads_what_there_is_to_win_and_how_likely(pond: Pond) -> None:
    await a_lottery(pond, points(1_000, 50, stock=5, worth=50), nothing(9_000))

    (seen,) = (await pond.ask(SEEN))["runningLotteries"]

    assert seen["prizes"] == [
        {"name": "50 积分", "kind": "POINTS", "probabilityBp": 1_000, "stock": 5, "worth": {"minor": 50}},
        {"name": "谢谢参与", "kind": "NONE", "probabilityBp": 9_000, "stock": None, "worth": {"minor": 0}},
    ]
    assert seen["myChances"] is None
    (seen,) = (await pond.ask(SEEN, await a_member(pond)))["runningLotteries"]
    assert seen["myChances"] == {"free": 1, "points": 0, "order": 0, "share": 0, "ever": 1_000}


async def test_what_is_won_is_in_the_hand_at_once(pond: Pond) -> None:
    template = await a_template(pond, take_by=(TakeBy.PRIZE,))
    rich, lucky = (
        await a_lottery(pond, points(10_000, 7), nothing(0)),
        await a_lottery(pond, of_coupon(10_000, template.id, stock=1), nothing(0)),
    )
    member = await a_member(pond)

    assert (await draw(pond, member, rich))["draw"]["prize"]["points"] == 7
    won = (await draw(pond, member, lucky))["draw"]

    assert await balance(pond, member) == 7
    assert won["couponId"] is not None
    assert (await pond.select("SELECT take_by FROM coupon"))[0][0] == "PRIZE"


async def test_the_same_key_is_the_same_draw(pond: Pond) -> None:
    lottery, member = await a_lottery(pond, chances=PLENTY), await a_member(pond)

    first, again = [await draw(pond, member, lottery, idempotencyKey="k") for _ in range(2)]

    assert (first["draw"], first["replayed"], again["replayed"]) == (again["draw"], False, True)
    assert (await pond.select("SELECT count(*) FROM lottery_draw"))[0][0] == 1


async def test_five_of_a_prize_are_won_by_five_of_sixty_four(pond: Pond) -> None:
    """G25: as many are given as there are, and the rest falls to the consolation."""
    lottery = await a_lottery(pond, points(10_000, 10, stock=5), nothing(0))
    crowd = [await a_member(pond) for _ in range(64)]

    answers = await asyncio.gather(*(draw(pond, one, lottery) for one in crowd))

    assert Counter(one["draw"]["prize"]["kind"] for one in answers) == {"POINTS": 5, "NONE": 59}
    assert sum([await balance(pond, one) for one in crowd]) == 50
    audit = await pond.ask(AUDIT, await an_operator(pond), id=id_of(Kind.LOTTERY, lottery.id))
    assert len(audit["node"]["draws"]["nodes"]) == 64
    assert {one["drawnPrizeId"] for one in audit["node"]["draws"]["nodes"]} == {
        id_of(Kind.LOTTERY_PRIZE, lottery.terms.prizes[0].id)
    }


async def test_who_looks_at_the_stock_and_takes_afterwards_gives_more_than_there_is(pond: Pond) -> None:
    """Negative control: a prize that is looked at, and set to what was seen less one."""
    lottery, all_have_looked = await a_lottery(pond, points(10_000, stock=5), nothing(0)), asyncio.Barrier(8)
    prize = lottery.terms.prizes[0].id

    async def careless() -> bool:
        async with pond.database.writing() as tx:
            left = await tx._connection.fetchval('SELECT "left" FROM lottery_prize WHERE id = $1', prize)
            await all_have_looked.wait()
            await tx._connection.execute('UPDATE lottery_prize SET "left" = $2 WHERE id = $1', prize, left - 1)
            return bool(left > 0)

    assert sum(await asyncio.gather(*(careless() for _ in range(8)))) > 5


async def test_one_member_with_sixty_four_fingers_draws_as_often_as_one_may(pond: Pond) -> None:
    lottery, member = await a_lottery(pond, chances=ChanceTerms(free_daily=3)), await a_member(pond)

    answers = await asyncio.gather(*(codes(pond, member, lottery) for _ in range(64)))

    assert Counter(map(tuple, answers)) == {(): 3, ("LIMIT_PER_MEMBER",): 61}
    assert (await pond.select("SELECT count(*) FROM lottery_draw"))[0][0] == 3


async def test_a_new_day_of_the_brand_brings_new_chances_until_there_were_enough(pond: Pond) -> None:
    lottery, member = await a_lottery(pond, chances=ChanceTerms(free_daily=2, most=3)), await a_member(pond)

    today = [await codes(pond, member, lottery) for _ in range(3)]
    pond.later(hours=12)  # midnight in Shanghai
    tomorrow = [await codes(pond, member, lottery) for _ in range(2)]

    assert (today, tomorrow) == ([[], [], ["LIMIT_PER_MEMBER"]], [[], ["LIMIT_PER_MEMBER"]])


async def test_chances_are_bought_with_points_or_not_at_all(pond: Pond) -> None:
    chances = ChanceTerms(free_daily=0, points_daily=2, points_cost=30)
    lottery, member = await a_lottery(pond, nothing(10_000), chances=chances), await a_member(pond)
    await given_points(pond, member, 50)

    answers = [await codes(pond, member, lottery, source="POINTS") for _ in range(2)]

    assert answers == [[], ["INSUFFICIENT_POINTS"]]
    assert await balance(pond, member) == 20
    (seen,) = (await pond.ask(SEEN, member))["runningLotteries"]
    assert seen["myChances"]["points"] == 1, "a chance that could not be paid for was not used"


async def test_a_share_that_another_member_opened_gives_a_chance(pond: Pond) -> None:
    """Nobody farms chances by opening an own share logged out (J24)."""
    chances = ChanceTerms(free_daily=0, share_daily=1)
    lottery, member = await a_lottery(pond, chances=chances), await a_member(pond)
    share = await a_share(pond, member, await a_store(pond), channel=ShareChannel.CHAT)

    await opened(pond, share, member, key="mine")
    await opened(pond, share, VISITOR, key="mine, logged out")
    assert await codes(pond, member, lottery, source="SHARE") == ["LIMIT_PER_MEMBER"]
    await opened(pond, share, await a_member(pond))

    assert [await codes(pond, member, lottery, source="SHARE") for _ in range(2)] == [[], ["LIMIT_PER_MEMBER"]]


async def test_a_prize_that_its_winner_cannot_have_goes_back_and_falls_to_the_consolation(pond: Pond) -> None:
    template = await a_template(pond, take_by=(TakeBy.PRIZE,))
    lottery = await a_lottery(pond, of_coupon(10_000, template.id, stock=5), nothing(0), chances=PLENTY)
    member = await a_member(pond)

    kinds = [(await drawn(pond, member, lottery)).prize.kind for _ in range(2)]

    assert kinds == [LotteryPrizeKind.COUPON, LotteryPrizeKind.NONE]
    assert (await pond.select('SELECT "left" FROM lottery_prize WHERE stock = 5'))[0][0] == 4


async def test_a_draw_that_fails_leaves_everything_as_it_was(pond: Pond) -> None:
    lottery, member = await a_lottery(pond, points(10_000, stock=5), nothing(0)), await a_member(pond)
    await pond.select("ALTER TABLE lottery_draw ADD CHECK (number < 0) NOT VALID")

    result = await pond.execute(
        DRAW, member, input={"lotteryId": id_of(Kind.LOTTERY, lottery.id), "idempotencyKey": "k"}
    )

    assert result.errors is not None
    assert (await pond.select('SELECT "left" FROM lottery_prize WHERE stock = 5'))[0][0] == 5
    assert await pond.select("SELECT 1 FROM lottery_use") == []


@pytest.mark.parametrize("wait", [timedelta(days=-1), timedelta(days=7)])
async def test_a_lottery_is_closed_before_and_after_its_time(pond: Pond, wait: timedelta) -> None:
    lottery, draft = await a_lottery(pond), await a_lottery(pond, published=False)
    member = await a_member(pond)
    pond.time += wait

    assert await codes(pond, member, lottery) == ["NOT_STARTED"]
    assert await codes(pond, member, draft) == ["NOT_FOUND"]


async def test_a_product_is_won_as_a_coupon_that_is_exchanged_for_it(pond: Pond) -> None:
    product, operator = await a_product(pond), await an_operator(pond)
    exchange = await a_template(
        pond,
        worth=Worth(CouponKind.EXCHANGE),
        scope=CouponScope.PRODUCT,
        scope_ids=(product.id,),
        take_by=(TakeBy.PRIZE,),
    )
    amount = await a_template(pond, take_by=(TakeBy.PRIZE,))
    shown = await a_template(pond)
    times = {"startsAt": "2026-11-22T00:00:00Z", "endsAt": "2026-11-23T00:00:00Z"}

    async def saved(kind: str, template: Any, bp: int = 10_000) -> list[list[str]]:
        prize = {"kind": kind, "name": "四件套", "probabilityBp": bp, "stock": 1}
        prizes = [
            prize | {"couponTemplateId": id_of(Kind.COUPON_TEMPLATE, template.id)},
            {"kind": "NONE", "name": "谢谢参与", "probabilityBp": 0, "isConsolation": True},
        ]
        errors = await pond.refused(SAVE, operator, input={"name": "转盘", "prizes": prizes, **times})
        return [error["path"] for error in errors]

    at_fault = ["input", "prizes", "0", "couponTemplateId"]
    assert await saved("PRODUCT", exchange) == []
    assert await saved("PRODUCT", amount) == [at_fault]
    assert await saved("COUPON", shown) == [at_fault]
    assert await saved("COUPON", amount, 9_999) == [["input", "prizes"]], "P23: weights that are not the whole"


@pytest.mark.parametrize("excess", [pytest.param(0, id="50,000 yuan"), pytest.param(1, id="a fen more")])
async def test_no_coupon_that_is_won_is_worth_more_than_a_prize_may_be(pond: Pond, excess: int) -> None:
    worth, category, operator = 50_000_00 + excess, await a_category(pond), await an_operator(pond)
    named, _ = [await a_product(pond, price=Money(worth), category_id=key) for key in (None, category.id)]
    excluded = await a_product(pond, price=Money(99_999_00), category_id=category.id)
    exchange = Worth(CouponKind.EXCHANGE)
    kinds = [
        {"worth": exchange, "scope": CouponScope.PRODUCT, "scope_ids": (named.id,)},
        {
            "worth": exchange,
            "scope": CouponScope.CATEGORY,
            "scope_ids": (category.id,),
            "excluded_ids": (excluded.id,),
        },
        {"worth": Worth(CouponKind.FIXED, worth)},
        {"worth": Worth(CouponKind.PERCENT, off_bp=1_000, cap=worth)},
    ]
    templates = [await a_template(pond, take_by=(TakeBy.PRIZE,), **one) for one in kinds]
    times = {"startsAt": "2026-11-22T00:00:00Z", "endsAt": "2026-11-23T00:00:00Z"}
    prize = {"kind": "COUPON", "name": "大奖", "probabilityBp": 10_000, "stock": 1}
    nothing = {"kind": "NONE", "name": "谢谢参与", "probabilityBp": 0, "isConsolation": True}

    codes = []
    for one in templates:
        prizes = [prize | {"couponTemplateId": id_of(Kind.COUPON_TEMPLATE, one.id)}, nothing]
        refused = await pond.refused(SAVE, operator, input={"name": "转盘", "prizes": prizes, **times})
        codes.append([(error["code"], error["path"]) for error in refused])

    path = ["input", "prizes", "0", "couponTemplateId"]
    assert codes == [[("BAD_USER_INPUT", path)] if excess else []] * 4


async def test_a_share_that_is_won_has_a_cap(pond: Pond) -> None:
    boundless = await a_template(pond, take_by=(TakeBy.PRIZE,), worth=Worth(CouponKind.PERCENT, off_bp=1_000))

    with pytest.raises(WorthTooMuch):
        await a_lottery(pond, of_coupon(10_000, boundless.id), nothing(0))


@pytest.mark.parametrize("field", ["freeDaily", "pointsDaily", "pointsCost", "perOrder", "shareDaily", "most"])
async def test_a_number_out_of_bounds_is_named_as_it_was_given(pond: Pond, field: str) -> None:
    prize = {"kind": "NONE", "name": "谢谢参与", "probabilityBp": 10_000, "isConsolation": True}
    times = {"startsAt": "2026-11-22T00:00:00Z", "endsAt": "2026-11-23T00:00:00Z"}
    wanted, operator = {"name": "转盘", "prizes": [prize], **times}, await an_operator(pond)

    chances = await pond.refused(SAVE, operator, input={**wanted, "chances": {field: -1}})
    weight = await pond.refused(SAVE, operator, input={**wanted, "prizes": [{**prize, "probabilityBp": -1}]})

    assert [error["path"] for error in chances] == [["input", "chances", field]]
    assert [error["path"] for error in weight] == [["input", "prizes", "0", "probabilityBp"]]


async def test_a_product_that_was_won_is_had_for_nothing_though_it_is_never_sold_below_a_floor(pond: Pond) -> None:
    variant, member = await a_variant(pond, price=Money(100_00)), await a_member(pond)
    await a_floor(pond, id_of(Kind.VARIANT, variant.id), 80_00)
    goods = {"scope": CouponScope.PRODUCT, "scope_ids": (variant.product_id,), "take_by": (TakeBy.PRIZE,)}
    exchange = await a_template(pond, worth=Worth(CouponKind.EXCHANGE), **goods)
    prize = replace(of_coupon(10_000, exchange.id), kind=LotteryPrizeKind.PRODUCT)
    won = await draw(pond, member, await a_lottery(pond, prize, nothing(0)))

    placed = await place(pond, member, line(variant), couponIds=[won["draw"]["couponId"]])

    assert (placed["userErrors"], placed["order"]["total"]["minor"]) == ([], 0)


async def test_nobody_but_operators_makes_lotteries_or_reads_all_draws(pond: Pond) -> None:
    lottery, member = await a_lottery(pond), await a_member(pond)

    assert await pond.errors(AUDIT, member, id=id_of(Kind.LOTTERY, lottery.id)) == ["FORBIDDEN"]
    assert await pond.errors("query { lotteries(first: 1) { nodes { id } } }", member) == ["FORBIDDEN"]


async def test_a_draw_costs_seven_statements_and_one_for_each_prize_given(pond: Pond) -> None:
    lottery, member = await a_lottery(pond, nothing(10_000)), await a_member(pond)
    asked = {"lotteryId": id_of(Kind.LOTTERY, lottery.id), "idempotencyKey": "k"}
    document = "mutation ($input: LotteryDrawInput!) { lotteryDraw(input: $input) { replayed } }"

    with statements() as log:
        await pond.ask(document, member, input=asked)

    assert len(log) == 7


async def test_an_order_gives_chances_and_its_refund_takes_them(pond: Pond) -> None:
    chances = ChanceTerms(free_daily=0, per_order=2, order_from=100_00)
    lottery, member = await a_lottery(pond, chances=chances), await a_member(pond)
    assert member.member_id is not None
    order_id, at = pond.context().new_id(), pond.time
    async with pond.database.writing() as tx:
        for worth in (99_99, 100_00, 100_00):
            await db.lotteries.grant_chances(tx, member.member_id, order_id, worth, at)

    assert await codes(pond, member, lottery, source="ORDER") == []
    async with pond.database.writing() as tx:
        await db.lotteries.withdraw_chances(tx, member.member_id, order_id)

    assert await codes(pond, member, lottery, source="ORDER") == ["LIMIT_PER_MEMBER"]


async def test_a_draw_is_known_to_whoever_drew_and_to_operators(pond: Pond) -> None:
    lottery, member = await a_lottery(pond), await a_member(pond)
    key = id_of(Kind.LOTTERY_DRAW, (await drawn(pond, member, lottery)).id)
    node = "query ($id: ID!) { node(id: $id) { id } }"

    ones_own, operators = [(await pond.ask(node, who, id=key))["node"] for who in (member, await an_operator(pond))]

    assert ones_own == operators == {"id": key}
    assert (await pond.ask(node, await a_member(pond), id=key))["node"] is None
