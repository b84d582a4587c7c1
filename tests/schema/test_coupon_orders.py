"""Coupons in orders: one order holds each, paying uses it, giving up and a whole refund give it back."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

import resolvers.orders
import resolvers.tags
from domain.coupon_templates import CouponScope, TakeBy, Validity, Worth
from domain.coupons import CouponPolicy
from domain.identity import Principal
from domain.lotteries import ChanceSource, ChanceTerms, NoChance
from domain.money import Money
from domain.promotions.coupons import CouponKind
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_product, a_variant
from tests.makers_coupons import a_coupon, a_template, an_operator, state_of
from tests.makers_guides import a_guide, bound, guide_of
from tests.makers_lotteries import a_lottery, drawn
from tests.makers_members import a_member
from tests.makers_value import a_tag_group, pay, refunded
from tests.pond import NOON, Pond, statements

PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { id state total { minor } goods { minor } } replayed
  userErrors { code ... on CouponInapplicable { couponId reason lacking } } } }"""
QUOTE = """query ($lines: [CartLineInput!]!, $terms: QuoteTermsInput) { cartQuote(lines: $lines, terms: $terms) {
  total { minor } refusedCoupons { reason } } }"""
BEST = """query ($lines: [CartLineInput!]!) { bestCoupons(lines: $lines) {
  best { id } saved { minor } others { id } refused { couponId reason } } }"""
CANCEL = "mutation ($id: ID!) { orderCancel(input: { orderId: $id }) { order { state } userErrors { code } } }"
TEN_OFF = Worth(CouponKind.FIXED, 10_00)


async def a_cart(pond: Pond, price: int = 100_00, **product: Any) -> dict[str, Any]:
    variant = await a_variant(pond, price=Money(price), **product)
    return {"lines": [{"variantId": id_of(Kind.VARIANT, variant.id), "quantity": 1}]}


async def place(pond: Pond, who: Principal, cart: dict[str, Any], **other: Any) -> dict[str, Any]:
    asked = {**cart, "idempotencyKey": uuid4().hex, **other}
    return dict((await pond.ask(PLACE, who, input=asked))["orderPlace"])


def why(answer: dict[str, Any]) -> list[str]:
    return [error.get("reason") or error["code"] for error in answer["userErrors"]]


async def test_an_order_holds_its_coupon_until_it_is_given_up(pond: Pond) -> None:
    member = await a_member(pond)
    cart, coupon = await a_cart(pond), await a_coupon(pond, member, worth=TEN_OFF)
    named = {"couponIds": [id_of(Kind.COUPON, coupon.id)]}

    order = (await place(pond, member, cart, **named))["order"]

    assert (order["total"]["minor"], await state_of(pond, coupon.id)) == (90_00, "LOCKED")
    assert why(await place(pond, member, cart, **named)) == ["IN_ANOTHER_ORDER"]
    await pond.ask(CANCEL, member, id=order["id"])
    assert await state_of(pond, coupon.id) == "UNUSED"
    assert why(await place(pond, member, cart, **named)) == []


async def test_what_comes_back_after_its_time_has_expired(pond: Pond) -> None:
    member = await a_member(pond)
    cart, coupon = await a_cart(pond), await a_coupon(pond, member, worth=TEN_OFF, validity=Validity(days=1))
    pond.later(hours=23, minutes=55)
    await place(pond, member, cart, couponIds=[id_of(Kind.COUPON, coupon.id)])
    pond.later(minutes=20)

    assert await resolvers.orders.cancel_overdue(pond.context()) == 1

    assert await state_of(pond, coupon.id) == "EXPIRED"


async def test_of_64_orders_at_once_one_has_the_coupon(pond: Pond) -> None:
    """Macrozheng #1003: one coupon was spent in five concurrent orders."""
    member = await a_member(pond)
    cart, coupon = await a_cart(pond, stock=100), await a_coupon(pond, member, worth=TEN_OFF)
    named, processes = {"couponIds": [id_of(Kind.COUPON, coupon.id)]}, [pond, Pond(pond.database)]

    answers = await asyncio.gather(*(place(processes[n % 2], member, cart, **named) for n in range(64)))

    assert Counter(tuple(why(answer)) for answer in answers) == {(): 1, ("IN_ANOTHER_ORDER",): 63}
    assert [row[0] for row in await pond.select('SELECT total_minor FROM "order"')] == [90_00]


