"""Carts: kept for members and visitors, priced anew whenever they are read, and ordered once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

import db.carts
import resolvers.coupon_templates
import resolvers.orders
import resolvers.placing
import resolvers.products
from domain.catalogue import ProductVisibility, Variant
from domain.coupon_templates import TakeBy, Worth
from domain.identity import VISITOR, Principal
from domain.placing import Wish
from domain.promotions.coupons import CouponKind
from domain.refusals import StaleVersion
from resolvers.cart_taking import CartTaking
from schema.ids import Kind, id_of, key_of
from tests.makers_carts import (
    ADD,
    APPLY,
    ATTACH,
    COMPLETE,
    CREATE,
    FIND,
    REMOVE,
    UNAPPLY,
    UPDATE,
    a_cart,
    changed,
    completing,
    line_of,
)
from tests.makers_catalogue import a_product, a_variant, stocked, variants_of
from tests.makers_coupons import a_coupon, a_template, an_operator
from tests.makers_members import a_member
from tests.makers_promotions import a_promotion
from tests.pond import Pond, statements

PLAIN = """query { cart { lines { id quantity selected unitPrice { amount } priceChanged available }
  quote { total { amount } refusedCoupons { reason } } } }"""
ADD_PLAIN = """mutation ($input: CartLinesAddInput!) { cartLinesAdd(input: $input) {
  cart { lines { id } quote { total { amount } } } userErrors { code } } }"""


async def reprice(pond: Pond, variant: Variant, fen: int) -> None:
    await pond.select("UPDATE variant SET price_minor = $2 WHERE id = $1", variant.id, fen)


async def orders(pond: Pond) -> int:
    return int((await pond.select('SELECT count(*) FROM "order"'))[0][0])


async def test_a_visitor_has_a_cart_whose_id_is_enough(pond: Pond) -> None:
    variant = await a_variant(pond)

    cart = await a_cart(pond, VISITOR, variant)
    found = (await pond.ask(FIND, id=cart["id"]))["cart"]

    assert found["lines"] == cart["lines"]
    assert [(line["quantity"], line["unitPrice"]["minor"], line["inStock"]) for line in found["lines"]] == [
        (1, 199_00, True)
    ]
    assert found["quote"]["total"] == {"minor": 199_00}
    assert (await pond.ask(FIND))["cart"] is None


async def test_a_member_has_one_open_cart(pond: Pond) -> None:
    member, variant = await a_member(pond), await a_variant(pond)

    first = await a_cart(pond, member, variant)
    again = await a_cart(pond, member, variant)

    assert (again["id"], again["lines"][0]["quantity"]) == (first["id"], 2)
    assert (await pond.ask(FIND, member))["cart"]["id"] == first["id"]


async def test_a_members_cart_does_not_exist_for_anybody_else(pond: Pond) -> None:
    cart = await a_cart(pond, await a_member(pond), await a_variant(pond))
    line = cart["lines"][0]["id"]

    for other in (await a_member(pond), VISITOR):
        assert (await pond.ask(FIND, other, id=cart["id"]))["cart"] is None
        for document, given in (
            (ADD, {"lines": [line_of(await a_variant(pond))]}),
            (UPDATE, {"lines": [{"lineId": line, "quantity": 2}]}),
            (REMOVE, {"lineIds": [line]}),
            (APPLY, {"codes": ["ABCDEFGH"]}),
        ):
            refused = await pond.refused(document, other, input={"cartId": cart["id"], **given})
            assert [error["code"] for error in refused] == ["NOT_FOUND"]


async def test_what_is_put_in_again_is_added_to_its_line_and_chosen(pond: Pond) -> None:
    variant = await a_variant(pond)
    cart = await changed(pond, CREATE, lines=[line_of(variant, 2)])
    line = cart["lines"][0]["id"]
    await changed(pond, UPDATE, cartId=cart["id"], lines=[{"lineId": line, "selected": False}])

    after = await changed(pond, ADD, cartId=cart["id"], lines=[line_of(variant, 3)])

    assert [(one["id"], one["quantity"], one["selected"]) for one in after["lines"]] == [(line, 5, True)]


async def test_only_what_is_selected_is_in_the_quote(pond: Pond) -> None:
    first, second = await a_variant(pond), await a_variant(pond)
    cart = await changed(pond, CREATE, lines=[line_of(first), line_of(second, 2)])

    after = await changed(
        pond, UPDATE, cartId=cart["id"], lines=[{"lineId": cart["lines"][0]["id"], "selected": False}]
    )

    assert after["quote"]["goods"]["minor"] == 2 * 199_00
    assert [one["variantId"] for one in after["quote"]["lines"]] == [after["lines"][1]["variantId"]]
    assert after["lines"][0]["unitPrice"]["minor"] == 199_00


async def test_lines_are_taken_out_and_stay_gone(pond: Pond) -> None:
    cart = await changed(pond, CREATE, lines=[line_of(await a_variant(pond)), line_of(await a_variant(pond))])
    first = cart["lines"][0]["id"]

    after = await changed(pond, REMOVE, cartId=cart["id"], lineIds=[first])
    again = await changed(pond, REMOVE, cartId=cart["id"], lineIds=[first])

    assert [one["id"] for one in after["lines"]] == [cart["lines"][1]["id"]]
    assert again["version"] == after["version"] == cart["version"] + 1


async def test_a_line_that_was_removed_meanwhile_is_not_found(pond: Pond) -> None:
    """C14."""
    cart = await a_cart(pond, VISITOR, await a_variant(pond))
    line = cart["lines"][0]["id"]
    await changed(pond, REMOVE, cartId=cart["id"], lineIds=[line])

    refused = await pond.refused(UPDATE, input={"cartId": cart["id"], "lines": [{"lineId": line, "quantity": 2}]})

    assert [(error["code"], error["path"]) for error in refused] == [("NOT_FOUND", ["input", "lines", "0", "lineId"])]


async def test_a_line_may_be_removed_while_it_is_put_in_again(pond: Pond) -> None:
    """C14 with real concurrency: one of the two came first, and nobody sees a fault."""
    variant = await a_variant(pond)
    cart = await a_cart(pond, VISITOR, variant)
    line = cart["lines"][0]["id"]

    answers = await asyncio.gather(
        *(pond.ask(REMOVE, input={"cartId": cart["id"], "lineIds": [line]}) for _ in range(4)),
        *(pond.ask(ADD, input={"cartId": cart["id"], "lines": [line_of(variant)]}) for _ in range(4)),
        *(pond.ask(FIND, id=cart["id"]) for _ in range(4)),
    )

    assert not [answer for answer in answers[:8] if next(iter(answer.values()))["userErrors"]]
    assert (await pond.ask(FIND, id=cart["id"]))["cart"]["version"] == cart["version"] + 5


@pytest.mark.parametrize(
    ("quantity", "path"), [(0, ["input", "lines", "0", "quantity"]), (1_000, ["input", "lines", "0", "quantity"])]
)
async def test_a_line_holds_1_to_999(pond: Pond, quantity: int, path: list[str]) -> None:
    variant = await a_variant(pond)

    refused = await pond.refused(CREATE, input={"lines": [line_of(variant, quantity)]})

    assert [(error["code"], error["path"]) for error in refused] == [("BAD_USER_INPUT", path)]


async def test_a_line_that_would_hold_more_is_refused_as_a_whole(pond: Pond) -> None:
    variant, other = await a_variant(pond), await a_variant(pond)
    cart = await changed(pond, CREATE, lines=[line_of(variant, 999)])

    refused = await pond.refused(ADD, input={"cartId": cart["id"], "lines": [line_of(other), line_of(variant)]})

    assert [error["code"] for error in refused] == ["BAD_USER_INPUT"]
    assert (await pond.ask(FIND, id=cart["id"]))["cart"]["version"] == cart["version"]


async def test_a_cart_holds_100_lines(pond: Pond) -> None:
    """G20."""
    variants = await variants_of(pond, await a_product(pond, sizes=[str(n) for n in range(100)]))
    cart = await changed(pond, CREATE, lines=[line_of(one) for one in variants])

    refused = await pond.refused(ADD, input={"cartId": cart["id"], "lines": [line_of(await a_variant(pond))]})

    assert len(cart["lines"]) == 100
    assert [error["code"] for error in refused] == ["BAD_USER_INPUT"]


async def test_a_total_beyond_what_amounts_hold_is_refused(pond: Pond) -> None:
    """G20: checked arithmetic."""
    variant = await a_variant(pond)
    await reprice(pond, variant, 2**53 // 999)

    refused = await pond.refused(CREATE, input={"lines": [line_of(variant, 999), line_of(await a_variant(pond))]})

    assert [error["code"] for error in refused] == ["BAD_USER_INPUT"]


async def test_what_the_caller_may_not_see_cannot_be_put_in(pond: Pond) -> None:
    (private,) = await variants_of(pond, await a_product(pond, visibility=ProductVisibility.MEMBERS))
    shown = await a_variant(pond)

    refused = await pond.refused(CREATE, input={"lines": [line_of(shown), line_of(private)]})

    assert [(error["code"], error["path"]) for error in refused] == [
        ("NOT_FOUND", ["input", "lines", "1", "variantId"])
    ]


async def test_goods_that_leave_the_shop_stay_in_the_cart_and_are_flagged(pond: Pond) -> None:
    """C14: a cart whose goods go while it is being priced is no error."""
    product = await a_product(pond)
    (gone,) = await variants_of(pond, product)
    cart = await changed(pond, CREATE, lines=[line_of(gone), line_of(await a_variant(pond))])
    await resolvers.products.archive(pond.context(), product.id)

    found = (await pond.ask(FIND, id=cart["id"]))["cart"]

    assert [(one["unitPrice"], one["available"], one["inStock"]) for one in found["lines"]] == [
        (None, 0, False),
        ({"minor": 199_00}, 10, True),
    ]
    assert found["quote"]["goods"]["minor"] == 199_00


async def test_an_empty_cart_costs_nothing(pond: Pond) -> None:
    cart = await a_cart(pond)

    assert (cart["lines"], cart["quote"]["total"]["minor"]) == ([], 0)


async def test_a_price_that_changed_is_flagged_and_the_latest_counts(pond: Pond) -> None:
    """C16."""
    variant = await a_variant(pond)
    cart = await a_cart(pond, VISITOR, variant)
    await reprice(pond, variant, 179_00)

    (line,) = (found := (await pond.ask(FIND, id=cart["id"]))["cart"])["lines"]
    (again,) = (await changed(pond, ADD, cartId=cart["id"], lines=[line_of(variant)]))["lines"]

    assert (line["priceChanged"], line["unitPrice"], line["addedPrice"]) == (True, {"minor": 179_00}, {"minor": 199_00})
    assert found["quote"]["total"]["minor"] == 179_00
    assert (again["priceChanged"], again["addedPrice"]) == (False, {"minor": 179_00})


async def test_codes_are_kept_as_people_write_them(pond: Pond) -> None:
    cart = await a_cart(pond)

    applied = await changed(pond, APPLY, cartId=cart["id"], codes=["summer-2026 a"])
    removed = await changed(pond, UNAPPLY, cartId=cart["id"], codes=["Summer2026A"])

    assert (applied["couponCodes"], removed["couponCodes"]) == (["SUMMER2026A"], [])
    assert applied["quote"]["refusedCoupons"] == [{"reason": "CODE_UNKNOWN"}]


async def test_more_than_ten_coupons_are_too_many(pond: Pond) -> None:
    cart = await a_cart(pond)

    refused = await pond.refused(APPLY, input={"cartId": cart["id"], "codes": [f"CODE{n:04}" for n in range(11)]})

    assert [error["code"] for error in refused] == ["BAD_USER_INPUT"]


# A visitor logs in


async def test_a_visitors_cart_is_merged_into_the_members(pond: Pond) -> None:
    member, shared, other = await a_member(pond), await a_variant(pond), await a_variant(pond)
    own = await changed(pond, CREATE, member, lines=[line_of(shared, 998)])
    visitors = await changed(pond, CREATE, lines=[line_of(shared, 3), line_of(other)])

    merged = await changed(pond, ATTACH, member, cartId=visitors["id"])

    assert (merged["id"], [one["quantity"] for one in merged["lines"]]) == (own["id"], [999, 1])
    assert (await pond.ask(FIND, id=visitors["id"]))["cart"] is None


async def test_to_attach_it_again_changes_nothing(pond: Pond) -> None:
    member = await a_member(pond)
    visitors = await a_cart(pond, VISITOR, await a_variant(pond))

    answers = await asyncio.gather(*(changed(pond, ATTACH, member, cartId=visitors["id"]) for _ in range(8)))

    assert {(cart["id"], len(cart["lines"]), cart["lines"][0]["quantity"]) for cart in answers} == {
        (answers[0]["id"], 1, 1)
    }


async def test_another_members_cart_cannot_be_attached(pond: Pond) -> None:
    theirs = await a_cart(pond, await a_member(pond))
    visitors = await a_cart(pond)
    await changed(pond, ATTACH, await a_member(pond), cartId=visitors["id"])

    member = await a_member(pond)
    for cart in (theirs, visitors):
        refused = await pond.refused(ATTACH, member, input={"cartId": cart["id"]})
        assert [error["code"] for error in refused] == ["NOT_FOUND"]


async def test_a_code_that_the_member_has_used_up_goes_at_login(pond: Pond) -> None:
    """C6: the limit per customer is looked at again when the visitor turns out to be somebody."""
    ten_off = Worth(CouponKind.FIXED, 10_00)
    template = await a_template(pond, take_by=(TakeBy.CODE, TakeBy.USER), worth=ten_off, per_person=1)
    operator = pond.context(await an_operator(pond))
    await resolvers.coupon_templates.issue_codes(operator, template.id, 1, "SPRING", uuid4().hex)
    member, variant = await a_member(pond), await a_variant(pond)
    await a_coupon(pond, member, template)
    await pond.ask(COMPLETE, member, input=completing(await with_coupons(pond, member, variant)))
    visitors = await a_cart(pond, VISITOR, variant)
    applied = await changed(pond, APPLY, cartId=visitors["id"], codes=["spring"])

    payload = (await pond.ask(ATTACH, member, input={"cartId": visitors["id"]}))["cartAttach"]

    assert applied["quote"]["goods"]["minor"] == 189_00
    assert (payload["cart"]["couponCodes"], payload["warnings"]) == ([], [{"code": "COUPON_REMOVED"}])
    assert payload["cart"]["quote"]["goods"]["minor"] == 199_00


# A cart is ordered


async def with_coupons(pond: Pond, member: Principal, variant: Variant) -> Any:
    """A member's cart with all coupons that the member has."""
    cart = await a_cart(pond, member, variant)
    keys = [row["id"] for row in await pond.select("SELECT id FROM coupon WHERE member_id = $1", member.member_id)]
    return await changed(pond, APPLY, member, cartId=cart["id"], couponIds=[id_of(Kind.COUPON, key) for key in keys])


