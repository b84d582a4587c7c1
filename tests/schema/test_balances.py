"""Stored balances: paid in with a bonus, spent cash first, and never overdrawn."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

import resolvers.balances
import resolvers.tenders
from domain.identity import Principal, Role
from domain.money import Money
from domain.tenders import InsufficientBalance
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_members import a_member, staff
from tests.makers_value import key_in, order_of, pay, refunded
from tests.pond import Pond

MINE = "query { me { balance { cash { minor } bonus { minor } } } }"
TOP_UP = """mutation ($input: BalanceTopUpInput!) { balanceTopUp(input: $input) {
  order { id total { minor } lines { id } } replayed userErrors { code path } } }"""
OFFERS = "query { topUpOffers { amount { minor } bonus { minor } } }"
SAVE = """mutation ($input: TopUpOffersSaveInput!) { topUpOffersSave(input: $input) {
  offers { amount { minor } } userErrors { code path } } }"""
PLACE = """mutation ($v: ID!, $k: String!) { orderPlace(input: {lines: [{variantId: $v, quantity: 1}], idempotencyKey: $k}) {
  order { id } userErrors { code } } }"""
PAY = """mutation ($input: OrderPayInput!) { orderPay(input: $input) { payment { state }
  userErrors { code ... on InsufficientBalance { balance { minor } needed { minor } } } } }"""
STATE = "query ($id: ID!) { order(id: $id) { state } }"


async def balance_of(pond: Pond, member: Principal) -> tuple[int, int]:
    found = (await pond.ask(MINE, member))["me"]["balance"]
    return found["cash"]["minor"], found["bonus"]["minor"]


async def offered(pond: Pond, *offers: tuple[int, int]) -> Any:
    wanted = [{"amount": {"minor": amount}, "bonus": {"minor": bonus}} for amount, bonus in offers]
    return (await pond.ask(SAVE, await staff(pond, Role.FINANCE), input={"offers": wanted}))["topUpOffersSave"]


async def topped_up(pond: Pond, member: Principal, amount: int) -> str:
    wanted = {"amount": {"minor": amount}, "idempotencyKey": uuid4().hex}
    order_id = (await pond.ask(TOP_UP, member, input=wanted))["balanceTopUp"]["order"]["id"]
    await pay(pond, member, key_in(order_id))
    return str(order_id)


async def placed(pond: Pond, member: Principal, price: int) -> str:
    variant = await a_variant(pond, price=Money(price))
    data = await pond.ask(PLACE, member, v=id_of(Kind.VARIANT, variant.id), k=uuid4().hex)
    return str(data["orderPlace"]["order"]["id"])


async def pay_with_balance(pond: Pond, member: Principal, order_id: str) -> Any:
    wanted = {"orderId": order_id, "method": "BALANCE", "idempotencyKey": uuid4().hex}
    return (await pond.ask(PAY, member, input=wanted))["orderPay"]


async def test_a_top_up_is_there_once_it_is_paid_with_its_bonus(pond: Pond) -> None:
    member = await a_member(pond)
    await offered(pond, (100_00, 10_00), (500_00, 80_00))
    wanted = {"amount": {"minor": 120_00}, "idempotencyKey": "k"}

    first = (await pond.ask(TOP_UP, member, input=wanted))["balanceTopUp"]
    again = (await pond.ask(TOP_UP, member, input=wanted))["balanceTopUp"]
    before = await balance_of(pond, member)
    await pay(pond, member, key_in(first["order"]["id"]))

    assert (first["order"]["total"]["minor"], again) == (120_00, {**first, "replayed": True})
    assert (before, await balance_of(pond, member)) == ((0, 0), (120_00, 10_00))


async def test_cash_is_spent_first_and_a_refund_brings_the_bonus_back_first(pond: Pond) -> None:
    member = await a_member(pond)
    await offered(pond, (100_00, 50_00))
    await topped_up(pond, member, 100_00)
    order_id = await placed(pond, member, 120_00)

    paid = await pay_with_balance(pond, member, order_id)
    spent = await balance_of(pond, member)
    await refunded(pond, key_in(order_id), amount=Money(30_00))
    some_back = await balance_of(pond, member)
    await refunded(pond, key_in(order_id))

    assert paid["userErrors"] == []
    assert (spent, some_back, await balance_of(pond, member)) == ((0, 30_00), (10_00, 50_00), (100_00, 50_00))


async def test_sixty_four_orders_spend_what_is_stored(pond: Pond) -> None:
    member = await a_member(pond)
    await topped_up(pond, member, 100_00)
    order_ids = [await placed(pond, member, 30_00) for _ in range(16)]

    answers = await asyncio.gather(*(pay_with_balance(pond, member, order_ids[n % 16]) for n in range(64)))

    states = [(await pond.ask(STATE, member, id=one))["order"]["state"] for one in order_ids]
    assert (states.count("PAID"), states.count("PLACED")) == (3, 13)
    assert await balance_of(pond, member) == (10_00, 0)
    short = [e for one in answers for e in one["userErrors"] if e["code"] == "INSUFFICIENT_BALANCE"]
    assert short[0]["needed"]["minor"] == 30_00


async def test_without_the_lock_the_same_crowd_would_spend_more_than_is_stored(pond: Pond) -> None:
    await pond.select("CREATE TABLE careless_balance (cash int)")
    await pond.select("INSERT INTO careless_balance VALUES (10000)")
    everybody_looked = asyncio.Barrier(8)

    async def careless() -> bool:
        cash = (await pond.select("SELECT cash FROM careless_balance"))[0][0]
        await everybody_looked.wait()
        if cash >= 30_00:
            await pond.select("UPDATE careless_balance SET cash = $1", cash - 30_00)
        return bool(cash >= 30_00)

    assert sum(await asyncio.gather(*(careless() for _ in range(8)))) == 8


async def test_a_balance_buys_no_balance(pond: Pond) -> None:
    member = await a_member(pond)
    await topped_up(pond, member, 100_00)
    wanted = {"amount": {"minor": 100_00}, "idempotencyKey": uuid4().hex}
    order_id = (await pond.ask(TOP_UP, member, input=wanted))["balanceTopUp"]["order"]["id"]

    refused = await pay_with_balance(pond, member, order_id)

    assert [e["code"] for e in refused["userErrors"]] == ["INVALID_STATE"]


async def test_a_top_up_is_refunded_as_far_as_it_is_there(pond: Pond) -> None:
    member = await a_member(pond)
    await offered(pond, (100_00, 10_00))
    order_id = key_in(await topped_up(pond, member, 100_00))
    await refunded(pond, order_id, amount=Money(50_00))
    left = await balance_of(pond, member)
    await pay_with_balance(pond, member, await placed(pond, member, 20_00))

    with pytest.raises(InsufficientBalance):
        await refunded(pond, order_id, amount=Money(50_00))

    assert (left, await balance_of(pond, member)) == ((50_00, 5_00), (30_00, 5_00))


async def test_a_top_up_that_goes_back_in_parts_takes_its_bonus_once(pond: Pond) -> None:
    member = await a_member(pond)
    await offered(pond, (100_00, 10_00))
    order_id = key_in(await topped_up(pond, member, 100_00))
    await topped_up(pond, member, 100_00)

    for part in (33_33, 33_33, 33_34):
        await refunded(pond, order_id, amount=Money(part))

    assert await balance_of(pond, member) == (100_00, 10_00)


async def test_a_hold_that_is_released_is_back_and_one_that_is_captured_is_not(pond: Pond) -> None:
    member = await a_member(pond)
    await topped_up(pond, member, 100_00)
    order_id = key_in(await placed(pond, member, 60_00))
    ctx, first, second = pond.context(), uuid4(), uuid4()
    order = await order_of(pond, order_id)
    async with pond.database.writing() as tx:
        await resolvers.balances.hold(ctx, tx, first, order, Money(60_00))
        assert await resolvers.tenders.release(ctx, tx, first)
        await resolvers.balances.hold(ctx, tx, second, order, Money(60_00))
        await resolvers.tenders.capture(tx, second)
        assert not await resolvers.tenders.release(ctx, tx, second)

    assert await balance_of(pond, member) == (40_00, 0)


async def test_offers_that_are_saved_at_once_are_saved_one_after_the_other(pond: Pond) -> None:
    finance, offers = await staff(pond, Role.FINANCE), [{"amount": {"minor": 100_00}, "bonus": {"minor": 5_00}}]

    refused = await asyncio.gather(*(pond.refused(SAVE, finance, input={"offers": offers}) for _ in range(8)))

    assert refused == [[]] * 8
    assert len((await pond.ask(OFFERS))["topUpOffers"]) == 1


async def test_offers_are_finances_and_rise(pond: Pond) -> None:
    await offered(pond, (100_00, 5_00))
    refused = await offered(pond, (100_00, 5_00), (100_00, 6_00))

    assert refused["userErrors"] == [{"code": "BAD_USER_INPUT", "path": ["input", "offers", "1"]}]
    assert await pond.errors(SAVE, await a_member(pond), input={"offers": []}) == ["FORBIDDEN"]
    assert (await pond.ask(OFFERS))["topUpOffers"] == [{"amount": {"minor": 100_00}, "bonus": {"minor": 5_00}}]
