"""The rules of products, categories, brands and counted stock."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue import (
    Audience,
    BrandDraft,
    CategoryDraft,
    MediaDraft,
    ProductAttribute,
    ProductDraft,
    ProductOption,
    VariantDraft,
    audience_of,
    check_draft,
    check_names,
    price_range_of,
)
from domain.identity import VISITOR
from domain.money import Money
from domain.refusals import BadInput, StaleVersion, same_version
from domain.stock import StockChange, change_of
from tests.makers_catalogue import member, staff

SMALL = VariantDraft("P-S", "S", ["S"], Money(99_00))
LARGE = VariantDraft("P-L", "L", ["L"], Money(129_00), Money(159_00), "/l.jpg", "erp-l")
PILLOW = ProductDraft("pillow", "枕头", options=[ProductOption("尺寸", ["S", "L"])], variants=[SMALL, LARGE])


def test_a_product_within_bounds_is_kept_as_it_is() -> None:
    assert check_draft(PILLOW) is PILLOW


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "长" * 201}, ["name"]),
        ({"brief": "长" * 501}, ["brief"]),
        ({"detail_html": "x" * 200_001}, ["detailHtml"]),
        ({"slug": "-a"}, ["slug"]),
        ({"slug": "a" * 101}, ["slug"]),
        ({"external_reference": "x" * 101}, ["externalReference"]),
        ({"variants": []}, ["variants"]),
        ({"media": [MediaDraft("/a.jpg")] * 31}, ["media"]),
        ({"media": [MediaDraft("/a.jpg"), MediaDraft("//a")]}, ["media", "1", "url"]),
        ({"options": [ProductOption("尺寸", [])] * 6}, ["options"]),
        ({"attributes": [ProductAttribute("材质", "棉")] * 101}, ["attributes"]),
        ({"variants": [replace(SMALL, sku="x" * 65)]}, ["variants", "0", "sku"]),
        ({"variants": [replace(SMALL, name="长" * 201)]}, ["variants", "0", "name"]),
        ({"variants": [replace(SMALL, price=Money(10**12 + 1))]}, ["variants", "0", "price"]),
        ({"variants": [replace(SMALL, list_price=Money(-1))]}, ["variants", "0", "listPrice"]),
        ({"variants": [replace(SMALL, picture_url="x")]}, ["variants", "0", "pictureUrl"]),
        ({"variants": [replace(SMALL, external_reference="")]}, ["variants", "0", "externalReference"]),
        ({"variants": [replace(SMALL, option_values=[])]}, ["variants", "0", "optionValues"]),
        ({"variants": [replace(SMALL, option_values=["XL"])]}, ["variants", "0", "optionValues"]),
        ({"variants": [SMALL, replace(LARGE, sku="P-S")]}, ["variants", "1"]),
        ({"variants": [SMALL, replace(LARGE, option_values=["S"])]}, ["variants", "1"]),
    ],
)
def test_a_product_out_of_bounds_is_refused(change: Any, path: list[str]) -> None:
    with pytest.raises(BadInput) as refusal:
        check_draft(replace(PILLOW, **change))

    assert list(refusal.value.path) == ["input", *path]


@pytest.mark.parametrize(
    ("draft", "path"),
    [
        (CategoryDraft("home", ""), "name"),
        (CategoryDraft("Home", "居家"), "slug"),
        (CategoryDraft("home", "居家", picture_url="x"), "pictureUrl"),
        (BrandDraft("yun", "云织", external_reference=""), "externalReference"),
        (BrandDraft("yun", "云织", "长" * 2_001), "description"),
    ],
)
def test_a_category_or_brand_out_of_bounds_is_refused(draft: CategoryDraft | BrandDraft, path: str) -> None:
    with pytest.raises(BadInput) as refusal:
        check_names(draft)

    assert refusal.value.path == ("input", path)


def test_a_category_and_a_brand_within_bounds_are_not() -> None:
    check_names(CategoryDraft("home", "居家", picture_url="/home.jpg", external_reference="1"))
    check_names(BrandDraft("yun", "云织", "好"))


@given(st.lists(st.integers(0, 10**12), min_size=1))
def test_a_price_range_holds_every_price(prices: list[int]) -> None:
    found = price_range_of([replace(SMALL, price=Money(price)) for price in prices])

    assert (found.minimum.minor, found.maximum.minor) == (min(prices), max(prices))


def test_the_catalogue_is_read_for_staff_members_or_visitors() -> None:
    assert [audience_of(caller) for caller in (VISITOR, member(), staff())] == list(Audience)


def test_a_stock_change_is_a_difference_or_a_count() -> None:
    assert change_of(-3, None, None) == StockChange(-3)
    assert change_of(None, 8, 10) == StockChange(-2, expected=10)


@pytest.mark.parametrize(
    "given_values",
    [(None, None, None), (1, 1, 1), (1, None, 1), (None, 1, None), (None, -1, 0), (None, 0, -1), (10**9, None, None)],
)
def test_anything_else_is_no_stock_change(given_values: Any) -> None:
    with pytest.raises(BadInput):
        change_of(*given_values)


def test_an_edit_asks_for_its_version_only_when_it_names_one() -> None:
    same_version(3, None)
    same_version(3, 3)
    with pytest.raises(StaleVersion) as refusal:
        same_version(3, 2)
    assert refusal.value.current == 3
