"""Gift cards: printed, sold, bound once by who has the code, and spent once however many orders want them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

import resolvers.gift_cards
import resolvers.tenders
from domain.identity import Principal, Role
from domain.ledger import gift_card as account_of
from domain.money import Money
from domain.tenders import InsufficientBalance
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_members import a_member, staff
from tests.makers_value import a_gift_card, a_plan, gift_card_codes, key_in, order_of, refunded
from tests.pond import Pond, statements

MINE = "query { me { giftCards { id tail face { minor } balance { minor } expiresAt } } }"
BIND = """mutation ($code: String!) { giftCardBind(input: {code: $code}) {
  giftCard { id tail balance { minor } } userErrors { code } } }"""
ISSUE = """mutation ($input: GiftCardsIssueInput!) { giftCardsIssue(input: $input) {
  batch { id count activatedAt } codes replayed userErrors { code path } } }"""
ACTIVATE = (
    "mutation ($id: ID!) { giftCardsActivate(input: {batchId: $id}) { batch { activatedAt } userErrors { code } } }"
)
VOID = "mutation ($id: ID!) { giftCardsVoid(input: {batchId: $id}) { batch { voidedAt } userErrors { code } } }"
BATCHES = "query { giftCardBatches(first: 5) { nodes { count face { minor } note } } }"
PLACE = """mutation ($v: ID!, $k: String!) { orderPlace(input: {lines: [{variantId: $v, quantity: 1}], idempotencyKey: $k}) {
  order { id } userErrors { code } } }"""
PAY = """mutation ($input: OrderPayInput!) { orderPay(input: $input) { payment { state amount { minor } }
  userErrors { code path ... on InsufficientBalance { balance { minor } needed { minor } } } } }"""
STATE = "query ($id: ID!) { order(id: $id) { state } }"


async def placed(pond: Pond, member: Principal, price: int = 60_00) -> str:
    variant = await a_variant(pond, price=Money(price))
    data = await pond.ask(PLACE, member, v=id_of(Kind.VARIANT, variant.id), k=uuid4().hex)
    return str(data["orderPlace"]["order"]["id"])


async def pay(pond: Pond, member: Principal, order_id: str, card_id: UUID, **more: Any) -> Any:
    card = id_of(Kind.GIFT_CARD, card_id)
    wanted = {"orderId": order_id, "method": "GIFT_CARD", "giftCardId": card, "idempotencyKey": uuid4().hex, **more}
    return (await pond.ask(PAY, member, input=wanted))["orderPay"]


async def left_on(pond: Pond, member: Principal) -> int:
    (card,) = (await pond.ask(MINE, member))["me"]["giftCards"]
    return int(card["balance"]["minor"])


async def test_a_batch_is_printed_then_sold_and_its_codes_are_kept_by_nobody(pond: Pond) -> None:
    finance, member = await staff(pond, Role.FINANCE), await a_member(pond)
    wanted = {
        "face": {"minor": 100_00},
        "count": 2,
        "expiresAt": (pond.time + timedelta(days=90)).isoformat(),
        "note": "中秋",
        "idempotencyKey": "k",
    }

    first = (await pond.ask(ISSUE, finance, input=wanted))["giftCardsIssue"]
    again = (await pond.ask(ISSUE, finance, input=wanted))["giftCardsIssue"]
    too_early = await pond.refused(BIND, member, code=first["codes"][0])
    await pond.ask(ACTIVATE, finance, id=first["batch"]["id"])
    bound = (await pond.ask(BIND, member, code=first["codes"][0].lower()))["giftCardBind"]
    await pond.ask(VOID, finance, id=first["batch"]["id"])
    voided = await pond.refused(BIND, member, code=first["codes"][1])

    assert again == {**first, "codes": [], "replayed": True}
    assert ([e["code"] for e in too_early], [e["code"] for e in voided]) == (["NOT_FOUND"], ["NOT_FOUND"])
    assert (bound["giftCard"]["balance"]["minor"], bound["giftCard"]["tail"]) == (100_00, first["codes"][0][-4:])
    assert await left_on(pond, member) == 100_00, "who has bound one keeps it"
    dump = str(await pond.select("SELECT * FROM gift_card")) + str(await pond.select("SELECT * FROM idempotency_key"))
    assert not any(code in dump for code in first["codes"])
    operator = await staff(pond, Role.OPERATOR)
    shown = (await pond.ask(BATCHES, operator))["giftCardBatches"]["nodes"]
    assert shown == [{"count": 2, "face": {"minor": 100_00}, "note": "中秋"}]


async def test_only_finance_prints_money(pond: Pond) -> None:
    document = 'mutation { giftCardsActivate(input: {batchId: "gcb_0"}) { userErrors { code } } }'
    assert await pond.errors(document, await staff(pond, Role.CONTENT)) == ["FORBIDDEN"]
    refused = await pond.refused(document, await staff(pond, Role.FINANCE))
    assert [error["code"] for error in refused] == ["NOT_FOUND"]


async def test_sixty_four_who_type_one_code_bind_one_card(pond: Pond) -> None:
    (code,) = await gift_card_codes(pond)
    members = [await a_member(pond) for _ in range(64)]

    answers = await asyncio.gather(*(pond.ask(BIND, one, code=code) for one in members))

    assert sum(not one["giftCardBind"]["userErrors"] for one in answers) == 1


async def test_a_card_pays_a_whole_order_at_once_and_gets_it_back(pond: Pond) -> None:
    member = await a_member(pond)
    card, order_id = await a_gift_card(pond, member), await placed(pond, member)

    paid = await pay(pond, member, order_id, card)
    spent = await left_on(pond, member)
    await refunded(pond, key_in(order_id), amount=Money(20_00))
    await refunded(pond, key_in(order_id), amount=Money(40_00))

    assert (paid["userErrors"], paid["payment"]["state"]) == ([], "PAID")
    assert (await pond.ask(STATE, member, id=order_id))["order"]["state"] == "REFUNDED"
    assert (spent, await left_on(pond, member)) == (40_00, 100_00)
    ((clearing,),) = await pond.select(
        """SELECT coalesce(sum(CASE WHEN destination = 'provider:gift_card' THEN amount_minor ELSE -amount_minor END), 0)
        FROM ledger_posting WHERE 'provider:gift_card' IN (source, destination)"""
    )
    assert clearing == 0


async def test_sixty_four_payments_spend_what_is_on_a_card(pond: Pond) -> None:
    """A card that pays another order first leaves this one unpaid, and its balance whole (C9)."""
    member = await a_member(pond)
    card = await a_gift_card(pond, member, 100_00)
    order_ids = [await placed(pond, member, 30_00) for _ in range(16)]

    answers = await asyncio.gather(*(pay(pond, member, order_ids[n % 16], card) for n in range(64)))

    states = [(await pond.ask(STATE, member, id=one))["order"]["state"] for one in order_ids]
    assert (states.count("PAID"), states.count("PLACED")) == (3, 13)
    assert await left_on(pond, member) == 10_00
    short = [e for one in answers for e in one["userErrors"] if e["code"] == "INSUFFICIENT_BALANCE"]
    assert short[0]["balance"]["minor"] < short[0]["needed"]["minor"] == 30_00


async def test_the_ledger_keeps_a_card_above_nothing_where_nobody_looked_first(pond: Pond) -> None:
    """The negative control: without the lock of the balance, only the constraint is left, and it holds."""
    member = await a_member(pond)
    card = await a_gift_card(pond, member, 10_00)

    async def careless() -> None:
        await pond.select(
            """INSERT INTO ledger_posting (business_key, position, source, destination, unit, amount_minor, at)
            VALUES ($1, 0, $2, 'brand:gift_cards', 'CNY', 600, now())""",
            uuid4().hex,
            account_of(card),
        )

    done = await asyncio.gather(*(careless() for _ in range(8)), return_exceptions=True)

    assert sum(one is None for one in done) == 1
    assert {type(one) for one in done if one} == {asyncpg.CheckViolationError}


async def test_without_the_constraint_the_same_crowd_would_overdraw_a_card(pond: Pond) -> None:
    await pond.select("CREATE TABLE careless_card (balance int)")
    await pond.select("INSERT INTO careless_card VALUES (1000)")
    everybody_looked = asyncio.Barrier(8)

    async def careless() -> bool:
        left = (await pond.select("SELECT balance FROM careless_card"))[0][0]
        await everybody_looked.wait()
        if left >= 600:
            await pond.select("UPDATE careless_card SET balance = balance - 600")
        return bool(left >= 600)

    assert sum(await asyncio.gather(*(careless() for _ in range(8)))) == 8
    assert (await pond.select("SELECT balance FROM careless_card"))[0][0] < 0


async def test_nobody_spends_the_card_of_another_and_none_buys_value(pond: Pond) -> None:
    owner, thief = await a_member(pond), await a_member(pond)
    card = await a_gift_card(pond, owner)
    stolen = await pay(pond, thief, await placed(pond, thief), card)
    plan = await a_plan(pond, price=50_00)
    buy = 'mutation ($id: ID!) { membershipBuy(input: {planId: $id, idempotencyKey: "k"}) { order { id } } }'
    order_id = (await pond.ask(buy, owner, id=id_of(Kind.MEMBERSHIP_PLAN, plan.id)))["membershipBuy"]["order"]["id"]

    for_value = await pay(pond, owner, order_id, card)

    assert [e["code"] for e in stolen["userErrors"]] == ["NOT_FOUND"]
    assert [e["code"] for e in for_value["userErrors"]] == ["INVALID_STATE"]
    assert await left_on(pond, owner) == 100_00


async def test_an_expired_card_is_emptied_and_good_again_when_money_comes_back(pond: Pond) -> None:
    member = await a_member(pond)
    card = await a_gift_card(pond, member, 100_00, days=10)
    order_id = await placed(pond, member)
    await pay(pond, member, order_id, card)
    pond.later(days=10)
    expired = await left_on(pond, member)
    refused = await pay(pond, member, await placed(pond, member), card)

    emptied = await asyncio.gather(*(resolvers.gift_cards.expire(pond.context()) for _ in range(4)))
    await refunded(pond, key_in(order_id))

    assert (expired, [e["code"] for e in refused["userErrors"]], sum(emptied)) == (0, ["NOT_FOUND"], 1)
    assert await left_on(pond, member) == 60_00
    pond.later(days=30)
    assert await left_on(pond, member) == 0


async def test_money_that_comes_back_brings_back_nothing_that_had_expired(pond: Pond) -> None:
    member = await a_member(pond)
    card = await a_gift_card(pond, member, 100_00, days=10)
    order_id = await placed(pond, member)
    await pay(pond, member, order_id, card)
    pond.later(days=10)

    await refunded(pond, key_in(order_id), amount=Money(20_00))
    first = await left_on(pond, member)
    await refunded(pond, key_in(order_id))

    assert (first, await left_on(pond, member)) == (20_00, 60_00)
    assert await resolvers.gift_cards.expire(pond.context()) == 0
    (expired,) = await pond.select("SELECT payload FROM outbox WHERE kind = 'GiftCardExpired'")
    assert expired["payload"]["left_minor"] == 40_00


async def test_a_hold_ends_once(pond: Pond) -> None:
    member = await a_member(pond)
    card, order_id = await a_gift_card(pond, member), key_in(await placed(pond, member))
    order, ctx, payment_id = await order_of(pond, order_id), pond.context(), uuid4()
    async with pond.database.writing() as tx:
        await resolvers.gift_cards.hold(ctx, tx, payment_id, order, Money(60_00), card)
        with pytest.raises(InsufficientBalance):
            await resolvers.gift_cards.hold(ctx, tx, uuid4(), order, Money(60_00), card)

    async def release() -> bool:
        async with pond.database.writing() as tx:
            return await resolvers.tenders.release(ctx, tx, payment_id)

    assert sum(await asyncio.gather(*(release() for _ in range(8)))) == 1
    assert await left_on(pond, member) == 100_00


async def test_cards_are_read_in_two_statements(pond: Pond) -> None:
    member = await a_member(pond)
    await a_gift_card(pond, member)
    with statements() as log:
        await left_on(pond, member)
    assert len(log) == 2, log