async def test_who_looks_first_and_holds_afterwards_spends_one_coupon_twice(pond: Pond) -> None:
    """Negative control: what holding comes to without its lock and its condition."""
    coupon, all_have_looked = await a_coupon(pond, await a_member(pond)), asyncio.Barrier(5)

    async def careless() -> bool:
        async with pond.database.writing() as tx:
            state = await tx._connection.fetchval("SELECT state FROM coupon WHERE id = $1", coupon.id)
            await all_have_looked.wait()
            hold = "UPDATE coupon SET state = 'LOCKED', order_id = gen_random_uuid() WHERE id = $1"
            await tx._connection.execute(hold, coupon.id)
            return bool(state == "UNUSED")

    assert sum(await asyncio.gather(*(careless() for _ in range(5)))) == 5


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        pytest.param({"worth": Worth(CouponKind.FIXED, 10_00, threshold=100_01)}, "BELOW_THRESHOLD", id="too little"),
        pytest.param({"validity": Validity(NOON.replace(day=23), NOON.replace(day=24))}, "NOT_YET", id="too early"),
        pytest.param({"validity": Validity(ends_at=NOON.replace(hour=5))}, "EXPIRED", id="too late"),
        pytest.param({"scope": CouponScope.STORE, "scope_ids": (uuid4(),)}, "OTHER_STORE", id="elsewhere"),
        pytest.param({"scope": CouponScope.PRODUCT, "scope_ids": (uuid4(),)}, "NOTHING_IN_SCOPE", id="other goods"),
    ],
)
async def test_a_coupon_that_does_not_apply_is_refused_with_its_reason(pond: Pond, terms: Any, reason: str) -> None:
    """G11: a coupon for other goods, another store, or another time, by the server's clock."""
    member = await a_member(pond)
    cart, coupon = await a_cart(pond), await a_coupon(pond, member, **{"worth": TEN_OFF, **terms})
    named = {"couponIds": [id_of(Kind.COUPON, coupon.id)]}
    if reason == "EXPIRED":
        pond.later(hours=1)

    quote = (await pond.ask(QUOTE, member, **cart, terms=named))["cartQuote"]
    answer = await place(pond, member, cart, **named)

    assert quote == {"total": {"minor": 100_00}, "refusedCoupons": [{"reason": reason}]}
    assert (why(answer), answer["order"]) == ([reason], None)
    assert answer["userErrors"][0]["lacking"] == (1 if reason == "BELOW_THRESHOLD" else 0)


async def test_the_coupon_of_another_member_is_nobodys(pond: Pond) -> None:
    cart, coupon = await a_cart(pond), await a_coupon(pond, await a_member(pond), worth=TEN_OFF)
    named = {"couponIds": [id_of(Kind.COUPON, coupon.id)]}

    assert why(await place(pond, await a_member(pond), cart, **named)) == ["NOT_YOURS"]
    guest = (await pond.ask(QUOTE, **cart, terms=named))["cartQuote"]
    assert guest["refusedCoupons"] == [{"reason": "NOT_YOURS"}]


async def test_a_guides_coupon_is_good_for_that_guides_customers(pond: Pond) -> None:
    guide, customer, other = await a_guide(pond), await a_member(pond), await a_member(pond)
    await bound(pond, customer, guide)
    cart, key = await a_cart(pond), (await guide_of(pond, guide)).id
    template = await a_template(pond, worth=TEN_OFF, scope=CouponScope.GUIDE, scope_ids=(key,))

    for member, expected in ((customer, []), (other, ["OTHER_GUIDE"])):
        coupon = await a_coupon(pond, member, template)
        assert why(await place(pond, member, cart, couponIds=[id_of(Kind.COUPON, coupon.id)])) == expected


async def test_excluded_goods_get_nothing_of_a_coupon(pond: Pond) -> None:
    member, product = await a_member(pond), await a_product(pond)
    variant = (await pond.select("SELECT id FROM variant WHERE product_id = $1", product.id))[0][0]
    cart = {"lines": [{"variantId": id_of(Kind.VARIANT, variant), "quantity": 1}]}
    coupon = await a_coupon(pond, member, worth=TEN_OFF, excluded_ids=(product.id,))

    assert why(await place(pond, member, cart, couponIds=[id_of(Kind.COUPON, coupon.id)])) == ["NOTHING_IN_SCOPE"]


