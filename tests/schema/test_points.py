"""Points: a ledger that sums to the balance, spent once however many ask at once, and back where they came from."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

import resolvers.points
from domain.identity import Principal, Role
from domain.memberships import PlanKind
from domain.money import Money
from domain.points import Cause, NotEnoughPoints, PointsKind
from domain.rights import Rights
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_members import a_member, staff
from tests.makers_value import a_plan, buy_plan, granted, key_in, order_of, pay, received, refunded
from tests.pond import Pond, statements

POINTS = """query { me { points { balance expiringSoon nextExpiry
  entries(first: 20) { nodes { kind points reason orderId } } } } }"""
BOOK = """mutation ($input: PointsBookInput!) { %s(input: $input) {
  balance replayed userErrors { code ... on InsufficientPoints { balance needed } } } }"""
PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id total { minor } }
  userErrors { code path ... on InsufficientPoints { balance needed } } } }"""
CANCEL = "mutation ($id: ID!) { orderCancel(input: {orderId: $id}) { userErrors { code } } }"


async def points_of(pond: Pond, member: Principal) -> Any:
    return (await pond.ask(POINTS, member))["me"]["points"]


async def book(pond: Pond, name: str, staff_member: Principal, member: Principal, points: int, key: str = "") -> Any:
    wanted = {
        "memberId": id_of(Kind.MEMBER, member.member_id or UUID(int=0)),
        "points": points,
        "reason": "开业礼",
        "idempotencyKey": key or uuid4().hex,
    }
    return (await pond.ask(BOOK % name, staff_member, input=wanted))[name]


async def place(pond: Pond, member: Principal, variant_id: UUID, points: int = 0, quantity: int = 1) -> Any:
    lines = [{"variantId": id_of(Kind.VARIANT, variant_id), "quantity": quantity}]
    wanted = {"lines": lines, "points": points, "idempotencyKey": uuid4().hex}
    return (await pond.ask(PLACE, member, input=wanted))["orderPlace"]


async def is_conserved(pond: Pond) -> bool:
    """Whether entries, batches and accounts agree."""
    (row,) = await pond.select(
        """SELECT coalesce(bool_and(available - owed = (SELECT sum(points) FROM points_entry e
             WHERE e.member_id = a.member_id)
           AND available = (SELECT coalesce(sum(remaining), 0) FROM points_batch b WHERE b.member_id = a.member_id)),
           true) AS fine FROM points_account a"""
    )
    return bool(row["fine"])


async def test_staff_grant_and_deduct_points_once_for_each_key(pond: Pond) -> None:
    member, operator = await a_member(pond), await staff(pond, Role.OPERATOR)

    first = await book(pond, "pointsGrant", operator, member, 300, "a")
    again = await book(pond, "pointsGrant", operator, member, 300, "a")
    less = await book(pond, "pointsDeduct", operator, member, 120)
    too_much = await book(pond, "pointsDeduct", operator, member, 181)

    assert (first["balance"], again) == (300, {**first, "replayed": True})
    assert less["balance"] == 180
    assert too_much["userErrors"] == [{"code": "INSUFFICIENT_POINTS", "balance": 180, "needed": 181}]
    seen = await points_of(pond, member)
    assert [(one["kind"], one["points"]) for one in seen["entries"]["nodes"]] == [("DEDUCTED", -120), ("GRANTED", 300)]
    assert await is_conserved(pond)


async def test_only_operators_grant_points_and_only_they_see_those_of_others(pond: Pond) -> None:
    member, other = await a_member(pond), await a_member(pond)
    document = "query ($id: ID!) { member(id: $id) { points { balance } } }"
    wanted = {"memberId": id_of(Kind.MEMBER, UUID(int=1)), "points": 1, "reason": "x", "idempotencyKey": "k"}

    assert await pond.errors(BOOK % "pointsGrant", member, input=wanted) == ["FORBIDDEN"]
    operator = await staff(pond, Role.OPERATOR)
    await granted(pond, other, 7)
    seen = await pond.ask(document, operator, id=id_of(Kind.MEMBER, other.member_id or UUID(int=0)))
    assert seen["member"]["points"]["balance"] == 7
    assert (await points_of(pond, member))["balance"] == 0


async def test_points_expire_at_the_instant_and_are_written_off_by_the_job(pond: Pond) -> None:
    member = await a_member(pond)
    await granted(pond, member, 100)
    pond.later(days=340)
    await granted(pond, member, 50)

    soon = await points_of(pond, member)
    pond.later(days=25)
    gone = await points_of(pond, member)
    written_off = await asyncio.gather(*(resolvers.points.expire(pond.context()) for _ in range(4)))

    assert (soon["balance"], soon["expiringSoon"]) == (150, 100)
    assert (gone["balance"], gone["expiringSoon"]) == (50, 0)
    assert sum(written_off) == 1
    after = await points_of(pond, member)
    assert (after["balance"], after["entries"]["nodes"][0]) == (
        50,
        {"kind": "EXPIRED", "points": -100, "reason": None, "orderId": None},
    )
    assert await is_conserved(pond)