async def test_what_is_selected_is_ordered_and_the_cart_is_closed(pond: Pond) -> None:
    member, first, second = await a_member(pond), await a_variant(pond), await a_variant(pond)
    cart = await a_cart(pond, member, first, second)
    line = cart["lines"][1]["id"]
    cart = await changed(pond, UPDATE, member, cartId=cart["id"], lines=[{"lineId": line, "selected": False}])

    payload = (await pond.ask(COMPLETE, member, input=completing(cart, quoteId=cart["quote"]["quoteId"])))[
        "cartComplete"
    ]

    assert payload["userErrors"] == []
    assert payload["order"]["lines"] == [{"variantId": id_of(Kind.VARIANT, first.id), "quantity": 1}]
    found = (await pond.ask(FIND, member, id=cart["id"]))["cart"]
    assert found["orderId"] == payload["order"]["id"]
    refused = await pond.refused(ADD, member, input={"cartId": cart["id"], "lines": [line_of(first)]})
    assert [error["code"] for error in refused] == ["INVALID_STATE"]
    assert (await a_cart(pond, member))["id"] != cart["id"]


async def test_a_cart_that_is_completed_again_is_the_same_order(pond: Pond) -> None:
    member = await a_member(pond)
    cart = await a_cart(pond, member, await a_variant(pond))

    first = (await pond.ask(COMPLETE, member, input=completing(cart)))["cartComplete"]
    again = (await pond.ask(COMPLETE, member, input=completing(cart)))["cartComplete"]

    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["order"] == first["order"]