async def test_a_guests_code_is_dropped_once_the_guest_turns_out_to_have_used_it(pond: Pond) -> None:
    """C6: a limit for each customer cannot be checked for a guest; it is as soon as they log in."""
    member, cart = await a_member(pond), await a_cart(pond)
    template = await a_template(pond, worth=TEN_OFF, take_by=(TakeBy.CODE,))
    issue = "mutation ($input: CouponCodesIssueInput!) { couponCodesIssue(input: $input) { userErrors { code } } }"
    asked = {
        "couponTemplateId": id_of(Kind.COUPON_TEMPLATE, template.id),
        "sharedCode": "AUTUMN",
        "idempotencyKey": "k",
    }
    assert await pond.refused(issue, await an_operator(pond), input=asked) == []
    coded = {"couponCodes": ["autumn"]}

    first = await place(pond, member, cart, **coded)

    assert first["order"]["total"]["minor"] == 90_00
    guest = (await pond.ask(QUOTE, **cart, terms=coded))["cartQuote"]
    assert guest == {"total": {"minor": 90_00}, "refusedCoupons": []}
    mine = (await pond.ask(QUOTE, member, **cart, terms=coded))["cartQuote"]
    assert mine == {"total": {"minor": 100_00}, "refusedCoupons": [{"reason": "IN_ANOTHER_ORDER"}]}
    await pond.ask(CANCEL, member, id=first["order"]["id"])
    assert (await place(pond, member, cart, **coded))["order"]["total"]["minor"] == 90_00, "C7: usage is released"


async def test_a_coupon_costs_an_order_two_statements(pond: Pond) -> None:
    """It is read and locked; that it is held is written along with what else is taken."""
    member = await a_member(pond)
    cart, coupon = await a_cart(pond, stock=9), await a_coupon(pond, member, worth=TEN_OFF)
    with statements() as plain:
        await place(pond, member, cart)
    with statements() as with_coupon:
        await place(pond, member, cart, couponIds=[id_of(Kind.COUPON, coupon.id)])

    assert len(with_coupon) - len(plain) == 2


async def test_a_coupon_of_a_community_is_good_for_members_with_its_tag(pond: Pond) -> None:
    (tag,) = await a_tag_group(pond, "茶友群")
    insider, outsider, cart = await a_member(pond), await a_member(pond), await a_cart(pond)
    assert insider.member_id is not None
    await resolvers.tags.tag(pond.context(await an_operator(pond)), insider.member_id, [tag.id])
    template = await a_template(pond, worth=TEN_OFF, scope=CouponScope.COMMUNITY, scope_ids=(tag.id,))

    for member, expected in ((insider, []), (outsider, ["OTHER_COMMUNITY"])):
        coupon = await a_coupon(pond, member, template)
        assert why(await place(pond, member, cart, couponIds=[id_of(Kind.COUPON, coupon.id)])) == expected


async def test_the_best_of_ones_coupons_are_found_with_one_quote_of_all(pond: Pond) -> None:
    member, cart = await a_member(pond), await a_cart(pond)
    small, big, wide, dear = [
        await a_coupon(pond, member, worth=worth, order_wide=order_wide)
        for worth, order_wide in (
            (TEN_OFF, False),
            (Worth(CouponKind.PERCENT, off_bp=2_000), False),
            (Worth(CouponKind.FIXED, 5_00), True),
            (Worth(CouponKind.FIXED, 50_00, threshold=100_01), False),
        )
    ]

    with statements() as log:
        advice = (await pond.ask(BEST, member, **cart))["bestCoupons"]

    keys = {name: id_of(Kind.COUPON, one.id) for name, one in zip("sbwd", (small, big, wide, dear), strict=True)}
    assert {one["id"] for one in advice["best"]} == {keys["b"], keys["w"]}
    assert (advice["saved"]["minor"], [one["id"] for one in advice["others"]]) == (25_00, [keys["s"]])
    assert advice["refused"] == [{"couponId": keys["d"], "reason": "BELOW_THRESHOLD"}]
    assert len([line for line in log if "FROM coupon " in line or "coupon_template" in line]) <= 3


async def placed(pond: Pond, member: Principal, coupon_id: UUID | None = None, price: int = 100_00) -> UUID:
    """The key of an order that was placed, with a coupon if one is named."""
    named = {} if coupon_id is None else {"couponIds": [id_of(Kind.COUPON, coupon_id)]}
    return UUID(hex=(await place(pond, member, await a_cart(pond, price), **named))["order"]["id"][4:])


async def test_paying_uses_the_coupon_and_a_whole_refund_before_shipment_gives_it_back(pond: Pond) -> None:
    member = await a_member(pond)
    coupon = await a_coupon(pond, member, worth=TEN_OFF)
    order_id = await placed(pond, member, coupon.id)

    await pay(pond, member, order_id)
    assert await state_of(pond, coupon.id) == "USED"

    await refunded(pond, order_id)
    assert await state_of(pond, coupon.id) == "UNUSED"