async def test_what_has_expired_cannot_be_spent_although_nobody_wrote_it_off(pond: Pond) -> None:
    member = await a_member(pond)
    variant = await a_variant(pond, price=Money(100_00))
    await granted(pond, member, 1_000)
    pond.later(days=365)

    payload = await place(pond, member, variant.id, points=1_000)

    assert payload["order"]["total"]["minor"] == 100_00, "they pay for nothing"
    assert (await pond.select("SELECT count(*) FROM points_entry WHERE kind = 'SPENT'"))[0][0] == 0


async def test_an_order_that_is_given_up_gives_its_points_back_once(pond: Pond) -> None:
    member = await a_member(pond)
    variant = await a_variant(pond, price=Money(100_00))
    await granted(pond, member, 1_000)

    order = (await place(pond, member, variant.id, points=1_000))["order"]
    spent = (await points_of(pond, member))["balance"]
    await asyncio.gather(*(pond.ask(CANCEL, member, id=order["id"]) for _ in range(4)))

    assert (order["total"]["minor"], spent) == (90_00, 0)
    seen = await points_of(pond, member)
    assert (seen["balance"], [one["kind"] for one in seen["entries"]["nodes"]]) == (
        1_000,
        ["RETURNED", "SPENT", "GRANTED"],
    )
    assert await is_conserved(pond)


async def test_received_goods_earn_points_and_a_refund_takes_them_back_to_below_zero(pond: Pond) -> None:
    member = await a_member(pond)
    variant = await a_variant(pond, price=Money(333_00))
    order = (await place(pond, member, variant.id, quantity=3))["order"]
    order_id = key_in(order["id"])
    await pay(pond, member, order_id)
    await received(pond, order_id)
    earned = (await points_of(pond, member))["balance"]
    operator = await staff(pond, Role.OPERATOR)
    await book(pond, "pointsDeduct", operator, member, 900)

    line = (await order_of(pond, order_id)).lines[0].id
    balances = []
    for _ in range(3):
        pond.later(minutes=2)
        await refunded(pond, order_id, {line: 1})
        balances.append((await points_of(pond, member))["balance"])

    assert earned == 999
    assert balances == [-234, -567, -900]
    await granted(pond, member, 1_000)
    assert (await points_of(pond, member))["balance"] == 100
    assert await is_conserved(pond)


async def test_points_are_owed_though_others_have_expired_that_nobody_wrote_off(pond: Pond) -> None:
    member, operator = await a_member(pond), await staff(pond, Role.OPERATOR)
    await granted(pond, member, 50)
    pond.later(days=360)
    variant = await a_variant(pond, price=Money(100_00))
    order_id = key_in((await place(pond, member, variant.id))["order"]["id"])
    await pay(pond, member, order_id)
    await received(pond, order_id)
    pond.later(days=5)
    await book(pond, "pointsDeduct", operator, member, 60)

    await refunded(pond, order_id)

    seen = await points_of(pond, member)
    assert (seen["balance"], [one["points"] for one in seen["entries"]["nodes"]]) == (-60, [-100, -50, -60, 100, 50])
    assert await resolvers.points.expire(pond.context()) == 0
    assert await is_conserved(pond)


async def test_points_of_refunded_units_come_back_to_their_batches_or_for_thirty_days(pond: Pond) -> None:
    member = await a_member(pond)
    variant = await a_variant(pond, price=Money(100_00))
    await granted(pond, member, 1_000)
    pond.later(days=300)
    order_id = key_in((await place(pond, member, variant.id, points=1_000, quantity=2))["order"]["id"])
    await pay(pond, member, order_id)
    line = (await order_of(pond, order_id)).lines[0].id

    await refunded(pond, order_id, {line: 1})
    first = await points_of(pond, member)
    await granted(pond, member, 1)
    pond.later(days=65)
    await refunded(pond, order_id, {line: 1})
    second = await points_of(pond, member)

    assert first["balance"] == 500
    assert second["balance"] == 501
    left = await pond.select(
        "SELECT remaining, expires_at FROM points_batch WHERE remaining > 0 AND expires_at > $1", pond.time
    )
    assert [(row["remaining"], row["expires_at"] - pond.time) for row in left if row["remaining"] == 500] == [
        (500, timedelta(days=30))
    ]