async def completed_together(pond: Pond, times: int) -> list[Any]:
    """The same cart completed so often at once, each with a key of its own, by two processes."""
    member = await a_member(pond)
    cart = await a_cart(pond, member, await a_variant(pond, stock=100))
    other = Pond(pond.database)
    other.time = pond.time
    lanes = [pond, other]
    asked = [lanes[n % 2].ask(COMPLETE, member, input=completing(cart)) for n in range(times)]
    return [(answer["cartComplete"]["order"] or {}).get("id") for answer in await asyncio.gather(*asked)]


async def test_a_cart_completed_64_times_at_once_is_one_order(pond: Pond) -> None:
    """C2 with two lanes of orders over one database."""
    answers = await completed_together(pond, 64)

    assert len(set(answers)) == 1
    assert None not in answers
    assert await orders(pond) == 1


async def test_without_the_lock_of_the_cart_it_would_be_many(pond: Pond, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of C2."""
    careless = [one for one in resolvers.placing.TAKINGS if one is not CartTaking]
    monkeypatch.setattr(resolvers.placing, "TAKINGS", careless)

    await completed_together(pond, 64)

    assert await orders(pond) > 1


async def test_a_cart_that_changes_while_it_is_ordered_is_not_ordered_as_it_was(pond: Pond) -> None:
    member, variant = await a_member(pond), await a_variant(pond)
    cart = await a_cart(pond, member, variant)
    found = await db.carts.find(pond.database.reading(), key_of(Kind.CART, cart["id"]))
    assert found is not None
    await changed(pond, ADD, member, cartId=cart["id"], lines=[line_of(variant)])
    stale = Wish((found.items[0].wanted,), cart_id=found.id, cart_version=found.version)

    with pytest.raises(StaleVersion):
        await resolvers.orders.place(pond.context(member), stale, uuid4().hex)


async def test_a_quote_says_beforehand_what_completing_would_refuse(pond: Pond) -> None:
    member, variant = await a_member(pond), await a_variant(pond)
    coupon = await a_coupon(pond, member)
    empty = await a_cart(pond, member)
    full = await changed(pond, ADD, member, cartId=empty["id"], lines=[line_of(variant)])

    given = {"cartId": empty["id"], "couponIds": [id_of(Kind.COUPON, coupon.id)]}
    with_coupon = await changed(pond, APPLY, member, **given)
    refused = await pond.refused(COMPLETE, member, input=completing(with_coupon))

    assert [one["quote"]["canBeOrdered"] for one in (empty, full, with_coupon)] == [False, True, False]
    assert [error["code"] for error in refused] == ["COUPON_NOT_APPLICABLE"]


async def test_what_ran_out_after_it_was_put_in_is_flagged_and_refused(pond: Pond) -> None:
    """C17."""
    member, variant = await a_member(pond), await a_variant(pond, stock=1)
    cart = await a_cart(pond, member, variant)
    other = await a_member(pond)
    await pond.ask(COMPLETE, other, input=completing(await a_cart(pond, other, variant)))

    found = (await pond.ask(FIND, member))["cart"]
    refused = await pond.refused(COMPLETE, member, input=completing(cart))

    assert [(one["available"], one["inStock"]) for one in found["lines"]] == [(0, False)]
    assert not found["quote"]["canBeOrdered"]
    assert [(error["code"], error["path"], error["available"]) for error in refused] == [
        ("INSUFFICIENT_STOCK", ["input", "cartId"], 0)
    ]
    await stocked(pond, variant.id, 1)
    assert (await pond.ask(COMPLETE, member, input=completing(cart)))["cartComplete"]["order"] is not None


async def test_a_cart_without_anything_selected_is_not_ordered(pond: Pond) -> None:
    member = await a_member(pond)
    cart = await a_cart(pond, member)

    refused = await pond.refused(COMPLETE, member, input=completing(cart))

    assert [error["code"] for error in refused] == ["BAD_USER_INPUT"]


async def test_a_visitors_cart_is_attached_before_it_is_ordered(pond: Pond) -> None:
    cart = await a_cart(pond, VISITOR, await a_variant(pond))

    refused = await pond.refused(COMPLETE, await a_member(pond), input=completing(cart))

    assert [(error["code"], error["path"]) for error in refused] == [("NOT_FOUND", ["input", "cartId"])]


# Many at once


async def test_30_variants_put_in_at_once_are_30_lines(pond: Pond) -> None:
    """C12."""
    variants = await variants_of(pond, await a_product(pond, sizes=[str(n) for n in range(30)]))
    cart = await a_cart(pond)

    await asyncio.gather(*(changed(pond, ADD, cartId=cart["id"], lines=[line_of(one)]) for one in variants))

    found = (await pond.ask(FIND, id=cart["id"]))["cart"]
    assert {line["variantId"] for line in found["lines"]} == {id_of(Kind.VARIANT, one.id) for one in variants}
    assert found["quote"]["total"]["minor"] == 30 * 199_00


async def test_one_variant_put_in_64_times_at_once_counts_64(pond: Pond) -> None:
    variant = await a_variant(pond)
    cart = await a_cart(pond)

    await asyncio.gather(*(changed(pond, ADD, cartId=cart["id"], lines=[line_of(variant)]) for _ in range(64)))

    (line,) = (await pond.ask(FIND, id=cart["id"]))["cart"]["lines"]
    assert line["quantity"] == 64


async def test_without_the_lock_of_the_cart_units_are_lost(pond: Pond, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of C12: each counts what is in the cart before the others have put theirs in."""
    variant = await a_variant(pond)
    cart = await a_cart(pond, VISITOR, variant)
    lock = db.carts._LOCK
    monkeypatch.setattr(lock, "text", lock.text.removesuffix("FOR NO KEY UPDATE"))

    await asyncio.gather(*(changed(pond, ADD, cartId=cart["id"], lines=[line_of(variant)]) for _ in range(64)))

    (line,) = (await pond.ask(FIND, id=cart["id"]))["cart"]["lines"]
    assert line["quantity"] < 65


async def test_a_member_who_makes_many_carts_at_once_has_one(pond: Pond) -> None:
    member = await a_member(pond)

    made = await asyncio.gather(*(a_cart(pond, member) for _ in range(16)))

    assert len({cart["id"] for cart in made}) == 1


# What it costs


async def a_busy_season(pond: Pond, member: Principal) -> str:
    """Promotions of every kind of limit; the id of a coupon of the member's."""
    gift = {"variantId": id_of(Kind.VARIANT, (await a_variant(pond)).id)}
    await a_promotion(pond, limits={"usesPerMember": 1})
    await a_promotion(pond, {"firstOrder": {"off": {"minor": 1_00}}}, audience={"kind": "NEW_CUSTOMER"})
    await a_promotion(pond, {"buyGift": {"gifts": [gift]}})
    return id_of(Kind.COUPON, (await a_coupon(pond, member)).id)


async def test_a_cart_is_read_in_five_statements_whatever_is_in_it(pond: Pond) -> None:
    member = await a_member(pond)
    variants = await variants_of(pond, await a_product(pond, sizes=[str(n) for n in range(30)]))
    coupon = await a_busy_season(pond, member)
    counts = []
    for chosen in (variants[:1], variants):
        cart = await changed(pond, CREATE, member, lines=[line_of(one) for one in chosen])
        await changed(pond, APPLY, member, cartId=cart["id"], couponIds=[coupon])
        with statements() as log:
            await pond.ask(PLAIN, member)
        counts.append(len(log))

    assert counts[0] == counts[1] <= 5, log


async def test_a_line_is_added_in_eight_statements(pond: Pond) -> None:
    member = await a_member(pond)
    coupon, variant = await a_busy_season(pond, member), await a_variant(pond)
    cart = await a_cart(pond, member, await a_variant(pond))
    await changed(pond, APPLY, member, cartId=cart["id"], couponIds=[coupon])

    with statements() as log:
        await pond.ask(ADD_PLAIN, member, input={"cartId": cart["id"], "lines": [line_of(variant)]})

    assert len(log) <= 8, log


async def test_visitors_carts_that_nobody_touches_are_forgotten(pond: Pond) -> None:
    kept = await a_cart(pond, member := await a_member(pond), await a_variant(pond))
    await a_cart(pond, VISITOR, await a_variant(pond))
    attached = await a_cart(pond, VISITOR, await a_variant(pond))
    await changed(pond, ATTACH, member, cartId=attached["id"])
    pond.later(days=31)
    fresh = await a_cart(pond)

    async with pond.database.writing() as tx:
        forgotten = await db.carts.forget(tx, pond.time - timedelta(days=30))

    assert forgotten == 2
    assert (await pond.ask(FIND, id=fresh["id"]))["cart"] is not None
    assert (await pond.ask(FIND, member))["cart"]["id"] == kept["id"]
