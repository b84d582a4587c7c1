"""Promotions: drafted, checked, published, seen by those who buy, and what prices become of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import resolvers.promotions
from domain.identity import Role
from domain.money import Money
from resolvers.context import Locale
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_category, a_product, a_variant, member, staff, variants_of
from tests.makers_coupons import a_points_offer
from tests.makers_members import a_member
from tests.makers_plays import a_seckill
from tests.makers_promotions import (
    CREATE,
    END,
    OFF_20,
    PAUSE,
    PUBLISH,
    a_draft,
    a_promotion,
    line,
    place,
    price_of,
    quoted,
    yuan,
)
from tests.makers_value import granted
from tests.pond import NOON, Pond, statements

PROMOTION = """query ($id: ID!) { promotion(id: $id) {
  name state kind terms summary used spent { minor } limits { uses usesPerMember budget { minor } }
  scope { everything productIds categoryIds } audience { kind ids } slots { weekday startsMinute endsMinute }
  startsAt endsAt priority exclusive version } }"""
UPDATE = """mutation ($input: PromotionUpdateInput!) { promotionUpdate(input: $input) {
  promotion { name version limits { uses } } userErrors { code path } } }"""
ON_PRODUCT = """query ($id: ID!) { product(id: $id) {
  promotions { name kind summary audience } variants { memberPrice { minor } promotions { summary } } } }"""


async def publish(pond: Pond, promotion_id: str) -> Any:
    return (await pond.ask(PUBLISH, staff(), id=promotion_id))["promotionPublish"]


async def test_nobody_can_have_a_draft(pond: Pond) -> None:
    variant = await a_variant(pond)
    await a_draft(pond, OFF_20)

    assert (await quoted(pond, line(variant)))["total"]["minor"] == 199_00


async def test_a_published_promotion_lowers_prices_and_says_why(pond: Pond) -> None:
    variant = await a_variant(pond)
    await a_promotion(pond, name="满百减二十")

    quote = await quoted(pond, line(variant))

    assert quote["total"]["minor"] == 179_00
    assert quote["steps"] == [{"kind": "REDUCTION", "name": "满百减二十", "amount": {"minor": 20_00}}]


async def test_a_paused_promotion_can_be_changed_and_published_again(pond: Pond) -> None:
    variant = await a_variant(pond)
    promotion_id = await a_promotion(pond)
    await pond.ask(PAUSE, staff(), id=promotion_id)
    assert (await quoted(pond, line(variant)))["total"]["minor"] == 199_00

    fewer = {"promotionId": promotion_id, "name": "新名", "play": OFF_20, "limits": {"uses": 5}, "expectedVersion": 3}
    changed = (await pond.ask(UPDATE, staff(), input=fewer))["promotionUpdate"]
    await publish(pond, promotion_id)

    assert changed["promotion"] == {"name": "新名", "version": 4, "limits": {"uses": 5}}
    assert (await quoted(pond, line(variant)))["total"]["minor"] == 179_00


async def test_what_is_published_cannot_be_changed(pond: Pond) -> None:
    promotion_id = await a_promotion(pond)

    (error,) = await pond.refused(UPDATE, staff(), input={"promotionId": promotion_id, "name": "新", "play": OFF_20})

    assert error["code"] == "INVALID_STATE"


async def test_a_promotion_stays_the_play_that_it_was(pond: Pond) -> None:
    promotion_id = await a_draft(pond, OFF_20)
    other = {"promotionId": promotion_id, "name": "新", "play": {"nthItem": {}}}

    (error,) = await pond.refused(UPDATE, staff(), input=other)

    assert error["path"] == ["input", "play"]


async def test_what_has_ended_is_over(pond: Pond) -> None:
    promotion_id = await a_promotion(pond)
    await pond.ask(END, staff(), id=promotion_id)

    payload = await publish(pond, promotion_id)

    assert [error["code"] for error in payload["userErrors"]] == ["INVALID_STATE"]


async def test_an_edit_on_an_old_version_is_refused(pond: Pond) -> None:
    promotion_id = await a_draft(pond, OFF_20)

    (error,) = await pond.refused(PUBLISH, staff(), id=promotion_id, version=7)

    assert error["code"] == "STALE_VERSION"


async def test_an_operator_sees_all_of_a_promotion(pond: Pond) -> None:
    category = await a_category(pond)
    promotion_id = await a_draft(
        pond,
        {"percentOff": {"tiers": [{"threshold": {"units": 2}, "offBp": 1_500}], "most": yuan(50_00)}},
        scope={"categoryIds": [id_of(Kind.CATEGORY, category.id)]},
        audience={"kind": "MEMBERS"},
        slots=[{"weekday": 1, "startsMinute": 840, "endsMinute": 1_020}],
        limits={"uses": 10, "usesPerMember": 1, "budget": yuan(1_000_00)},
        endsAt="2026-12-01T00:00:00Z",
        priority=5,
        exclusive=True,
    )

    found = (await pond.ask(PROMOTION, staff(), id=promotion_id))["promotion"]

    assert found == {
        "name": "促销",
        "state": "DRAFT",
        "kind": "PERCENT_OFF",
        "terms": {"tiers": [{"threshold": 2, "off_bp": 1_500}], "by": "QUANTITY", "most": 50_00},
        "summary": "from 2 units 15% off",
        "used": 0,
        "spent": {"minor": 0},
        "limits": {"uses": 10, "usesPerMember": 1, "budget": {"minor": 1_000_00}},
        "scope": {"everything": False, "productIds": [], "categoryIds": [id_of(Kind.CATEGORY, category.id)]},
        "audience": {"kind": "MEMBERS", "ids": []},
        "slots": [{"weekday": 1, "startsMinute": 840, "endsMinute": 1_020}],
        "startsAt": None,
        "endsAt": "2026-12-01T00:00:00Z",
        "priority": 5,
        "exclusive": True,
        "version": 1,
    }


async def test_promotions_are_listed_by_kind_and_state(pond: Pond) -> None:
    await a_promotion(pond)
    draft_id = await a_draft(pond, OFF_20)
    await a_draft(pond, {"nthItem": {}})

    data = await pond.ask(
        """{ promotions(first: 10, where: {state: {eq: DRAFT}, kind: {eq: "REDUCTION"}}) {
             nodes { id } totalCount { value } } }""",
        staff(),
    )

    assert data["promotions"] == {"nodes": [{"id": draft_id}], "totalCount": {"value": 1}}


@pytest.mark.parametrize("who", [member(), staff(Role.CONTENT)], ids=["a member", "a writer"])
async def test_promotions_are_for_operators(pond: Pond, who: Any) -> None:
    promotion_id = await a_promotion(pond)

    assert await pond.errors(PROMOTION, who, id=promotion_id) == ["FORBIDDEN"]
    assert (await pond.ask("query ($id: ID!) { node(id: $id) { id } }", who, id=promotion_id))["node"] is None


@pytest.mark.parametrize(
    ("play", "path"),
    [
        pytest.param({}, [], id="no play"),
        pytest.param({"nthItem": {}, **OFF_20}, [], id="two plays"),
        pytest.param({"nthItem": {"n": 1}}, ["n"], id="every unit"),
        pytest.param({"nthItem": {"offBp": 10_001}}, ["offBp"], id="more than all off"),
        pytest.param({"reduction": {"tiers": []}}, ["tiers"], id="no tier"),
        pytest.param({"timeDiscount": {}}, ["prices"], id="no price"),
        pytest.param({"freeShipping": {"threshold": {}}}, ["threshold"], id="a threshold of nothing"),
        pytest.param(
            {"reduction": {"tiers": [{"threshold": {"units": 2}, "off": yuan(1)}, {"threshold": {}, "off": yuan(2)}]}},
            ["tiers", "1", "threshold"],
            id="a tier from nothing on",
        ),
        pytest.param({"custom": {"kind": "NO_SUCH", "terms": {}}}, ["custom", "kind"], id="a play that is not there"),
        pytest.param(
            {"custom": {"kind": "NTH_ITEM", "terms": {"n": "2"}}}, ["custom", "terms"], id="terms of another shape"
        ),
    ],
)
async def test_terms_that_make_no_sense_are_refused(pond: Pond, play: dict[str, Any], path: list[str]) -> None:
    (error,) = await pond.refused(CREATE, staff(), input={"name": "促销", "play": play})

    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", "play", *path])


@pytest.mark.parametrize("play", ["timeDiscount", "slotPrice"])
async def test_a_price_of_nothing_is_refused_with_what_to_publish_instead(pond: Pond, play: str) -> None:
    """Uses are counted by orders: with one use for each member, one order would take all units there are (R45)."""
    free = {play: {"prices": [price_of(await a_variant(pond), 0)]}}

    (error,) = await pond.refused(
        CREATE, staff(), input={"name": "免费送", "play": free, "limits": {"usesPerMember": 1}}
    )

    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", "play", "prices", "0", "price"])
    assert "flash sale at 0" in error["message"]


@pytest.mark.parametrize(
    ("more", "path"),
    [
        pytest.param({"name": ""}, ["name"], id="no name"),
        pytest.param({"priority": -1}, ["priority"], id="below the lowest priority"),
        pytest.param({"scope": {}}, ["scope"], id="no goods"),
        pytest.param({"limits": {"uses": 0}}, ["limits", "uses"], id="no use"),
        pytest.param({"limits": {"budget": {"minor": 0}}}, ["limits", "budget"], id="no budget"),
        pytest.param(
            {"slots": [{"weekday": 8, "startsMinute": 0, "endsMinute": 1}]},
            ["slots", "0", "weekday"],
            id="an eighth day",
        ),
        pytest.param(
            {"startsAt": "2026-12-02T00:00:00Z", "endsAt": "2026-12-01T00:00:00Z"}, ["endsAt"], id="an end before it"
        ),
        pytest.param({"campaignId": id_of(Kind.CAMPAIGN, member().member_id)}, ["campaignId"], id="no such campaign"),  # type: ignore[arg-type]
    ],
)
async def test_what_is_out_of_bounds_is_refused(pond: Pond, more: dict[str, Any], path: list[str]) -> None:
    (error,) = await pond.refused(CREATE, staff(), input={"name": "促销", "play": OFF_20, **more})

    assert error["path"] == ["input", *path]


async def test_what_is_over_is_not_published(pond: Pond) -> None:
    promotion_id = await a_draft(pond, OFF_20, endsAt=NOON.isoformat())

    assert (await publish(pond, promotion_id))["userErrors"][0]["code"] == "BAD_USER_INPUT"


async def test_a_promotion_runs_from_its_start_to_its_end(pond: Pond) -> None:
    variant = await a_variant(pond)
    starts, ends = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
    await a_promotion(pond, startsAt=starts.isoformat(), endsAt=ends.isoformat())
    totals = []
    for _ in range(4):
        totals.append((await quoted(pond, line(variant)))["total"]["minor"])
        pond.later(minutes=59)

    assert totals == [199_00, 199_00, 179_00, 199_00]


async def test_promotions_that_are_over_end_by_themselves_once(pond: Pond) -> None:
    promotion_id = await a_promotion(pond, endsAt=(NOON + timedelta(hours=1)).isoformat())
    await a_promotion(pond)
    pond.later(hours=1)

    assert [await resolvers.promotions.end_those_over(pond.context()) for _ in range(2)] == [1, 0]
    assert (await pond.ask(PROMOTION, staff(), id=promotion_id))["promotion"]["state"] == "ENDED"


async def test_each_change_of_state_is_kept_with_who_made_it(pond: Pond) -> None:
    promotion_id = await a_promotion(pond)
    await pond.ask(PAUSE, staff(), id=promotion_id)

    rows = await pond.select("SELECT from_state, to_state, actor_id FROM promotion_state_change ORDER BY at, to_state")

    assert sorted((row[0], row[1]) for row in rows) == [("DRAFT", "PUBLISHED"), ("PUBLISHED", "PAUSED")]
    assert {row[2] for row in rows} == {staff().member_id}


async def test_two_that_go_with_no_other_cannot_have_the_same_goods_at_once(pond: Pond) -> None:
    category = await a_category(pond)
    below = await a_category(pond, parent_id=category.id)
    product = await a_product(pond, category_id=below.id)
    first = await a_promotion(pond, exclusive=True, scope={"categoryIds": [id_of(Kind.CATEGORY, category.id)]})
    second = await a_draft(
        pond, OFF_20, exclusive=True, scope={"productIds": [id_of(Kind.PRODUCT, product.id)]}, priority=1
    )

    (error,) = (await publish(pond, second))["userErrors"]

    assert (error["code"], error["promotionId"]) == ("CONFLICT", first)


async def test_all_goods_but_one_and_that_one_may_each_have_one_that_goes_with_no_other(pond: Pond) -> None:
    one = [id_of(Kind.PRODUCT, (await a_product(pond)).id)]
    await a_promotion(pond, exclusive=True, scope={"everything": True, "excludedProductIds": one})

    assert await a_promotion(pond, exclusive=True, scope={"productIds": one})


async def test_two_that_go_with_no_other_may_share_goods_at_other_hours(pond: Pond) -> None:
    morning = [{"weekday": 1, "startsMinute": 0, "endsMinute": 720}]
    evening = [{"weekday": 1, "startsMinute": 720, "endsMinute": 1_440}]
    await a_promotion(pond, exclusive=True, slots=morning)

    assert await a_promotion(pond, exclusive=True, slots=evening)


async def test_what_was_sold_for_less_lately_is_no_discount(pond: Pond) -> None:
    variant, who = await a_variant(pond), await a_member(pond)
    cheap = await a_promotion(pond, {"timeDiscount": {"prices": [price_of(variant, 149_00)]}})
    order_id = (await place(pond, who, line(variant)))["order"]["id"]
    await pond.select(
        "UPDATE \"order\" SET state = 'PAID', paid_at = placed_at, asked_minor = total_minor, paid_minor = total_minor"
    )
    await pond.ask(END, staff(), id=cheap)
    dearer = await a_draft(pond, {"timeDiscount": {"prices": [price_of(variant, 150_00)]}}, shownAsDiscount=True)

    refused = (await publish(pond, dearer))["userErrors"]
    pond.later(days=8)
    allowed = (await publish(pond, dearer))["userErrors"]

    assert order_id
    assert [(e["code"], e["variantId"]) for e in refused] == [("CONDITION_NOT_MET", id_of(Kind.VARIANT, variant.id))]
    assert allowed == []


async def test_what_points_bought_or_nobody_paid_for_is_no_lower_price(pond: Pond) -> None:
    """2.7.3: a points offer at 0.00 and a give-away would keep every discount from being shown for a week."""
    variant, who = await a_variant(pond, stock=100), await a_member(pond)
    await granted(pond, who, 1_000)
    offer, free = await a_points_offer(pond, variant, price=0), await a_seckill(pond, variant, price=Money(0))
    for_points = line(variant) | {"pointsOfferId": id_of(Kind.POINTS_OFFER, offer.id)}
    given = {"play": {"kind": "SECKILL", "id": id_of(Kind.SECKILL, free.id)}}
    orders = [await place(pond, who, for_points), await place(pond, who, line(variant), **given)]
    await pond.select("UPDATE \"order\" SET state = 'PAID', paid_at = placed_at, asked_minor = 0, paid_minor = 0")
    shown = await a_draft(pond, {"timeDiscount": {"prices": [price_of(variant, 150_00)]}}, shownAsDiscount=True)

    assert [one["order"]["total"]["minor"] for one in orders] == [0, 0]
    assert (await publish(pond, shown))["userErrors"] == []


async def test_a_product_tells_what_runs_on_it_in_the_readers_language(pond: Pond) -> None:
    product, other = await a_product(pond), await a_product(pond)
    (variant,) = await variants_of(pond, product)
    (unrelated,) = await variants_of(pond, other)
    await a_promotion(pond, name="满减")
    await a_promotion(pond, {"timeDiscount": {"prices": [price_of(variant, 149_00)]}}, name="限时", priority=9)
    await a_promotion(
        pond,
        {"timeDiscount": {"prices": [price_of(unrelated, 1_00)]}},
        name="别的",
        scope={"productIds": [id_of(Kind.PRODUCT, other.id)]},
    )
    product_id = id_of(Kind.PRODUCT, product.id)

    chinese = (await pond.ask(ON_PRODUCT, locale=Locale.ZH, id=product_id))["product"]
    english = (await pond.ask(ON_PRODUCT, id=product_id))["product"]

    assert [(one["name"], one["summary"]) for one in chinese["promotions"]] == [
        ("限时", "低至149.00元"),
        ("满减", "满100.00元减20.00元"),
    ]
    assert [one["summary"] for one in english["variants"][0]["promotions"]] == [
        "¥149.00 each",
        "from ¥100.00 ¥20.00 off",
    ]


async def test_what_is_for_people_with_a_tag_is_not_told_to_all(pond: Pond) -> None:
    product = await a_product(pond)
    await a_promotion(pond, audience={"kind": "TAG", "ids": [id_of(Kind.TAG, product.id)]})

    assert (await pond.ask(ON_PRODUCT, id=id_of(Kind.PRODUCT, product.id)))["product"]["promotions"] == []


async def test_what_runs_on_products_is_read_at_once_for_all_of_them(pond: Pond) -> None:
    category = await a_category(pond)
    for _ in range(3):
        await a_product(pond, category_id=category.id)
    await a_promotion(pond, scope={"categoryIds": [id_of(Kind.CATEGORY, category.id)]})
    document = "{ products(first: 10) { nodes { promotions { summary } variants { promotions { kind } } } } }"
    await pond.ask(document)

    with statements() as log:
        data = await pond.ask(document)

    assert [len(one["promotions"]) for one in data["products"]["nodes"]] == [1, 1, 1]
    assert len(log) == 6  # products, variants, and for each of the two lists: the edition and the categories


async def test_prices_above_two_thousand_million_fen_are_told(pond: Pond) -> None:
    variant = await a_variant(pond, price=Money(30_000_000_00))
    await a_promotion(pond, {"reduction": {"tiers": [{"threshold": {"amount": yuan(1)}, "off": yuan(1)}]}})

    assert (await quoted(pond, line(variant)))["total"]["minor"] == 30_000_000_00 - 1