async def test_a_brand_may_keep_what_was_used(pond: Pond) -> None:
    pond.services.rules = replace(pond.services.rules, coupons=CouponPolicy(back_on_refund=False))
    member = await a_member(pond)
    coupon = await a_coupon(pond, member, worth=TEN_OFF)
    order_id = await placed(pond, member, coupon.id)
    await pay(pond, member, order_id)

    await refunded(pond, order_id)

    assert await state_of(pond, coupon.id) == "USED"


@pytest.mark.parametrize(("together", "paid", "refused"), [(True, 85_00, []), (False, 90_00, ["NOT_COMBINABLE"])])
async def test_a_brand_says_whether_a_coupon_for_the_order_goes_with_one_for_goods(
    pond: Pond, together: bool, paid: int, refused: list[str]
) -> None:
    pond.services.rules = replace(pond.services.rules, coupons=CouponPolicy(go_together=together))
    member, cart = await a_member(pond), await a_cart(pond)
    narrow = await a_coupon(pond, member, worth=TEN_OFF)
    wide = await a_coupon(pond, member, worth=Worth(CouponKind.FIXED, 5_00), order_wide=True)
    terms = {"couponIds": [id_of(Kind.COUPON, one.id) for one in (narrow, wide)]}

    quote = (await pond.ask(QUOTE, member, **cart, terms=terms))["cartQuote"]

    assert quote == {"total": {"minor": paid}, "refusedCoupons": [{"reason": one} for one in refused]}


async def test_an_order_of_some_worth_gives_a_coupon_that_its_refund_recalls(pond: Pond) -> None:
    """G13: what an order gave goes back with it, as far as it is unused."""
    await a_template(pond, name="回购券", take_by=(TakeBy.ORDER_GIFT,), gift_from=100_00, per_person=5, total=1)
    member = await a_member(pond)

    cheap, dear, late = [await placed(pond, member, price=price) for price in (99_99, 100_00, 100_00)]
    for order_id in (cheap, dear, late):
        await pay(pond, member, order_id)
    given = await pond.select("SELECT id, given_by, state FROM coupon")

    assert [tuple(row)[1:] for row in given] == [(dear, "UNUSED")], "one has run out, and nobody's payment failed"
    await refunded(pond, dear)
    assert await state_of(pond, given[0]["id"]) == "REVOKED"


@pytest.mark.parametrize("is_paid", [False, True])
async def test_what_an_order_gave_and_another_gives_back_after_its_refund_is_recalled(
    pond: Pond, *, is_paid: bool
) -> None:
    await a_template(pond, worth=TEN_OFF, take_by=(TakeBy.ORDER_GIFT,), gift_from=100_00)
    member = await a_member(pond)
    giver = await placed(pond, member)
    await pay(pond, member, giver)
    given = (await pond.select("SELECT id FROM coupon"))[0][0]
    other = await placed(pond, member, given)
    if is_paid:
        await pay(pond, member, other)

    await refunded(pond, giver)
    held = await state_of(pond, given)
    if is_paid:
        await refunded(pond, other)
    else:
        await pond.ask(CANCEL, member, id=id_of(Kind.ORDER, other))

    assert held == ("USED" if is_paid else "LOCKED"), "nothing is taken out of an order that stands"
    assert await state_of(pond, given) == "REVOKED"


async def test_an_order_that_ends_beside_the_one_that_gave_its_coupon_leaves_none_behind(pond: Pond) -> None:
    await a_template(pond, worth=TEN_OFF, take_by=(TakeBy.ORDER_GIFT,), gift_from=100_00)
    members = [await a_member(pond) for _ in range(8)]
    pairs = []
    for member in members:
        giver = await placed(pond, member)
        await pay(pond, member, giver)
        (given,) = await pond.select("SELECT id FROM coupon WHERE member_id = $1", member.member_id)
        pairs.append((member, giver, await placed(pond, member, given[0])))

    ends = [pond.ask(CANCEL, member, id=id_of(Kind.ORDER, other)) for member, _, other in pairs]
    await asyncio.gather(*ends, *(refunded(pond, giver) for _, giver, _ in pairs))

    assert {row[0] for row in await pond.select("SELECT state FROM coupon")} == {"REVOKED"}


async def test_an_order_gives_chances_to_draw(pond: Pond) -> None:
    lottery = await a_lottery(pond, chances=ChanceTerms(free_daily=0, per_order=2, order_from=100_00))
    member = await a_member(pond)
    order_id = await placed(pond, member)

    await pay(pond, member, order_id)
    await drawn(pond, member, lottery, ChanceSource.ORDER)
    await refunded(pond, order_id)

    with pytest.raises(NoChance):
        await drawn(pond, member, lottery, ChanceSource.ORDER)
