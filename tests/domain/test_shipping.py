"""Shipping: what it costs to send goods somewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.refusals import BadInput
from domain.regions import Region, plain_name
from domain.shipping import (
    NO_TEMPLATES,
    Charging,
    ShippingTerms,
    Template,
    TemplateDraft,
    Zone,
    check_draft,
)

TEA, CUP = UUID(int=1), UUID(int=2)


@dataclass(frozen=True)
class Thing:
    product_id: UUID
    quantity: int = 1
    weight_g: int = 0


def a_template(*zones: Zone, charging: Charging = Charging.PIECE, key: int = 1) -> Template:
    return Template(UUID(int=100 + key), "快递", charging, zones, False, 1)


def terms(default: Template | None = None, **by_product: Template) -> ShippingTerms:
    names = {"tea": TEA, "cup": CUP}
    return ShippingTerms({names[name]: one for name, one in by_product.items()}, default)


EIGHT = a_template(Zone(first_fee=8_00))


def test_without_templates_nothing_is_charged() -> None:
    assert NO_TEMPLATES.fee([Thing(TEA)], 1_00) == 0


@pytest.mark.parametrize(("pieces", "fee"), [(1, 8_00), (2, 8_00), (3, 10_50), (5, 10_50), (6, 13_00)], ids="{}".format)
def test_the_first_pieces_cost_the_first_fee_and_begun_ones_beyond_an_additional_one(pieces: int, fee: int) -> None:
    by_piece = a_template(Zone(first=2, first_fee=8_00, additional=3, additional_fee=2_50))

    assert terms(by_piece).fee([Thing(TEA, pieces)], 0) == fee


def test_by_weight_the_grams_of_all_pieces_count_together() -> None:
    by_weight = a_template(
        Zone(first=1_000, first_fee=10_00, additional=500, additional_fee=3_00), charging=Charging.WEIGHT
    )

    assert terms(by_weight).fee([Thing(TEA, 2, 450), Thing(CUP, 1, 601)], 0) == 10_00 + 2 * 3_00


def test_a_fixed_fee_is_all_whatever_is_sent() -> None:
    fixed = a_template(Zone(first_fee=12_00, additional_fee=5_00), charging=Charging.FIXED)

    assert terms(fixed).fee([Thing(TEA, 99, 5_000)], 0) == 12_00


def test_it_costs_nothing_from_an_amount_or_a_number_of_pieces_on() -> None:
    from_99 = terms(a_template(Zone(first_fee=8_00, free_from_amount=99_00)))
    from_three = terms(a_template(Zone(first_fee=8_00, free_from_pieces=3)))

    assert [from_99.fee([Thing(TEA)], goods) for goods in (98_99, 99_00)] == [8_00, 0]
    assert [from_three.fee([Thing(TEA, many)], 0) for many in (2, 3)] == [8_00, 0]


def test_a_city_goes_before_its_province_and_everywhere_else_comes_last() -> None:
    here = a_template(
        Zone((Region("浙江省"),), first_fee=6_00),
        Zone((Region("浙江", "杭州市"),), first_fee=4_00),
        Zone(first_fee=10_00),
    )
    fees = [
        terms(here).to(province, city).fee([Thing(TEA)], 0)
        for province, city in [("浙江省", "杭州市"), ("浙江省", "宁波市"), ("西藏自治区", "拉萨市"), ("", "")]
    ]

    assert fees == [4_00, 6_00, 10_00, 10_00]


def test_what_is_in_no_zone_or_in_one_that_is_not_served_is_not_sent() -> None:
    nearby = a_template(Zone((Region("上海市"),), first_fee=5_00), Zone((Region("西藏自治区"),), served=False))
    both = terms(EIGHT, tea=nearby)
    things = [Thing(TEA), Thing(TEA), Thing(CUP)]

    refused = both.to("西藏", "拉萨市").refusals(things)

    assert [one.product_id for one in refused] == [TEA]
    assert both.to("上海", "上海市").refusals(things) == []
    assert [one.product_id for one in both.to("广东省", "广州市").refusals(things)] == [TEA]
    assert both.to("西藏", "拉萨市").fee(things, 0) == 8_00


def test_of_several_templates_the_dearest_first_fee_is_paid_once() -> None:
    dear = a_template(Zone(first_fee=12_00, additional_fee=4_00), key=1)
    cheap = a_template(Zone(first_fee=8_00, additional_fee=2_00), key=2)

    fee = terms(tea=dear, cup=cheap).fee([Thing(TEA, 2), Thing(CUP, 3)], 0)

    assert fee == 12_00 + 4_00 + 3 * 2_00


def test_beside_another_template_nothing_costs_more_than_by_itself() -> None:
    dear = a_template(Zone(first_fee=12_00), key=1)
    cheap = a_template(Zone(first=10, first_fee=5_00, additional_fee=2_00), key=2)

    assert terms(tea=dear, cup=cheap).fee([Thing(TEA), Thing(CUP, 10)], 0) == 12_00 + 5_00


def test_what_ships_free_bears_nothing_of_what_does_not() -> None:
    free = a_template(Zone(first_fee=30_00, free_from_pieces=1), key=1)

    assert terms(EIGHT, tea=free).fee([Thing(TEA), Thing(CUP)], 0) == 8_00


zones = st.builds(
    Zone,
    first=st.integers(1, 5),
    first_fee=st.integers(0, 3_000),
    additional=st.integers(1, 5),
    additional_fee=st.integers(0, 1_000),
)
templates = st.builds(
    lambda zone, charging, key: a_template(zone, charging=charging, key=key),
    zones,
    st.sampled_from(Charging),
    st.just(1),
)
things = st.builds(Thing, st.sampled_from([TEA, CUP]), st.integers(1, 20), st.integers(0, 3_000))


@given(templates, templates, st.lists(things, min_size=1, max_size=6))
def test_a_parcel_costs_no_less_than_either_part_and_no_more_than_its_parts_by_themselves(
    one: Template, other: Template, items: list[Thing]
) -> None:
    together = terms(tea=one, cup=replace(other, id=UUID(int=102)))
    alone = [terms(tea=one, cup=other).fee([item for item in items if item.product_id == key], 0) for key in (TEA, CUP)]

    fee = together.fee(items, 0)

    assert max(alone) <= fee <= sum(alone)


@given(templates, st.lists(things, min_size=1, max_size=6), things)
def test_more_goods_never_cost_less_to_send(template: Template, items: list[Thing], more: Thing) -> None:
    assert terms(template).fee([*items, more], 0) >= terms(template).fee(items, 0)


@pytest.mark.parametrize(
    "draft",
    [
        pytest.param(TemplateDraft("快递", Charging.PIECE, []), id="no zone"),
        pytest.param(TemplateDraft("快递", Charging.PIECE, [Zone(), Zone()]), id="everywhere else twice"),
        pytest.param(
            TemplateDraft("快递", Charging.PIECE, [Zone((Region("浙江"),)), Zone((Region("浙江省"),))]),
            id="one province in two zones",
        ),
        pytest.param(TemplateDraft("快递", Charging.PIECE, [Zone(first=0)]), id="a first of nothing"),
        pytest.param(TemplateDraft("快递", Charging.PIECE, [Zone(additional=0)]), id="an additional of nothing"),
        pytest.param(TemplateDraft("快递", Charging.PIECE, [Zone(first_fee=-1)]), id="a negative fee"),
        pytest.param(TemplateDraft("快递", Charging.PIECE, [Zone(free_from_amount=-1)]), id="a negative amount"),
        pytest.param(TemplateDraft("快递", Charging.PIECE, [Zone(free_from_pieces=0)]), id="free from no piece"),
        pytest.param(TemplateDraft("快递", Charging.PIECE, [Zone((Region(""),))]), id="a province without a name"),
        pytest.param(TemplateDraft("快递", Charging.PIECE, [Zone((Region("浙江", " "),))]), id="a city without a name"),
        pytest.param(TemplateDraft(" ", Charging.PIECE, [Zone()]), id="no name"),
    ],
)
def test_a_template_out_of_bounds_is_refused(draft: TemplateDraft) -> None:
    with pytest.raises(BadInput):
        check_draft(draft)


def test_a_template_within_bounds_is_kept_without_surrounding_space() -> None:
    cities = Zone((Region("浙江", "杭州"), Region("浙江", "宁波"), Region("浙江")), free_from_pieces=2)

    assert check_draft(TemplateDraft(" 快递 ", Charging.PIECE, [cities, Zone()])).name == "快递"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("广西壮族自治区", "广西"),
        ("香港特别行政区", "香港"),
        ("上海市", "上海"),
        ("内蒙古", "内蒙古"),
        ("沙市", "沙市"),
    ],
)
def test_a_region_has_one_short_name_however_it_is_written(name: str, short: str) -> None:
    assert plain_name(name) == short
