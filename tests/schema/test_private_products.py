"""Private products: for those whom they admit they are like any other, for all others they do not exist (R25)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

import resolvers.tags
from domain.catalogue import Product, ProductVisibility
from domain.coupon_templates import CouponScope
from domain.identity import VISITOR, Principal, Role
from domain.private_products import admits_of
from domain.promotions.audiences import Audience, AudienceKind
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_product, a_variant, staff, variants_of
from tests.makers_coupons import a_points_offer, a_template
from tests.makers_guides import a_guide, bound
from tests.makers_live import a_room, an_item
from tests.makers_members import a_member
from tests.makers_members import staff as appointed
from tests.makers_promotions import line, place
from tests.makers_value import a_ladder, a_tag_group
from tests.pond import Pond, statements

LIST = '{ products(first: 10) { nodes { id variants { sku } } } search(text: "四件套", first: 10) { nodes { id } } }'
ONE = "query ($id: ID!, $slug: String!) { node(id: $id) { id } product(slug: $slug) { id } }"
QUOTE = "query ($lines: [CartLineInput!]!) { cartQuote(lines: $lines) { total { minor } } }"
SAVE = """mutation ($input: ProductSaveInput!) { productSave(input: $input) {
  product { visibility audience { kind ids } version } userErrors { code path } } }"""


async def a_private(pond: Pond, *audiences: Audience) -> Product:
    return await a_product(pond, visibility=ProductVisibility.PRIVATE, admits=admits_of(audiences))


async def is_seen(pond: Pond, product: Product, who: Principal) -> bool:
    """Whether somebody finds a product; by list, search, id and slug alike."""
    listed = await pond.ask(LIST, who)
    found = await pond.ask(ONE, who, id=id_of(Kind.PRODUCT, product.id), slug=product.slug)
    seen = {
        *(len(listed[name]["nodes"]) > 0 for name in ("products", "search")),
        *(found[name] is not None for name in ("node", "product")),
    }
    assert len(seen) == 1, "it is seen here and not there"
    return seen.pop()


async def test_whoever_is_bound_to_its_store_sees_it(pond: Pond) -> None:
    guide, customer, other = await a_guide(pond), await a_member(pond), await a_member(pond)
    await bound(pond, customer, guide)
    ((store_id,),) = await pond.select("SELECT store_id FROM guide")
    product = await a_private(pond, Audience(AudienceKind.STORE, frozenset({store_id})))

    assert [await is_seen(pond, product, who) for who in (VISITOR, other, customer, staff(Role.CONTENT))] == [
        False,
        False,
        True,
        True,
    ]


async def test_whoever_has_one_of_its_tags_sees_it(pond: Pond) -> None:
    (tag,) = await a_tag_group(pond, "老客")
    operator = await appointed(pond, Role.OPERATOR)
    tagged, other = await a_member(pond), await a_member(pond)
    assert tagged.member_id is not None
    await resolvers.tags.tag(pond.context(operator), tagged.member_id, [tag.id])
    product = await a_private(
        pond, Audience(AudienceKind.TAG, frozenset({tag.id, UUID(int=5)})), Audience(AudienceKind.PAID_CARD)
    )

    assert [await is_seen(pond, product, who) for who in (tagged, other)] == [True, False]


async def test_whoever_has_grown_to_its_level_sees_it(pond: Pond) -> None:
    _, gold = await a_ladder(pond, (0, 10_000), (1_000, 9_500))
    grown, other = await a_member(pond), await a_member(pond)
    await pond.select("INSERT INTO member_growth (member_id, growth) VALUES ($1, 1000)", grown.member_id)
    product = await a_private(pond, Audience(AudienceKind.LEVEL, frozenset({gold.id})))

    assert [await is_seen(pond, product, who) for who in (grown, other)] == [True, False]


async def test_a_paid_card_opens_it_while_it_runs(pond: Pond) -> None:
    holder = await a_member(pond)
    await pond.select(
        "WITH plan AS (INSERT INTO membership_plan (id, kind, name, price_minor, currency, rights)"
        " VALUES (gen_random_uuid(), 'YEAR', '年卡', 19900, 'CNY', '{}') RETURNING id),"
        " card AS (INSERT INTO membership (member_id, expires_at) VALUES ($1, $3) RETURNING member_id)"
        " INSERT INTO membership_period (id, member_id, plan_id, source, starts_at, ends_at)"
        " SELECT gen_random_uuid(), card.member_id, plan.id, 'BOUGHT', $2, $3 FROM plan, card",
        holder.member_id,
        pond.time,
        pond.time + timedelta(days=1),
    )
    product = await a_private(pond, Audience(AudienceKind.PAID_CARD))
    before = await is_seen(pond, product, holder)

    pond.later(days=1)

    assert (before, await is_seen(pond, product, holder)) == (True, False)


async def test_one_that_admits_nobody_is_for_staff(pond: Pond) -> None:
    product = await a_private(pond)

    assert [await is_seen(pond, product, who) for who in (await a_member(pond), staff())] == [False, True]


async def test_nobody_outside_prices_or_orders_it(pond: Pond) -> None:
    guide, customer, other = await a_guide(pond), await a_member(pond), await a_member(pond)
    await bound(pond, customer, guide)
    (variant,) = await variants_of(pond, await a_private(pond, Audience(AudienceKind.STORE)))
    public = await a_variant(pond)

    refused = [(await place(pond, who, line(public), line(variant)))["userErrors"] for who in (other, customer)]
    quotes = [await pond.execute(QUOTE, who, lines=[line(variant)]) for who in (VISITOR, other, customer)]

    assert [[(e["code"], e["path"]) for e in errors] for errors in refused] == [
        [("NOT_FOUND", ["input", "lines", "1", "variantId"])],
        [],
    ]
    assert [bool(quote.errors) for quote in quotes] == [True, True, False]


async def test_members_of_one_batch_are_each_held_to_what_admits_them(pond: Pond) -> None:
    """Orders that are placed together are read together; each is decided for its own buyer."""
    guide, customer, other = await a_guide(pond), await a_member(pond), await a_member(pond)
    await bound(pond, customer, guide)
    (variant,) = await variants_of(pond, await a_private(pond, Audience(AudienceKind.STORE)))

    answers = await asyncio.gather(*(place(pond, who, line(variant)) for who in (customer, other) * 4))

    assert [bool(answer["userErrors"]) for answer in answers] == [False, True] * 4


async def test_it_stands_on_no_shelf_that_everybody_sees(pond: Pond) -> None:
    guide, customer = await a_guide(pond), await a_member(pond)
    await bound(pond, customer, guide)
    item = await an_item(pond)
    room, _ = await a_room(pond, None, item)
    await pond.select("UPDATE product SET visibility = 'PRIVATE', admits = '{STORE}'")
    document = "query ($id: ID!) { liveRoom(id: $id) { shelf { id } } }"

    seen = [(await pond.ask(document, who, id=id_of(Kind.LIVE_ROOM, room.id))) for who in (VISITOR, customer)]

    assert [len(one["liveRoom"]["shelf"]) for one in seen] == [0, 1]


COUPONS = "{ couponsToTake { name scopeIds excludedProductIds } }"
OFFERS = "{ runningPointsOffers { variantId } }"


async def test_coupons_do_not_tell_of_it(pond: Pond) -> None:
    product, regular = await a_private(pond, Audience(AudienceKind.STORE)), await a_member(pond)
    await bound(pond, regular, await a_guide(pond))
    await a_template(pond, scope=CouponScope.PRODUCT, scope_ids=(product.id,), name="会员茶券")
    await a_template(pond, excluded_ids=(product.id,), name="通用券")
    key = id_of(Kind.PRODUCT, product.id)

    outside = (await pond.ask(COUPONS, await a_member(pond)))["couponsToTake"]
    inside = (await pond.ask(COUPONS, regular))["couponsToTake"]

    assert outside == [{"name": "通用券", "scopeIds": [], "excludedProductIds": []}]
    assert inside == [
        {"name": "通用券", "scopeIds": [], "excludedProductIds": [key]},
        {"name": "会员茶券", "scopeIds": [key], "excludedProductIds": []},
    ]


async def test_it_is_offered_for_points_to_those_whom_it_admits(pond: Pond) -> None:
    product, regular = await a_private(pond, Audience(AudienceKind.STORE)), await a_member(pond)
    await bound(pond, regular, await a_guide(pond))
    (variant,) = await variants_of(pond, product)
    await a_points_offer(pond, variant)

    told = [(await pond.ask(OFFERS, who))["runningPointsOffers"] for who in (await a_member(pond), regular)]

    assert told == [[], [{"variantId": id_of(Kind.VARIANT, variant.id)}]]


async def test_reading_the_catalogue_costs_no_statement_more(pond: Pond) -> None:
    member = await a_member(pond)
    await a_product(pond)
    await a_private(pond, Audience(AudienceKind.LEVEL))
    counts = []
    for who in (VISITOR, member, staff()):
        with statements() as log:
            await pond.ask("{ products(first: 10) { nodes { id } } }", who)
        counts.append(len(log))

    assert counts == [1, 1, 1]


def an_input(**more: Any) -> dict[str, Any]:
    slug = f"s-{uuid4().hex}"
    return {"slug": slug, "name": "私享", "variants": [{"sku": slug, "price": {"minor": 1}}], **more}


async def test_staff_say_for_whom_a_product_is(pond: Pond) -> None:
    store = id_of(Kind.STORE, UUID(int=9))
    audience = [{"kind": "STORE", "ids": [store]}, {"kind": "LEVEL"}]

    saved = await pond.ask(SAVE, staff(), input=an_input(visibility="PRIVATE", audience=audience))

    assert saved["productSave"]["product"] == {
        "visibility": "PRIVATE",
        "audience": [{"kind": "LEVEL", "ids": []}, {"kind": "STORE", "ids": [store]}],
        "version": 1,
    }


async def test_saving_the_same_product_again_changes_nothing(pond: Pond) -> None:
    given = an_input(visibility="PRIVATE", audience=[{"kind": "LEVEL"}], externalReference="p-1")

    versions = [(await pond.ask(SAVE, staff(), input=given))["productSave"]["product"]["version"] for _ in range(2)]

    assert versions == [1, 1]


@pytest.mark.parametrize(
    ("more", "path"),
    [
        pytest.param({"audience": [{"kind": "LEVEL"}]}, ["audience"], id="of a public product"),
        pytest.param(
            {"visibility": "PRIVATE", "audience": [{"kind": "EVERYBODY"}]}, ["audience", "0"], id="of everybody"
        ),
        pytest.param({"visibility": "PRIVATE", "audience": [{"kind": "TAG"}]}, ["audience", "0"], id="of any tag"),
    ],
)
async def test_an_audience_that_makes_no_sense_is_refused(pond: Pond, more: dict[str, Any], path: list[str]) -> None:
    (error,) = await pond.refused(SAVE, staff(), input=an_input(**more))

    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", *path])
