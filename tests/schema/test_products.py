"""What staff and importers do to products, categories and brands."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

import resolvers.categories
import resolvers.products
from db.statements import prepared
from domain.catalogue import (
    BrandDraft,
    CategoryDraft,
    ProductAttribute,
    ProductDraft,
    ProductOption,
    ProductState,
    SlugTaken,
    VariantDraft,
)
from domain.identity import VISITOR, Role
from domain.money import Money
from domain.refusals import NotFound, StaleVersion
from schema.ids import Kind, id_of
from tests.makers_catalogue import PICTURE, a_brand, a_category, a_product, member, staff, stocked, variants_of
from tests.pond import Pond, statements

SAVE = """mutation($input: ProductSaveInput!) { productSave(input: $input) {
    product { id slug name state version variants { id sku available } } userErrors { code path message } } }"""

A_PILLOW: dict[str, Any] = {
    "slug": "pillow",
    "name": "云感枕头",
    "variants": [{"sku": "P-1", "price": {"minor": 9900}}],
    "externalReference": "erp-1",
}

PILLOW = ProductDraft(
    "pillow",
    "云感枕头",
    options=[ProductOption("尺寸", ["S", "M"])],
    variants=[VariantDraft("P-S", "S", ["S"], Money(9900)), VariantDraft("P-M", "M", ["M"], Money(12900))],
    media=[PICTURE],
    external_reference="erp-1",
)


async def facts(pond: Pond) -> list[str]:
    """The kinds of all that was told to the outbox."""
    async with pond.database.writing() as tx:
        rows = await tx._connection.fetch("SELECT kind FROM outbox ORDER BY id")
    return [row["kind"] for row in rows]


class TestSavingAProduct:
    async def test_makes_a_draft_which_is_then_published(self, pond: Pond) -> None:
        saved = (await pond.ask(SAVE, staff(Role.CONTENT), input=A_PILLOW))["productSave"]

        assert saved["userErrors"] == []
        assert saved["product"]["state"] == "DRAFT"
        assert [variant["available"] for variant in saved["product"]["variants"]] == [0]
        published = await pond.ask(
            "mutation($id: ID!) { productPublish(input: {productId: $id}) { product { state version } } }",
            staff(Role.CONTENT),
            id=saved["product"]["id"],
        )
        assert published == {"productPublish": {"product": {"state": "ON_SALE", "version": 2}}}
        assert await facts(pond) == ["ProductSaved", "ProductPublished"]

    async def test_again_changes_nothing(self, pond: Pond) -> None:
        ctx = pond.context()
        first = await resolvers.products.save(ctx, PILLOW)
        pond.later(hours=1)

        with statements() as run:
            again = await resolvers.products.save(ctx, replace(PILLOW, variants=tuple(PILLOW.variants)))

        assert again == first
        assert len(run) == 2
        assert await facts(pond) == ["ProductSaved"]

    async def test_replaces_what_was_there_but_its_state_and_stock(self, pond: Pond) -> None:
        ctx = pond.context()
        first = await resolvers.products.publish(ctx, (await resolvers.products.save(ctx, PILLOW)).id)
        small, medium = await variants_of(pond, first)
        await stocked(pond, medium.id, 7)
        large = VariantDraft("P-L", "L", ["L"], Money(15900))
        options = [ProductOption("尺寸", ["M", "L"])]

        changed = await resolvers.products.save(
            ctx, replace(PILLOW, name="新枕头", options=options, variants=[large, PILLOW.variants[1]], media=())
        )

        assert (changed.id, changed.state, changed.version) == (first.id, ProductState.ON_SALE, 3)
        assert (changed.price_range.minimum, changed.price_range.maximum) == (Money(12900), Money(15900))
        left = await variants_of(pond, changed)
        assert [(variant.sku, variant.available) for variant in left] == [("P-L", 0), ("P-M", 7)]
        assert left[1].id == medium.id
        assert small.id not in {variant.id for variant in left}

    async def test_brings_a_removed_variant_back_under_its_id(self, pond: Pond) -> None:
        ctx = pond.context()
        before = await variants_of(pond, await resolvers.products.save(ctx, PILLOW))
        await resolvers.products.save(ctx, replace(PILLOW, variants=PILLOW.variants[1:]))

        after = await variants_of(pond, await resolvers.products.save(ctx, PILLOW))

        assert after == before

    async def test_is_found_under_its_new_name(self, pond: Pond) -> None:
        ctx = pond.context()
        saved = await resolvers.products.save(ctx, PILLOW)
        await resolvers.products.publish(ctx, saved.id)
        await resolvers.products.save(ctx, replace(PILLOW, name="羽绒被"))

        found = [
            (await pond.ask("query($t: String!) { search(text: $t, first: 1) { nodes { name } } }", t=text))["search"]
            for text in ("枕头", "羽绒被")
        ]

        assert found == [{"nodes": []}, {"nodes": [{"name": "羽绒被"}]}]

    async def test_sanitises_its_detail(self, pond: Pond) -> None:
        html = '<script>x</script><img src="//a.example/b.jpg">'

        saved = await pond.ask(
            "mutation($input: ProductSaveInput!) { productSave(input: $input) { product { detailHtml } } }",
            staff(),
            input=A_PILLOW | {"detailHtml": html},
        )

        kept = '<img src="https://a.example/b.jpg" loading="lazy">'
        assert saved == {"productSave": {"product": {"detailHtml": kept}}}

    async def test_refuses_an_edit_of_another_version(self, pond: Pond) -> None:
        ctx = pond.context()
        await resolvers.products.save(ctx, PILLOW)
        await resolvers.products.save(ctx, replace(PILLOW, name="二"), expected_version=1)

        with pytest.raises(StaleVersion) as refusal:
            await resolvers.products.save(ctx, replace(PILLOW, name="三"), expected_version=1)

        assert refusal.value.current == 2

    @pytest.mark.parametrize(
        ("draft", "path"),
        [
            pytest.param(replace(PILLOW, external_reference="erp-2"), ("input", "slug"), id="slug"),
            pytest.param(
                replace(PILLOW, external_reference=None, slug="other"), ("input", "variants"), id="SKU of another"
            ),
        ],
    )
    async def test_refuses_what_another_product_has(self, pond: Pond, draft: ProductDraft, path: Any) -> None:
        await resolvers.products.save(pond.context(), PILLOW)

        with pytest.raises(SlugTaken) as refusal:
            await resolvers.products.save(pond.context(), draft)

        assert refusal.value.path == path

    async def test_of_one_reference_at_once_makes_one_product(self, pond: Pond) -> None:
        async def attempt() -> object:
            try:
                return (await resolvers.products.save(pond.context(), PILLOW)).id
            except SlugTaken:
                return None

        ids = await asyncio.gather(*(attempt() for _ in range(8)))

        assert len({id_ for id_ in ids if id_}) == 1
        assert await facts(pond) == ["ProductSaved"]

    @pytest.mark.parametrize(
        ("change", "path"),
        [
            ({"name": " "}, ["input", "name"]),
            ({"slug": "Pillow"}, ["input", "slug"]),
            ({"variants": []}, ["input", "variants"]),
            ({"variants": [{"sku": "", "price": {"minor": 1}}]}, ["input", "variants", "0", "sku"]),
            ({"variants": [{"sku": "a", "price": {"minor": -1}}]}, ["input", "variants", "0", "price"]),
            (
                {"variants": [{"sku": "a", "price": {"minor": 1}}, {"sku": "a", "price": {"minor": 1}}]},
                ["input", "variants", "1"],
            ),
            (
                {"options": [{"name": "色", "values": ["红"]}]},
                ["input", "variants", "0", "optionValues"],
            ),
            ({"media": [{"url": "javascript:x"}]}, ["input", "media", "0", "url"]),
            ({"externalReference": ""}, ["input", "externalReference"]),
        ],
    )
    async def test_refuses_what_is_out_of_bounds(self, pond: Pond, change: Any, path: list[str]) -> None:
        (error,) = await pond.refused(SAVE, staff(), input=A_PILLOW | change)

        assert (error["code"], error["path"]) == ("BAD_USER_INPUT", path)

    @pytest.mark.parametrize(
        ("change", "path"),
        [
            ({"productId": "prd_" + "0" * 32}, ["input", "productId"]),
            ({"productId": "cat_" + "0" * 32}, ["input", "productId"]),
            ({"categoryId": "cat_" + "0" * 32}, ["input", "categoryId"]),
            ({"brandId": "x"}, ["input", "brandId"]),
        ],
    )
    async def test_refuses_ids_of_what_there_is_not(self, pond: Pond, change: Any, path: list[str]) -> None:
        (error,) = await pond.refused(SAVE, staff(), input=A_PILLOW | change)

        assert (error["code"], error["path"]) == ("NOT_FOUND", path)

    @pytest.mark.parametrize(
        ("caller", "code"),
        [(VISITOR, "UNAUTHENTICATED"), (member(), "FORBIDDEN"), (staff(Role.FINANCE), "FORBIDDEN")],
    )
    async def test_is_for_those_who_write_content(self, pond: Pond, caller: Any, code: str) -> None:
        assert await pond.errors(SAVE, caller, input=A_PILLOW) == [code]

    async def test_is_quick_enough_for_an_importer(self, pond: Pond) -> None:
        drafts = [
            replace(
                PILLOW,
                slug=f"p-{i}",
                external_reference=f"erp-{i}",
                variants=[replace(variant, sku=f"{variant.sku}-{i}") for variant in PILLOW.variants],
                attributes=[ProductAttribute("材质", "棉")] * 4,
            )
            for i in range(60)
        ]
        ctx = pond.context()

        began = time.perf_counter()
        for draft in drafts:
            await resolvers.products.save(ctx, draft)

        assert time.perf_counter() - began < 5


class TestArchiving:
    async def test_takes_a_product_off_sale_and_publishing_brings_it_back(self, pond: Pond) -> None:
        made = await a_product(pond)
        ctx = pond.context()

        states = [(await act(ctx, made.id)).state for act in (resolvers.products.archive, resolvers.products.publish)]

        assert states == [ProductState.ARCHIVED, ProductState.ON_SALE]

    async def test_twice_is_once(self, pond: Pond) -> None:
        made = await a_product(pond)
        versions = [(await resolvers.products.archive(pond.context(), made.id)).version for _ in range(2)]

        assert versions == [3, 3]

    async def test_of_nothing_is_refused(self, pond: Pond) -> None:
        with pytest.raises(NotFound):
            await resolvers.products.archive(pond.context(), pond.context().new_id())

    async def test_asks_for_the_version(self, pond: Pond) -> None:
        made = await a_product(pond)

        (error,) = await pond.refused(
            """mutation($id: ID!) { productArchive(input: {productId: $id, expectedVersion: 1}) {
                userErrors { code ... on VersionConflict { currentVersion } } } }""",
            staff(),
            id=id_of(Kind.PRODUCT, made.id),
        )

        assert error == {"code": "STALE_VERSION", "currentVersion": 2}


class TestCategoriesAndBrands:
    async def test_are_saved_by_their_reference_and_again_without_effect(self, pond: Pond) -> None:
        ctx = pond.context()
        drafts = [
            CategoryDraft("home", "居家", external_reference="1"),
            CategoryDraft("home", "居家生活", external_reference="1"),
        ]
        saved = [await resolvers.categories.save_category(ctx, draft) for draft in (drafts[0], drafts[0], drafts[1])]
        brand = [
            await resolvers.categories.save_brand(ctx, BrandDraft("y", "云织", external_reference="1")) for _ in "ab"
        ]

        assert saved[0] == saved[1]
        assert (saved[2].id, saved[2].name) == (saved[0].id, "居家生活")
        assert brand[0] == brand[1]
        assert await facts(pond) == ["CategorySaved", "CategorySaved", "BrandSaved"]

    async def test_let_their_products_be_found_under_a_new_name(self, pond: Pond) -> None:
        category, brand = await a_category(pond, "居家"), await a_brand(pond, "云织")
        made = await a_product(pond, category_id=category.id, brand_id=brand.id)
        ctx = pond.context()

        await resolvers.categories.save_category(ctx, CategoryDraft(category.slug, "婴童"), category_id=category.id)
        await resolvers.categories.save_brand(ctx, BrandDraft(brand.slug, "棉朵"), brand_id=brand.id)

        found = [
            (await pond.ask("query($t: String!) { search(text: $t, first: 1) { nodes { slug } } }", t=text))["search"]
            for text in ("婴童", "棉朵", "四件套", "居家")
        ]
        assert [answer["nodes"] for answer in found] == [[{"slug": made.slug}]] * 3 + [[]]

    async def test_refuse_a_slug_that_is_taken(self, pond: Pond) -> None:
        await a_category(pond)
        brand = await a_brand(pond)

        errors = await pond.refused(
            'mutation($slug: String!) { brandSave(input: {slug: $slug, name: "x"}) { userErrors { code path } } }',
            staff(),
            slug=brand.slug,
        )

        assert errors == [{"code": "CONFLICT", "path": ["input", "slug"]}]

    async def test_a_category_cannot_stand_below_itself_nor_deeper_than_four_levels(self, pond: Pond) -> None:
        root = await a_category(pond)
        line = [root]
        for _ in range(3):
            line.append(await a_category(pond, parent_id=line[-1].id))
        document = """mutation($id: ID, $parent: ID!) { categorySave(input: {
            categoryId: $id, slug: "x", name: "x", parentId: $parent}) { userErrors { code path } } }"""

        answers = [
            await pond.refused(
                document, staff(), parent=id_of(Kind.CATEGORY, line[2].id), id=id_of(Kind.CATEGORY, root.id)
            ),
            await pond.refused(document, staff(), parent=id_of(Kind.CATEGORY, line[3].id)),
            await pond.refused(document, staff(), parent="cat_" + "0" * 32),
        ]

        assert [[(e["code"], e["path"][-1]) for e in errors] for errors in answers] == [
            [("BAD_USER_INPUT", "parentId")],
            [("BAD_USER_INPUT", "parentId")],
            [("NOT_FOUND", "parentId")],
        ]

    async def test_two_moves_at_once_make_no_circle(self, pond: Pond) -> None:
        one, other = await a_category(pond), await a_category(pond)

        async def below(child: Any, parent: Any) -> bool:
            draft = CategoryDraft(child.slug, child.name, parent.id)
            try:
                await resolvers.categories.save_category(pond.context(), draft, category_id=child.id)
            except Exception:  # noqa: BLE001  any no will do
                return False
            return True

        assert sorted(await asyncio.gather(below(one, other), below(other, one))) == [False, True]


class TestStock:
    ADJUST = """mutation($input: StockAdjustInput!) { stockAdjust(input: $input) {
        variant { available } replayed userErrors { code path ... on InsufficientStock { available } } } }"""

    async def adjust(self, pond: Pond, variant: Any, key: str = "k", **change: int) -> Any:
        given = {"variantId": id_of(Kind.VARIANT, variant.id), "idempotencyKey": key, **change}
        return (await pond.ask(self.ADJUST, staff(Role.OPERATOR), input=given))["stockAdjust"]

    async def test_comes_in_and_goes_once_per_key(self, pond: Pond) -> None:
        (variant,) = await variants_of(pond, await a_product(pond, stock=10))

        answers = [
            await self.adjust(pond, variant, "in", delta=5),
            await self.adjust(pond, variant, "in", delta=5),
            await self.adjust(pond, variant, "out", delta=-15),
        ]

        assert [(a["variant"]["available"], a["replayed"]) for a in answers] == [(15, False), (15, True), (0, False)]
        assert (await facts(pond)).count("StockAdjusted") == 2

    async def test_never_falls_below_nothing(self, pond: Pond) -> None:
        (variant,) = await variants_of(pond, await a_product(pond, stock=10))

        answers = await asyncio.gather(*(self.adjust(pond, variant, f"k{i}", delta=-3) for i in range(5)))

        refused = [a["userErrors"][0] for a in answers if a["userErrors"]]
        assert refused == [{"code": "INSUFFICIENT_STOCK", "path": ["input", "delta"], "available": 1}] * 2

    async def test_is_counted_against_what_was_expected(self, pond: Pond) -> None:
        (variant,) = await variants_of(pond, await a_product(pond, stock=10))

        counted = await self.adjust(pond, variant, "a", quantity=8, expectedQuantity=10)
        stale = await self.adjust(pond, variant, "b", quantity=8, expectedQuantity=10)

        assert counted["variant"] == {"available": 8}
        assert stale["userErrors"] == [{"code": "STALE_QUANTITY", "path": ["input", "expectedQuantity"]}]

    @pytest.mark.parametrize("change", [{}, {"delta": 1, "quantity": 1}, {"quantity": 1}, {"delta": 100_000_001}])
    async def test_is_changed_in_one_way_and_within_bounds(self, pond: Pond, change: Any) -> None:
        (variant,) = await variants_of(pond, await a_product(pond))

        answer = await self.adjust(pond, variant, **change)

        assert [error["code"] for error in answer["userErrors"]] == ["BAD_USER_INPUT"]

    async def test_ends_at_a_billion_units_that_ever_came_in(self, pond: Pond) -> None:
        (variant,) = await variants_of(pond, await a_product(pond, stock=0))
        for i in range(10):
            await self.adjust(pond, variant, f"k{i}", delta=100_000_000)

        one_more = await self.adjust(pond, variant, "more", delta=1)
        gone = await self.adjust(pond, variant, "gone", delta=-100_000_000)
        full = await self.adjust(pond, variant, "full", delta=100_000_000)
        assert one_more["userErrors"] == [{"code": "BAD_USER_INPUT", "path": ["input", "delta"]}]
        assert (gone["userErrors"], full["userErrors"]) == ([], [])

    async def test_cannot_be_counted_beyond_what_may_ever_come_in(self, pond: Pond) -> None:
        (variant,) = await variants_of(pond, await a_product(pond, stock=5))
        async with pond.database.writing() as tx:
            await tx.execute(prepared(text("UPDATE stock_level SET received = 1000000000, sold = 999999995")))

        beyond = await self.adjust(pond, variant, "a", quantity=6, expectedQuantity=5)
        stale = await self.adjust(pond, variant, "b", quantity=7, expectedQuantity=6)

        assert beyond["userErrors"] == [{"code": "BAD_USER_INPUT", "path": ["input", "quantity"]}]
        assert stale["userErrors"] == [{"code": "STALE_QUANTITY", "path": ["input", "expectedQuantity"]}]

    async def test_of_no_variant_is_refused(self, pond: Pond) -> None:
        given = {"variantId": "var_" + "0" * 32, "idempotencyKey": "k", "delta": 1}

        (error,) = await pond.refused(self.ADJUST, staff(), input=given)

        assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "variantId"])
