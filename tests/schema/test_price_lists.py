"""Members' prices and price floors: what is saved, published, paid, and never sold for less."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.identity import VISITOR, Principal
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_product, a_variant, member, staff, variants_of
from tests.makers_guides import a_guide, bound
from tests.makers_members import a_member
from tests.makers_promotions import (
    CREATE,
    PUBLISH,
    SET_FLOOR,
    a_draft,
    a_floor,
    a_promotion,
    line,
    place,
    price_of,
    quoted,
    yuan,
)
from tests.pond import NOON, Pond, statements

SAVE = """mutation ($input: PriceListSaveInput!) { priceListSave(input: $input) {
  priceList { id version inForce entries { variantId price { minor } } } userErrors { code path } } }"""
PUT = """mutation ($id: ID!) { priceListPublish(input: {priceListId: $id}) {
  priceList { inForce } userErrors { code path ... on VariantRefused { variantId } } } }"""
WITHDRAW = """mutation ($id: ID!) { priceListWithdraw(input: {priceListId: $id}) {
  priceList { inForce } userErrors { code } } }"""
REMOVE = """mutation ($id: ID!) { priceFloorRemove(input: {priceFloorId: $id}) {
  priceFloor { id } userErrors { code } } }"""


async def a_list(pond: Pond, *entries: dict[str, Any], **more: Any) -> str:
    """The id of a price list for members bound to any store, with which prices are made."""
    wanted = {"name": "门店会员价", "audience": {"kind": "STORE"}, "entries": list(entries), **more}
    saved = (await pond.ask(SAVE, staff(), input=wanted))["priceListSave"]
    assert saved["userErrors"] == [], saved
    put = (await pond.ask(PUT, staff(), id=saved["priceList"]["id"]))["priceListPublish"]
    assert put["userErrors"] == [], put
    return str(saved["priceList"]["id"])


async def a_regular(pond: Pond) -> Principal:
    """A member who is bound to a guide."""
    who = await a_member(pond)
    await bound(pond, who, await a_guide(pond))
    return who


async def test_whoever_is_bound_to_a_store_pays_the_members_price(pond: Pond) -> None:
    variant = await a_variant(pond)
    await a_list(pond, price_of(variant, 180_00))

    totals = [
        (await quoted(pond, line(variant), who=who))["total"]["minor"]
        for who in (VISITOR, await a_member(pond), await a_regular(pond))
    ]

    assert totals == [199_00, 199_00, 180_00]


async def test_the_best_of_list_activity_and_members_price_counts(pond: Pond) -> None:
    cheap, dear = await a_variant(pond), await a_variant(pond)
    await a_list(pond, price_of(cheap, 150_00), price_of(dear, 190_00))
    await a_promotion(pond, {"timeDiscount": {"restBp": 9_000}})
    who = await a_regular(pond)

    assert (await quoted(pond, line(cheap), who=who))["total"]["minor"] == 150_00
    assert (await quoted(pond, line(dear), who=who))["total"]["minor"] == 179_10


async def test_a_visitor_sees_the_price_and_a_hint_at_the_members(pond: Pond) -> None:
    product = await a_product(pond)
    document = """query ($id: ID!) { product(id: $id) { variants { price { minor } memberPrice { minor } } } }"""
    (variant,) = await variants_of(pond, product)
    wanted = {"name": "等级价", "audience": {"kind": "LEVEL"}, "entries": [price_of(variant, 180_00)]}
    list_id = (await pond.ask(SAVE, staff(), input=wanted))["priceListSave"]["priceList"]["id"]
    before = (await pond.ask(document, id=id_of(Kind.PRODUCT, product.id)))["product"]["variants"]

    await pond.ask(PUT, staff(), id=list_id)
    with statements() as log:
        after = (await pond.ask(document, id=id_of(Kind.PRODUCT, product.id)))["product"]["variants"]

    assert before == [{"price": {"minor": 199_00}, "memberPrice": None}]
    assert after == [{"price": {"minor": 199_00}, "memberPrice": {"minor": 180_00}}]
    assert len([one for one in log if "promotion_edition" in one]) == 1


async def test_a_list_has_its_time(pond: Pond) -> None:
    variant, who = await a_variant(pond), await a_regular(pond)
    await a_list(pond, price_of(variant, 180_00), startsAt=(NOON + timedelta(hours=1)).isoformat())

    before = (await quoted(pond, line(variant), who=who))["total"]["minor"]
    pond.later(hours=1)

    assert (before, (await quoted(pond, line(variant), who=who))["total"]["minor"]) == (199_00, 180_00)


async def test_a_list_that_is_withdrawn_makes_no_prices(pond: Pond) -> None:
    variant, who = await a_variant(pond), await a_regular(pond)
    list_id = await a_list(pond, price_of(variant, 180_00))

    await pond.ask(WITHDRAW, staff(), id=list_id)

    assert (await quoted(pond, line(variant), who=who))["total"]["minor"] == 199_00


async def test_a_list_is_changed_only_while_it_makes_no_prices(pond: Pond) -> None:
    variant = await a_variant(pond)
    list_id = await a_list(pond, price_of(variant, 180_00))
    change = {"priceListId": list_id, "name": "新", "audience": {"kind": "STORE"}, "entries": [], "expectedVersion": 3}

    (refused,) = await pond.refused(SAVE, staff(), input=change)
    await pond.ask(WITHDRAW, staff(), id=list_id)
    saved = (await pond.ask(SAVE, staff(), input=change))["priceListSave"]

    assert refused["code"] == "INVALID_STATE"
    assert (saved["priceList"]["entries"], saved["priceList"]["version"]) == ([], 4)


@pytest.mark.parametrize(
    ("more", "path"),
    [
        pytest.param({"name": ""}, ["name"], id="no name"),
        pytest.param({"audience": {"kind": "EVERYBODY"}}, ["audience"], id="for everybody"),
        pytest.param({"restBp": 10_001}, ["restBp"], id="dearer than the list"),
        pytest.param({"scope": {}}, ["scope"], id="no goods"),
        pytest.param({"endsAt": NOON.isoformat(), "startsAt": NOON.isoformat()}, ["endsAt"], id="no time at all"),
    ],
)
async def test_a_list_is_held_to_its_bounds(pond: Pond, more: dict[str, Any], path: list[str]) -> None:
    (error,) = await pond.refused(SAVE, staff(), input={"name": "x", "audience": {"kind": "LEVEL"}, **more})

    assert error["path"] == ["input", *path]


async def test_lists_are_for_operators(pond: Pond) -> None:
    list_id = await a_list(pond, price_of(await a_variant(pond), 180_00))

    assert await pond.errors("query ($id: ID!) { priceList(id: $id) { name } }", member(), id=list_id) == ["FORBIDDEN"]
    found = await pond.ask("{ priceLists(first: 5) { nodes { id name audience { kind } inForce } } }", staff())
    assert found["priceLists"]["nodes"] == [
        {"id": list_id, "name": "门店会员价", "audience": {"kind": "STORE"}, "inForce": True}
    ]


async def test_no_list_goes_below_a_floor(pond: Pond) -> None:
    variant = await a_variant(pond)
    await a_floor(pond, id_of(Kind.VARIANT, variant.id), 149_00)
    codes = []
    for more in ({"entries": [price_of(variant, 148_99)]}, {"restBp": 7_000}, {"entries": [price_of(variant, 149_00)]}):
        wanted = {"name": "x", "audience": {"kind": "STORE"}, **more}
        list_id = (await pond.ask(SAVE, staff(), input=wanted))["priceListSave"]["priceList"]["id"]
        codes.append([error["code"] for error in await pond.refused(PUT, staff(), id=list_id)])

    assert codes == [["PRICE_BELOW_FLOOR"], ["PRICE_BELOW_FLOOR"], []]


@pytest.mark.parametrize(
    "play",
    [
        pytest.param({"nthItem": {"offBp": 5_100}}, id="two units of which one is nearly half the price"),
        pytest.param({"nthItem": {"n": 3, "offBp": 10_000}}, id="three for two"),
        pytest.param(
            {"reduction": {"tiers": [{"threshold": {"amount": yuan(199_00)}, "off": yuan(60_00)}]}}, id="an amount off"
        ),
        pytest.param({"percentOff": {"tiers": [{"threshold": {"units": 5}, "offBp": 3_000}]}}, id="a share off five"),
        pytest.param({"timeDiscount": {"restBp": 7_000}}, id="a share off each"),
    ],
)
async def test_no_promotion_is_published_that_can_go_below_a_floor(pond: Pond, play: dict[str, Any]) -> None:
    variant = await a_variant(pond)
    floor_id = await a_floor(pond, id_of(Kind.VARIANT, variant.id), 149_00)
    promotion_id = await a_draft(pond, play)

    (error,) = await pond.refused(PUBLISH, staff(), id=promotion_id)
    await pond.ask(REMOVE, staff(), id=floor_id)

    assert (error["code"], error["variantId"]) == ("PRICE_BELOW_FLOOR", id_of(Kind.VARIANT, variant.id))
    assert await pond.refused(PUBLISH, staff(), id=promotion_id) == []


async def test_a_set_is_held_to_the_floors_of_its_parts(pond: Pond) -> None:
    one, other = await a_variant(pond), await a_variant(pond)
    await a_floor(pond, id_of(Kind.VARIANT, one.id), 149_00)
    parts = [{"variantId": id_of(Kind.VARIANT, each.id)} for each in (one, other)]
    low = await a_draft(pond, {"bundle": {"price": yuan(290_00), "parts": parts}})
    fair = await a_draft(pond, {"bundle": {"price": yuan(300_00), "parts": parts}})

    refused = [await pond.refused(PUBLISH, staff(), id=each) for each in (low, fair)]

    assert [[error["code"] for error in errors] for errors in refused] == [["PRICE_BELOW_FLOOR"], []]


async def test_what_was_published_before_is_held_to_a_floor_at_checkout(pond: Pond) -> None:
    variant = await a_variant(pond)
    await a_promotion(pond, {"timeDiscount": {"prices": [price_of(variant, 139_00)]}})
    await a_floor(pond, id_of(Kind.VARIANT, variant.id), 149_00)

    payload = await place(pond, await a_member(pond), line(variant))

    assert [error["code"] for error in payload["userErrors"]] == ["PRICE_BELOW_FLOOR"]


async def test_a_floor_of_live_rooms_does_not_hold_in_the_shop(pond: Pond) -> None:
    variant = await a_variant(pond)
    await a_promotion(pond, {"timeDiscount": {"prices": [price_of(variant, 139_00)]}})
    await a_floor(pond, id_of(Kind.VARIANT, variant.id), 149_00, channel="LIVE")

    assert (await place(pond, await a_member(pond), line(variant)))["userErrors"] == []


async def test_a_floor_holds_in_its_time(pond: Pond) -> None:
    variant = await a_variant(pond)
    await a_promotion(pond, {"timeDiscount": {"prices": [price_of(variant, 139_00)]}})
    await a_floor(pond, id_of(Kind.VARIANT, variant.id), 149_00, endsAt=(NOON + timedelta(hours=1)).isoformat())
    pond.later(hours=1)

    assert (await place(pond, await a_member(pond), line(variant)))["userErrors"] == []


async def test_floors_are_seen_and_set_by_operators_alone(pond: Pond) -> None:
    product = await a_product(pond)
    (variant,) = await variants_of(pond, product)
    await a_floor(pond, id_of(Kind.VARIANT, variant.id), 149_00)
    document = "query ($id: ID!) { product(id: $id) { variants { priceFloors { least { minor } channel } } } }"

    seen = await pond.ask(document, staff(), id=id_of(Kind.PRODUCT, product.id))

    assert seen["product"]["variants"] == [{"priceFloors": [{"least": {"minor": 149_00}, "channel": None}]}]
    assert await pond.errors(document, member(), id=id_of(Kind.PRODUCT, product.id)) == ["FORBIDDEN"]


@pytest.mark.parametrize("fen", [0, -1])
async def test_a_floor_is_an_amount(pond: Pond, fen: int) -> None:
    variant = await a_variant(pond)
    wanted = {"variantId": id_of(Kind.VARIANT, variant.id), "least": yuan(fen)}

    (error,) = await pond.refused(SET_FLOOR, staff(), input=wanted)

    assert error["path"] == ["input", "least"]


async def test_a_floor_stays_with_its_variant(pond: Pond) -> None:
    one, other = await a_variant(pond), await a_variant(pond)
    floor_id = await a_floor(pond, id_of(Kind.VARIANT, one.id), 149_00)
    wanted = {"priceFloorId": floor_id, "variantId": id_of(Kind.VARIANT, other.id), "least": yuan(1)}

    (error,) = await pond.refused(SET_FLOOR, staff(), input=wanted)

    assert error == {"code": "NOT_FOUND", "path": ["input", "priceFloorId"]}


async def test_a_variant_has_twenty_floors_at_most(pond: Pond) -> None:
    variant_id = id_of(Kind.VARIANT, (await a_variant(pond)).id)
    for _ in range(20):
        await a_floor(pond, variant_id, 1_00)

    (error,) = await pond.refused(SET_FLOOR, staff(), input={"variantId": variant_id, "least": yuan(1_00)})

    assert error["path"] == ["input", "variantId"]


async def test_add_ons_are_held_to_floors(pond: Pond) -> None:
    variant = await a_variant(pond)
    await a_floor(pond, id_of(Kind.VARIANT, variant.id), 149_00)
    play = {"addOn": {"threshold": yuan(99_00), "offers": [price_of(variant, 1_00)]}}
    promotion_id = (await pond.ask(CREATE, staff(), input={"name": "x", "play": play}))["promotionCreate"]["promotion"][
        "id"
    ]

    (error,) = await pond.refused(PUBLISH, staff(), id=promotion_id)

    assert error["code"] == "PRICE_BELOW_FLOOR"