async def test_a_paid_membership_earns_more(pond: Pond) -> None:
    member = await a_member(pond)
    variant = await a_variant(pond, price=Money(100_00))
    await buy_plan(pond, member, await a_plan(pond, PlanKind.MONTH, 10_00, Rights(points_bp=15_000)))

    order_id = key_in((await place(pond, member, variant.id))["order"]["id"])
    await pay(pond, member, order_id)
    pond.later(days=40)
    await received(pond, order_id)

    assert (await points_of(pond, member))["balance"] == 150


async def spend(pond: Pond, member_id: UUID, points: int) -> bool:
    ctx = pond.context()
    async with pond.database.writing() as tx:
        try:
            await resolvers.points.spend(ctx, tx, member_id, points, Cause(PointsKind.DEDUCTED, uuid4().hex))
        except NotEnoughPoints:
            return False
    return True


async def test_sixty_four_who_spend_at_once_spend_what_there_is(pond: Pond) -> None:
    """100 points never become 2,000 (fuint #71)."""
    member = await a_member(pond)
    await granted(pond, member, 100)
    assert member.member_id is not None

    done = await asyncio.gather(*(spend(pond, member.member_id, 30) for _ in range(64)))

    assert sum(done) == 3
    assert (await points_of(pond, member))["balance"] == 10
    assert await is_conserved(pond)


async def test_without_the_lock_the_same_crowd_would_spend_more_than_there_is(pond: Pond) -> None:
    await pond.select("CREATE TABLE purse (points int)")
    await pond.select("INSERT INTO purse VALUES (100)")
    everybody_looked = asyncio.Barrier(8)

    async def careless() -> bool:
        left = (await pond.select("SELECT points FROM purse"))[0][0]
        await everybody_looked.wait()
        if left < 30:
            return False
        await pond.select("UPDATE purse SET points = $1", left - 30)
        return True

    done = await asyncio.gather(*(careless() for _ in range(8)))

    assert sum(done) == 8, "eight times 30 out of 100"


async def test_orders_at_once_spend_points_once(pond: Pond) -> None:
    member = await a_member(pond)
    variant = await a_variant(pond, price=Money(100_00), stock=100)
    await granted(pond, member, 1_000)
    processes = [pond, Pond(pond.database)]

    answers = await asyncio.gather(*(place(processes[n % 2], member, variant.id, points=1_000) for n in range(64)))

    paid_with = [one["order"]["total"]["minor"] for one in answers if one["order"]]
    refused = [error["code"] for one in answers for error in one["userErrors"]]
    assert paid_with.count(90_00) == 1
    assert paid_with.count(100_00) + refused.count("INSUFFICIENT_POINTS") == 63
    assert (await points_of(pond, member))["balance"] == 0
    assert await is_conserved(pond)


async def test_an_entry_is_never_changed(pond: Pond) -> None:
    await granted(pond, await a_member(pond), 5)

    for statement in (
        "UPDATE points_entry SET points = 6",
        "DELETE FROM points_entry",
        "TRUNCATE points_entry CASCADE",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await pond.select(statement)


async def test_points_cost_few_statements(pond: Pond) -> None:
    member = await a_member(pond)
    await granted(pond, member, 100)

    with statements() as log:
        await points_of(pond, member)
    assert len(log) == 3, log


async def test_however_it_is_refunded_all_points_that_were_spent_come_back(pond: Pond) -> None:
    member = await a_member(pond)
    dear, cheap = await a_variant(pond, price=Money(179_00)), await a_variant(pond, price=Money(56_91))
    await granted(pond, member, 1_000)
    lines = [{"variantId": id_of(Kind.VARIANT, dear.id), "quantity": 2}]
    lines += [{"variantId": id_of(Kind.VARIANT, cheap.id), "quantity": 1}]
    wanted = {"lines": lines, "points": 1_000, "idempotencyKey": uuid4().hex}
    order_id = key_in((await pond.ask(PLACE, member, input=wanted))["orderPlace"]["order"]["id"])
    await pay(pond, member, order_id)

    first, second = (await order_of(pond, order_id)).lines
    for line in (first, first, second):
        pond.later(minutes=2)
        await refunded(pond, order_id, {line.id: 1})

    seen = await points_of(pond, member)
    came_back = [one["points"] for one in seen["entries"]["nodes"] if one["kind"] == "RETURNED"]
    assert came_back == [*second.unit_points, *first.unit_points[::-1]]
    assert (sum(came_back), seen["balance"]) == (1_000, 1_000)
    assert (await order_of(pond, order_id)).refunded == Money(358_00 + 56_91 - 10_00)
    assert await is_conserved(pond)


async def test_spending_points_costs_an_order_one_statement(pond: Pond) -> None:
    member = await a_member(pond)
    variant = await a_variant(pond, price=Money(100_00))
    await granted(pond, member, 1_000)

    with statements() as without:
        await place(pond, member, variant.id)
    with statements() as spending:
        await place(pond, member, variant.id, points=500)

    assert len(spending) - len(without) == 1, spending
