"""Paid memberships: bought like anything else, added to what runs, tried once, and turned from a card once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

import db.members
import db.memberships
import resolvers.memberships
from domain.identity import Principal, Role
from domain.members import Identity, IdentityProvider
from domain.memberships import MembershipPlan, PeriodSource, PlanKind, RightsUsed
from domain.money import Money
from domain.refunds import NotRefundable
from domain.rights import Rights
from resolvers.shoppers import known_shoppers
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_members import a_member, staff
from tests.makers_payments import begun, ledger_of, money_of, refund, send_refunds
from tests.makers_promotions import yuan
from tests.makers_value import a_plan, buy_plan, key_in, membership_cards, pay, refunded
from tests.pond import Pond

MINE = "query { me { membership { plan { name kind } since expiresAt } } }"
BUY = """mutation ($input: MembershipBuyInput!) { membershipBuy(input: $input) {
  order { id state total { minor } lines { id } note } replayed userErrors { code } } }"""
ACTIVATE = """mutation ($code: String!) { membershipCardActivate(input: {code: $code}) {
  member { membership { expiresAt } } userErrors { code } } }"""
CANCEL = "mutation ($id: ID!) { orderCancel(input: {orderId: $id}) { userErrors { code } } }"
PLANS = "query { membershipPlans { id name kind price { minor } rights { pointsBp freeShipping } onSale } }"
SAVE = """mutation ($input: MembershipPlanSaveInput!) { membershipPlanSave(input: $input) {
  plan { id name onSale } userErrors { code path } } }"""
ISSUE = """mutation ($input: MembershipCardsIssueInput!) { membershipCardsIssue(input: $input) {
  batchId codes replayed userErrors { code } } }"""
VOID = "mutation ($id: ID!) { membershipCardsVoid(input: {batchId: $id}) { batchId userErrors { code } } }"


async def mine(pond: Pond, member: Principal) -> Any:
    return (await pond.ask(MINE, member))["me"]["membership"]


async def buy(pond: Pond, member: Principal, plan: MembershipPlan, key: str = "") -> Any:
    wanted = {"planId": id_of(Kind.MEMBERSHIP_PLAN, plan.id), "idempotencyKey": key or uuid4().hex}
    return (await pond.ask(BUY, member, input=wanted))["membershipBuy"]


async def for_life(pond: Pond, member: Principal) -> None:
    """Make the membership one for life, whatever else is under way."""
    ctx, plan = pond.context(member), await a_plan(pond, PlanKind.LIFETIME)
    async with ctx.database.writing() as tx:
        assert await resolvers.memberships.begin(ctx, tx, ctx.member_id, plan, PeriodSource.CARD)


async def kinds_told(pond: Pond, order_id: str) -> list[str]:
    """What was told of an order, in order."""
    rows = await pond.select("SELECT kind FROM outbox WHERE aggregate_id = $1 ORDER BY id", key_in(order_id))
    return [row["kind"] for row in rows]


def day_of(answer: Any) -> str:
    return str(answer["expiresAt"])[:10]


async def known_by(pond: Pond, member: Principal, openid: str, unionid: str | None = None) -> None:
    ctx = pond.context()
    assert member.member_id is not None
    async with pond.database.writing() as tx:
        identity = Identity(IdentityProvider.WX_MP, "wx-app", openid, unionid)
        await db.members.know_by(tx, member.member_id, identity, ctx.new_id(), ctx.now())


async def test_a_plan_is_an_order_that_runs_once_it_is_paid(pond: Pond) -> None:
    member, plan = await a_member(pond), await a_plan(pond)

    first = await buy(pond, member, plan, "k")
    again = await buy(pond, member, plan, "k")
    before = await mine(pond, member)
    await pay(pond, member, UUID(hex=first["order"]["id"][4:]))

    assert (first["order"]["total"]["minor"], first["order"]["lines"], first["order"]["note"]) == (
        199_00,
        [],
        "半亩会员",
    )
    assert again == {**first, "replayed": True}
    assert before is None
    now = await mine(pond, member)
    assert (now["plan"]["kind"], day_of(now)) == ("YEAR", "2027-11-22")


async def test_periods_that_are_bought_one_after_the_other_follow_each_other(pond: Pond) -> None:
    pond.time = datetime(2027, 2, 11, 4, 0, tzinfo=UTC)
    member = await a_member(pond)
    await buy_plan(pond, member, await a_plan(pond, PlanKind.MONTH, 20_00))
    pond.time = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)

    await buy_plan(pond, member, await a_plan(pond))

    now = await mine(pond, member)
    assert (now["plan"]["kind"], day_of(now)) == ("MONTH", "2028-03-11")
    pond.time = datetime(2027, 3, 12, tzinfo=UTC)
    assert (await mine(pond, member))["plan"]["kind"] == "YEAR"
    pond.time = datetime(2028, 3, 11, 4, 0, tzinfo=UTC)
    assert await mine(pond, member) is None, "prices end at the instant"


async def test_a_membership_for_life_blocks_further_purchases(pond: Pond) -> None:
    member = await a_member(pond)
    await buy_plan(pond, member, await a_plan(pond, PlanKind.LIFETIME, 999_00))

    refused = await buy(pond, member, await a_plan(pond))

    assert [error["code"] for error in refused["userErrors"]] == ["INVALID_STATE"]
    assert (await mine(pond, member))["expiresAt"] is None


async def test_what_is_paid_when_the_membership_became_one_for_life_goes_back(pond: Pond) -> None:
    """Also when it is told again and again: there is nothing more that the money could buy (R21)."""
    member = await a_member(pond)
    order = (await buy(pond, member, await a_plan(pond, PlanKind.MONTH, 30_00)))["order"]
    opened = await begun(pond, member, order["id"])
    await for_life(pond, member)

    for _ in range(2):
        await pond.standins.post(opened["confirmUrl"])
        await pond.bank.all_told()

    decided = await money_of(pond, member, order["id"])
    await send_refunds(pond)
    after = await money_of(pond, member, order["id"])
    assert (decided["state"], decided["paid"], decided["refunded"]) == ("REFUNDING", yuan(30_00), yuan(30_00))
    assert (after["state"], [one["state"] for one in after["refunds"]]) == ("REFUNDED", ["SUCCEEDED"])
    assert (await mine(pond, member))["expiresAt"] is None
    assert await ledger_of(pond) == {}
    assert await kinds_told(pond, order["id"]) == ["OrderPlaced", "OrderPaid", "OrderRefunded", "RefundArrived"]


async def test_who_buys_and_activates_a_card_at_once_has_one_of_the_two(pond: Pond) -> None:
    month, members = await a_plan(pond, PlanKind.MONTH), [await a_member(pond) for _ in range(16)]
    codes = await membership_cards(pond, await a_plan(pond, PlanKind.LIFETIME), 16)

    async def both(member: Principal, code: str) -> int:
        bought, refused = await asyncio.gather(buy(pond, member, month), pond.refused(ACTIVATE, member, code=code))
        return (not bought["userErrors"]) + (not refused)

    assert await asyncio.gather(*map(both, members, codes)) == [1] * 16


async def test_one_purchase_waits_at_a_time_and_makes_room_when_it_is_given_up(pond: Pond) -> None:
    member, plan = await a_member(pond), await a_plan(pond)

    answers = await asyncio.gather(*(buy(pond, member, plan) for _ in range(8)))
    open_ones = [one["order"]["id"] for one in answers if one["order"]]
    await pond.ask(CANCEL, member, id=open_ones[0])

    assert len(open_ones) == 1
    assert (await buy(pond, member, plan))["userErrors"] == []


@pytest.mark.parametrize("price", [0, 1_00])
async def test_a_trial_is_for_a_person_once_even_when_they_come_back(pond: Pond, price: int) -> None:
    member = await a_member(pond, phone="+8613800000001")
    await known_by(pond, member, "openid-1", "union-1")
    trial = await a_plan(pond, PlanKind.TRIAL, price)
    await buy_plan(pond, member, trial)
    assert day_of(await mine(pond, member)) == "2026-11-29"
    await pond.select("UPDATE member SET phone = NULL, status = 'CLOSED'")
    await pond.select("DELETE FROM member_identity")

    by_phone = await a_member(pond, phone="+8613800000001")
    by_unionid = await a_member(pond)
    await known_by(pond, by_unionid, "openid-2", "union-1")
    somebody_else = await a_member(pond)

    codes = [[e["code"] for e in (await buy(pond, one, trial))["userErrors"]] for one in (member, by_phone, by_unionid)]
    assert codes == [["LIMIT_PER_MEMBER"]] * 3
    assert (await buy(pond, somebody_else, trial))["userErrors"] == []


async def test_a_trial_that_was_given_up_unpaid_can_be_had_later(pond: Pond) -> None:
    member, trial = await a_member(pond), await a_plan(pond, PlanKind.TRIAL, 1_00)

    order = (await buy(pond, member, trial))["order"]
    await pond.ask(CANCEL, member, id=order["id"])

    assert (await buy(pond, member, trial))["userErrors"] == []


async def test_of_sixty_four_tries_of_a_person_one_trial_begins(pond: Pond) -> None:
    accounts = [await a_member(pond) for _ in range(8)]
    for number, account in enumerate(accounts):
        await known_by(pond, account, f"openid-{number}", "one-person")
    trial = await a_plan(pond, PlanKind.TRIAL, 0)

    answers = await asyncio.gather(*(buy(pond, accounts[n % 8], trial) for n in range(64)))

    assert sum(not one["userErrors"] for one in answers) == 1
    assert (await pond.select("SELECT count(*) FROM membership_period"))[0][0] == 1


async def test_without_the_unique_key_a_person_would_have_many_trials(pond: Pond) -> None:
    await pond.select("CREATE TABLE careless_trial (trace text)")
    everybody_looked = asyncio.Barrier(8)

    async def careless() -> bool:
        known = (await pond.select("SELECT count(*) FROM careless_trial"))[0][0]
        await everybody_looked.wait()
        if known == 0:
            await pond.select("INSERT INTO careless_trial VALUES ('one-person')")
        return bool(known == 0)

    assert sum(await asyncio.gather(*(careless() for _ in range(8)))) == 8


async def test_sixty_four_who_type_one_code_activate_one_card(pond: Pond) -> None:
    (code,) = await membership_cards(pond, await a_plan(pond, PlanKind.MONTH))
    members = [await a_member(pond) for _ in range(64)]

    typed = f" {code[:4].lower()}-{code[4:8]} {code[8:]} "
    answers = await asyncio.gather(*(pond.ask(ACTIVATE, one, code=typed) for one in members))

    payloads = [one["membershipCardActivate"] for one in answers]
    assert sum(not one["userErrors"] for one in payloads) == 1
    assert {e["code"] for one in payloads for e in one["userErrors"]} == {"NOT_FOUND"}
    (winner,) = [one["member"]["membership"] for one in payloads if one["member"]]
    assert day_of(winner) == "2026-12-22"


async def test_without_the_condition_one_card_would_be_activated_by_all(pond: Pond) -> None:
    (code,) = await membership_cards(pond, await a_plan(pond, PlanKind.MONTH))
    everybody_looked = asyncio.Barrier(8)

    async def careless(member: Principal) -> bool:
        free = await pond.select("SELECT 1 FROM membership_card WHERE member_id IS NULL")
        await everybody_looked.wait()
        if free:
            await pond.select("UPDATE membership_card SET member_id = $1, activated_at = now()", member.member_id)
        return bool(free)

    done = await asyncio.gather(*[careless(await a_member(pond)) for _ in range(8)])

    assert (len(code), sum(done)) == (16, 8)


async def test_a_card_that_its_member_cannot_use_stays_good(pond: Pond) -> None:
    for_life, other = await a_member(pond), await a_member(pond)
    await buy_plan(pond, for_life, await a_plan(pond, PlanKind.LIFETIME))
    (code,) = await membership_cards(pond, await a_plan(pond))

    refused = await pond.refused(ACTIVATE, for_life, code=code)
    fine = await pond.refused(ACTIVATE, other, code=code)

    assert ([e["code"] for e in refused], fine) == (["INVALID_STATE"], [])


async def test_codes_are_told_once_kept_by_nobody_and_void_when_stolen(pond: Pond) -> None:
    operator, member = await staff(pond, Role.OPERATOR), await a_member(pond)
    plan = await a_plan(pond)
    wanted = {
        "planId": id_of(Kind.MEMBERSHIP_PLAN, plan.id),
        "count": 3,
        "expiresAt": (pond.time + timedelta(days=9)).isoformat(),
        "idempotencyKey": "k",
    }

    first = (await pond.ask(ISSUE, operator, input=wanted))["membershipCardsIssue"]
    again = (await pond.ask(ISSUE, operator, input=wanted))["membershipCardsIssue"]
    fine = await pond.refused(ACTIVATE, member, code=first["codes"][0])
    await pond.ask(VOID, operator, id=first["batchId"])
    voided = await pond.refused(ACTIVATE, member, code=first["codes"][1])

    assert (len(set(first["codes"])), again) == (3, {**first, "codes": [], "replayed": True})
    assert (fine, [e["code"] for e in voided]) == ([], ["NOT_FOUND"])
    dump = str(await pond.select("SELECT * FROM membership_card")) + str(
        await pond.select("SELECT * FROM idempotency_key")
    )
    assert not any(code in dump for code in first["codes"])


async def test_nobody_tries_more_than_ten_codes_a_minute(pond: Pond) -> None:
    member = await a_member(pond)

    codes = [(await pond.refused(ACTIVATE, member, code=f"AAAA{n}"))[0]["code"] for n in range(12)]

    assert codes == ["NOT_FOUND"] * 10 + ["RATE_LIMITED"] * 2


async def test_what_is_left_is_refunded_as_long_as_no_right_was_used(pond: Pond) -> None:
    member, plan = await a_member(pond), await a_plan(pond, PlanKind.MONTH, 30_00)
    order_id = await buy_plan(pond, member, plan)
    assert order_id is not None
    pond.later(days=15)

    with pytest.raises(NotRefundable) as too_much:
        await refunded(pond, order_id, amount=Money(15_01))
    await refunded(pond, order_id, amount=Money(15_00))

    assert too_much.value.left == Money(15_00)
    assert await mine(pond, member) is None
    await buy_plan(pond, member, plan)
    assert day_of(await mine(pond, member)) == "2027-01-07"


async def test_what_comes_back_in_parts_is_together_what_was_left_when_it_ended(pond: Pond) -> None:
    member = await a_member(pond)
    bought = await buy_plan(pond, member, await a_plan(pond, PlanKind.MONTH, 30_00))
    order_id = id_of(Kind.ORDER, bought or UUID(int=0))
    pond.later(days=15)

    first = await refund(pond, order_id, amount=1)
    ended = await mine(pond, member)
    pond.later(days=5)
    too_much = await refund(pond, order_id, amount=15_00)
    rest = await refund(pond, order_id, amount=14_99)

    assert (first["userErrors"], ended, rest["userErrors"]) == ([], None, [])
    assert too_much["userErrors"] == [{"code": "INVALID_STATE", "path": ["input", "amount"], "left": yuan(14_99)}]
    assert (await money_of(pond, member, order_id))["refunded"] == yuan(15_00)


async def test_a_membership_for_life_that_goes_back_leaves_what_was_bought_before_it(pond: Pond) -> None:
    member, year = await a_member(pond), await a_plan(pond)
    await buy_plan(pond, member, year)
    await buy_plan(pond, member, year)
    before = await mine(pond, member)
    pond.later(days=30)
    for_life = await buy_plan(pond, member, await a_plan(pond, PlanKind.LIFETIME, 999_00))
    pond.later(days=1)

    back = await refund(pond, id_of(Kind.ORDER, for_life or UUID(int=0)), amount=999_00)

    assert back["userErrors"] == []
    assert (await mine(pond, member), day_of(before)) == (before, "2028-11-22")
    await buy_plan(pond, member, year)
    assert day_of(await mine(pond, member)) == "2029-11-22"


async def test_one_for_life_counts_though_years_that_were_bought_before_it_run(pond: Pond) -> None:
    member, year = await a_member(pond), await a_plan(pond)
    life = await a_plan(pond, PlanKind.LIFETIME, 999_00, Rights(points_bp=30_000))
    for plan in (year, year, life):
        await buy_plan(pond, member, plan)
    pond.later(days=400)

    now = await mine(pond, member)
    (known,) = (await known_shoppers(pond.database.reading(), [member.member_id or UUID(int=0)], pond.time)).values()

    assert (now["plan"]["kind"], now["expiresAt"]) == ("LIFETIME", None)
    assert (known.shopper.plan_id, known.points_bp) == (life.id, 30_000)


async def test_what_was_bought_before_one_for_life_does_not_go_back_while_that_lasts(pond: Pond) -> None:
    member, year = await a_member(pond), await a_plan(pond)
    await buy_plan(pond, member, year)
    second = await buy_plan(pond, member, year)
    await buy_plan(pond, member, await a_plan(pond, PlanKind.LIFETIME, 999_00))

    refused = await refund(pond, id_of(Kind.ORDER, second or UUID(int=0)), amount=199_00)

    assert [error["code"] for error in refused["userErrors"]] == ["INVALID_STATE"]
    assert (await mine(pond, member))["expiresAt"] is None


async def test_a_plan_gives_along_what_there_is(pond: Pond) -> None:
    operator, nothing = await staff(pond, Role.OPERATOR), id_of(Kind.VARIANT, uuid4())
    wanted = {"kind": "YEAR", "name": "年卡", "price": {"minor": 299_00}, "rights": {"giftVariantId": nothing}}

    refused = await pond.refused(SAVE, operator, input=wanted)

    assert refused == [{"code": "NOT_FOUND", "path": ["input", "rights", "giftVariantId"]}]


async def test_a_plan_runs_as_long_as_it_did_when_it_was_ordered(pond: Pond) -> None:
    operator, member = await staff(pond, Role.OPERATOR), await a_member(pond)
    plan, trial = await a_plan(pond), await a_plan(pond, PlanKind.TRIAL, 0)
    waiting = await buy_plan(pond, member, plan, paid=False)
    known = {"planId": id_of(Kind.MEMBERSHIP_PLAN, plan.id), "name": "年卡", "price": {"minor": 299_00}}
    tried = {"planId": id_of(Kind.MEMBERSHIP_PLAN, trial.id), "name": "试用", "price": {"minor": 0}, "kind": "TRIAL"}

    shorter = await pond.refused(SAVE, operator, input={**known, "kind": "MONTH"})
    fewer_days = await pond.refused(SAVE, operator, input={**tried, "trialDays": 1})
    dearer = await pond.refused(SAVE, operator, input={**known, "kind": "YEAR"})
    await pay(pond, member, waiting or UUID(int=0))

    assert shorter == [{"code": "BAD_USER_INPUT", "path": ["input", "kind"]}]
    assert fewer_days == [{"code": "BAD_USER_INPUT", "path": ["input", "trialDays"]}]
    assert (dearer, day_of(await mine(pond, member))) == ([], "2027-11-22")


async def test_nothing_comes_back_once_something_was_ordered_with_it(pond: Pond) -> None:
    member = await a_member(pond)
    order_id = await buy_plan(pond, member, await a_plan(pond, PlanKind.MONTH, 30_00))
    variant = await a_variant(pond)
    place = """mutation ($v: ID!) { orderPlace(input: {lines: [{variantId: $v, quantity: 1}], idempotencyKey: "k"}) {
      order { id } } }"""
    bought = await pond.ask(place, member, v=id_of(Kind.VARIANT, variant.id))
    await pay(pond, member, UUID(hex=bought["orderPlace"]["order"]["id"][4:]))
    assert order_id is not None

    with pytest.raises(RightsUsed):
        await refunded(pond, order_id, amount=Money(1))


async def test_members_see_what_is_on_sale_and_operators_set_it(pond: Pond) -> None:
    operator, member = await staff(pond, Role.OPERATOR), await a_member(pond)
    plan = await a_plan(pond, PlanKind.QUARTER, 59_00, Rights(points_bp=20_000, free_shipping=True))
    wanted = {
        "kind": "QUARTER",
        "name": "季卡",
        "price": {"minor": 59_00},
        "onSale": False,
        "planId": id_of(Kind.MEMBERSHIP_PLAN, plan.id),
    }

    before = (await pond.ask(PLANS))["membershipPlans"]
    forbidden = await pond.errors(SAVE, member, input=wanted)
    bad = await pond.refused(SAVE, operator, input={**wanted, "trialDays": 3})
    await pond.ask(SAVE, operator, input=wanted)

    assert [(one["price"]["minor"], one["rights"]) for one in before] == [
        (59_00, {"pointsBp": 20_000, "freeShipping": True})
    ]
    assert (forbidden, bad[0]["path"]) == (["FORBIDDEN"], ["input", "trialDays"])
    assert (await pond.ask(PLANS))["membershipPlans"] == []
    assert [one["name"] for one in (await pond.ask(PLANS, operator))["membershipPlans"]] == ["季卡"]
    assert (await buy(pond, member, replace(plan)))["userErrors"] == [{"code": "NOT_FOUND"}]
