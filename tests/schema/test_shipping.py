"""Shipping templates: operators write them, orders are charged by them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from domain.identity import Principal
from domain.regions import Region
from domain.shipping import Zone
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_product, a_variant, member, staff, variants_of
from tests.makers_members import a_member, a_store
from tests.makers_stock import a_store_with_stock, a_template, stocked_at
from tests.pond import Pond, statements
from tests.schema.test_orders import line, place

SAVE = """mutation ($input: ShippingTemplateSaveInput!) { shippingTemplateSave(input: $input) {
  template { id name charging isDefault version
    zones { regions { province city } served first firstFee { minor } additional additionalFee { minor }
      freeFromAmount { minor } freeFromPieces } }
  userErrors { code path } } }"""
ASSIGN = """mutation ($input: ShippingTemplateAssignInput!) { shippingTemplateAssign(input: $input) {
  template { name } userErrors { code path } } }"""
LIST = "{ shippingTemplates { name isDefault } }"
QUOTE = """query ($lines: [CartLineInput!]!, $terms: QuoteTermsInput) { cartQuote(lines: $lines, terms: $terms) {
  shipping { minor } total { minor } } }"""
ADDRESS = (
    """mutation ($input: AddressSaveInput!) { addressSave(input: $input) { address { id } userErrors { code } } }"""
)

EXPRESS = {
    "name": "快递",
    "charging": "PIECE",
    "isDefault": True,
    "zones": [
        {"firstFee": {"minor": 8_00}, "additionalFee": {"minor": 2_00}, "freeFromAmount": {"minor": 500_00}},
        {"regions": [{"province": "西藏自治区"}], "served": False, "firstFee": {"minor": 0}},
    ],
}


async def an_address(pond: Pond, who: Principal, province: str = "浙江省", city: str = "杭州市") -> str:
    values = {
        "name": "小美",
        "phone": "13800138000",
        "province": province,
        "city": city,
        "district": "区",
        "line": "1 号",
    }
    payload = (await pond.ask(ADDRESS, who, input=values))["addressSave"]
    assert payload["userErrors"] == []
    return str(payload["address"]["id"])


async def fee(pond: Pond, who: Principal, *lines: dict[str, Any], **terms: Any) -> int:
    data = await pond.ask(QUOTE, who, lines=list(lines), terms=terms)
    return int(data["cartQuote"]["shipping"]["minor"])


async def test_a_template_is_saved_as_a_whole_with_its_version(pond: Pond) -> None:
    made = (await pond.ask(SAVE, staff(), input=EXPRESS))["shippingTemplateSave"]["template"]
    edit = EXPRESS | {"templateId": made["id"], "expectedVersion": 1}

    same = (await pond.ask(SAVE, staff(), input=edit))["shippingTemplateSave"]["template"]
    edited = (await pond.ask(SAVE, staff(), input=edit | {"name": "顺丰"}))["shippingTemplateSave"]["template"]
    stale = await pond.refused(SAVE, staff(), input=edit | {"name": "圆通"})

    assert made["zones"][0] == {
        "regions": [],
        "served": True,
        "first": 1,
        "firstFee": {"minor": 8_00},
        "additional": 1,
        "additionalFee": {"minor": 2_00},
        "freeFromAmount": {"minor": 500_00},
        "freeFromPieces": None,
    }
    assert made["zones"][1]["regions"] == [{"province": "西藏自治区", "city": None}]
    assert (same["version"], edited["version"], edited["name"]) == (1, 2, "顺丰")
    assert [error["code"] for error in stale] == ["STALE_VERSION"]
    assert await pond.errors(LIST, member()) == ["FORBIDDEN"]


async def test_there_is_one_default_template(pond: Pond) -> None:
    await a_template(pond)
    await pond.ask(SAVE, staff(), input=EXPRESS | {"name": "新"})

    found = (await pond.ask(LIST, staff()))["shippingTemplates"]

    assert [(one["name"], one["isDefault"]) for one in found] == [("快递", False), ("新", True)]


async def test_an_order_is_charged_by_the_template_of_each_product_and_of_its_region(pond: Pond) -> None:
    mei = await a_member(pond)
    tea, heavy = await a_variant(pond), await a_product(pond)
    (stone,) = await variants_of(pond, heavy)
    await a_template(pond, Zone((Region("浙江省"),), first_fee=8_00), Zone(first_fee=12_00))
    own = await a_template(pond, Zone(first_fee=20_00, additional_fee=5_00), is_default=False)
    assigned = {"productIds": [id_of(Kind.PRODUCT, heavy.id)], "templateId": id_of(Kind.SHIPPING_TEMPLATE, own.id)}
    near, far = await an_address(pond, mei), await an_address(pond, mei, "广东省", "广州市")

    answer = await pond.ask(ASSIGN, staff(), input=assigned)
    order = (await place(pond, mei, line(tea), addressId=near))["order"]
    fees = [
        await fee(pond, mei, line(tea), addressId=near),
        await fee(pond, mei, line(tea), addressId=far),
        await fee(pond, mei, line(stone, 2), addressId=far),
        await fee(pond, mei, line(tea), line(stone), addressId=far),
    ]
    await pond.ask(ASSIGN, staff(), input={"productIds": assigned["productIds"]})

    assert answer["shippingTemplateAssign"]["template"] == {"name": "快递"}
    assert fees == [8_00, 12_00, 25_00, 20_00]
    assert order["total"] == {"amount": "207.00"}
    assert await fee(pond, mei, line(stone), addressId=far) == 12_00


async def test_what_is_fetched_or_paid_for_with_enough_goods_ships_for_nothing(pond: Pond) -> None:
    mei, tea = await a_member(pond), await a_variant(pond)
    await a_template(pond, Zone(first_fee=8_00, free_from_amount=300_00))
    store_id, location = await a_store_with_stock(pond)
    await stocked_at(pond, tea, location)
    address = await an_address(pond, mei)

    assert await fee(pond, mei, line(tea, 1), addressId=address) == 8_00
    assert await fee(pond, mei, line(tea, 2), addressId=address) == 0
    assert await fee(pond, mei, line(tea, 1), pickUpStoreId=id_of(Kind.STORE, store_id)) == 0


async def test_what_is_not_sent_to_an_address_is_refused(pond: Pond) -> None:
    mei, tea = await a_member(pond), await a_variant(pond)
    await pond.ask(SAVE, staff(), input=EXPRESS)
    address = await an_address(pond, mei, "西藏自治区", "拉萨市")

    answer = await place(pond, mei, line(tea), addressId=address)

    assert [(error["code"], error["path"]) for error in answer["userErrors"]] == [
        ("ADDRESS_NOT_SERVED", ["input", "addressId"])
    ]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"productIds": []}, ["input", "productIds"]),
        ({"productIds": [id_of(Kind.PRODUCT, UUID(int=9))]}, ["input", "productIds", "0"]),
        ({"productIds": ["prd_x"]}, ["input", "productIds", "0"]),
        (
            {
                "productIds": [id_of(Kind.PRODUCT, UUID(int=9))],
                "templateId": id_of(Kind.SHIPPING_TEMPLATE, UUID(int=8)),
            },
            ["input", "templateId"],
        ),
    ],
)
async def test_an_assignment_of_what_is_not_there_is_refused(pond: Pond, given: Any, path: list[str]) -> None:
    assert [error["path"] for error in await pond.refused(ASSIGN, staff(), input=given)] == [path]


async def test_templates_of_a_whole_cart_are_read_in_one_statement(pond: Pond) -> None:
    mei, teas = await a_member(pond), [await a_variant(pond) for _ in range(5)]
    await a_template(pond)
    await a_store(pond)
    address = await an_address(pond, mei)

    with statements() as log:
        await fee(pond, mei, *(line(tea) for tea in teas), addressId=address)

    assert sum("shipping_template" in text for text in log) == 1
