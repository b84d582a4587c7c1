"""What clients see of the catalogue: who may know of what, lists, search, and what it costs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.catalogue import Product, ProductAttribute, ProductRole, ProductVisibility, Variant
from domain.identity import VISITOR, Principal
from domain.money import Money
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_brand, a_category, a_product, a_variant, member, staff
from tests.pond import Pond, statements

PRODUCTS = "query($where: ProductWhere) { products(first: 100, where: $where) { nodes { id } totalCount { value } } }"


def the_id(product: Product) -> str:
    return id_of(Kind.PRODUCT, product.id)


class TestWhoMayKnowOfAProduct:
    """R25: what a caller may not see does not exist for it, on any way to it."""

    @pytest.mark.parametrize(
        ("visibility", "on_sale", "caller", "seen"),
        [
            pytest.param("PUBLIC", True, VISITOR, True, id="a visitor sees what is public"),
            pytest.param("MEMBERS", True, VISITOR, False, id="a visitor does not see what is for members"),
            pytest.param("MEMBERS", True, member(), True, id="a member sees what is for members"),
            pytest.param("PUBLIC", False, member(), False, id="a member sees no draft"),
            pytest.param("MEMBERS", False, staff(), True, id="staff see drafts"),
        ],
    )
    async def test_on_every_way(
        self, pond: Pond, visibility: str, caller: Principal, *, on_sale: bool, seen: bool
    ) -> None:
        made = await a_product(pond, "藏不住的四件套", visibility=ProductVisibility(visibility), on_sale=on_sale)

        answer = await pond.ask(
            """query($id: ID!, $slug: String!) {
                byId: product(id: $id) { id } bySlug: product(slug: $slug) { id } node(id: $id) { id } nodes(ids: [$id]) { id }
                products(first: 10) { nodes { id } totalCount { value exact } }
                search(text: "四件套", first: 10) { nodes { id } totalCount { value } }
            }""",
            caller,
            id=the_id(made),
            slug=made.slug,
        )

        it = {"id": the_id(made)}
        assert answer["byId"] == answer["bySlug"] == answer["node"] == (it if seen else None)
        assert answer["nodes"] == [it if seen else None]
        assert answer["products"] == {"nodes": [it] * seen, "totalCount": {"value": int(seen), "exact": True}}
        assert answer["search"] == {"nodes": [it] * seen, "totalCount": {"value": int(seen)}}

    async def test_nor_of_its_variants(self, pond: Pond) -> None:
        hidden = await a_variant(pond, visibility=ProductVisibility.MEMBERS)
        document = "query($id: ID!) { node(id: $id) { ... on Variant { product { name } } } }"

        answers = [
            await pond.ask(document, caller, id=id_of(Kind.VARIANT, hidden.id)) for caller in (VISITOR, member())
        ]

        assert [answer["node"] for answer in answers] == [None, {"product": {"name": "纯棉四件套"}}]


class TestAProduct:
    async def test_tells_all_about_itself(self, pond: Pond) -> None:
        await a_product(
            pond,
            "轻奢四件套",
            slug="light-luxury",
            price=Money(899_00),
            stock=3,
            sizes=["1.5米", "1.8米"],
            brief="设计师原款",
            role=ProductRole.STAR,
            detail_html="<p onclick='x()'>绣花</p>",
            attributes=[ProductAttribute("材质", "棉")],
            category_id=(await a_category(pond, "床品")).id,
            brand_id=(await a_brand(pond, "云织")).id,
        )

        answer = await pond.ask(
            """{ product(slug: "light-luxury") {
                name brief role state visibility detailHtml version
                priceRange { minimum { amount minor currency } }
                options { name values } attributes { name value } category { name } brand { name }
                media { kind url alt } variants { name optionValues price { amount } listPrice { minor } available soldOut }
            } }"""
        )

        product = answer["product"]
        sizes = [
            {
                "name": size,
                "optionValues": [size],
                "price": {"amount": "899.00"},
                "listPrice": None,
                "available": 3,
                "soldOut": False,
            }
            for size in ("1.5米", "1.8米")
        ]
        assert product == {
            "name": "轻奢四件套",
            "brief": "设计师原款",
            "role": "STAR",
            "state": "ON_SALE",
            "visibility": "PUBLIC",
            "detailHtml": "<p>绣花</p>",
            "version": 2,
            "priceRange": {"minimum": {"amount": "899.00", "minor": 89900, "currency": "CNY"}},
            "options": [{"name": "尺寸", "values": ["1.5米", "1.8米"]}],
            "attributes": [{"name": "材质", "value": "棉"}],
            "category": {"name": "床品"},
            "brand": {"name": "云织"},
            "media": [{"kind": "IMAGE", "url": "https://pictures.example/a.jpg", "alt": "一张图"}],
            "variants": sizes,
        }

    @pytest.mark.parametrize("bad", ["", "prd_", "prd_zz", "var_" + "0" * 32, "prd_" + "٠" * 32, "1"])
    async def test_is_null_for_an_id_that_is_none(self, pond: Pond, bad: str) -> None:
        answer = await pond.ask("query($id: ID!) { product(id: $id) { id } node(id: $id) { id } }", id=bad)

        assert answer == {"product": None, "node": None}

    async def test_is_asked_for_by_id_or_slug_and_not_by_both(self, pond: Pond) -> None:
        assert await pond.errors('{ product(id: "x", slug: "y") { id } }') == ["BAD_USER_INPUT"]
        assert await pond.errors("{ product { id } }") == ["BAD_USER_INPUT"]


class TestWhatItCosts:
    async def test_a_list_of_twenty_takes_four_statements(self, pond: Pond) -> None:
        shelf = await a_category(pond)
        for _ in range(20):
            await a_product(pond, category_id=shelf.id, sizes=["S", "M"])

        with statements() as run:
            answer = await pond.ask(
                "{ products(first: 20) { nodes { name variants { sku available } media { url } category { name } } } }"
            )

        assert len(answer["products"]["nodes"]) == 20
        assert len(run) <= 4

    async def test_a_product_in_detail_takes_three(self, pond: Pond) -> None:
        made = await a_product(pond, category_id=(await a_category(pond)).id, brand_id=(await a_brand(pond)).id)

        with statements() as run:
            await pond.ask(
                """query($id: ID!) { product(id: $id) {
                    name detailHtml variants { sku } media { url } category { name } brand { name } } }""",
                id=the_id(made),
            )

        assert len(run) == 3


class TestSearch:
    TITLES = ("轻奢纯棉刺绣水洗四件套", "磁吸防摔手机壳", "玻尿酸补水面膜 5片装", "云感枕头", "MagSafe 充电宝 10000mAh")

    @pytest.mark.parametrize(
        ("text", "titles"),
        [
            ("四件套", {"轻奢纯棉刺绣水洗四件套"}),
            ("水洗 四件套", {"轻奢纯棉刺绣水洗四件套"}),
            ("磁吸防摔", {"磁吸防摔手机壳"}),
            ("防摔手机", {"磁吸防摔手机壳"}),
            ("玻尿酸", {"玻尿酸补水面膜 5片装"}),
            ("尿酸", {"玻尿酸补水面膜 5片装"}),
            ("枕", {"云感枕头"}),
            ("magsafe", {"MagSafe 充电宝 10000mAh"}),
            ("ＭａｇＳａｆｅ", {"MagSafe 充电宝 10000mAh"}),
            ("没有这样的", set()),
            ("!!!", set()),
            ("' | 'x", set()),
        ],
    )
    async def test_finds_titles_by_words_and_parts_of_words(self, pond: Pond, text: str, titles: set[str]) -> None:
        for title in self.TITLES:
            await a_product(pond, title)

        answer = await pond.ask(
            "query($text: String!) { search(text: $text, first: 10) { nodes { name } } }", text=text
        )

        assert {node["name"] for node in answer["search"]["nodes"]} == titles

    async def test_finds_products_by_category_brand_and_attributes(self, pond: Pond) -> None:
        await a_product(
            pond,
            category_id=(await a_category(pond, "婴童")).id,
            brand_id=(await a_brand(pond, "云织")).id,
            attributes=[ProductAttribute("材质", "竹纤维")],
        )

        for text in ("婴童", "云织", "竹纤维"):
            answer = await pond.ask(
                "query($text: String!) { search(text: $text, first: 1) { nodes { name } } }", text=text
            )
            assert answer["search"]["nodes"] == [{"name": "纯棉四件套"}]

    async def test_is_paged_without_losing_any(self, pond: Pond) -> None:
        made = {the_id(await a_product(pond, f"四件套 {i}")) for i in range(5)}

        assert set(await _walk(pond, 'search(text: "四件套", ')) == made


class TestLists:
    @pytest.mark.parametrize(
        "arguments",
        ["", "first: 0", "first: 101", "first: 1, last: 1", 'first: 1, after: "x"', 'first: 1, after: "é"'],
    )
    async def test_refuse_sizes_and_cursors_that_are_not_theirs(self, pond: Pond, arguments: str) -> None:
        given_arguments = f"({arguments})" if arguments else ""

        assert await pond.errors(f"{{ products{given_arguments} {{ nodes {{ id }} }} }}") == ["BAD_USER_INPUT"]

    async def test_refuse_the_cursor_of_another_order(self, pond: Pond) -> None:
        await a_product(pond)
        page = await pond.ask("{ products(first: 1) { pageInfo { endCursor } } }")

        codes = await pond.errors(
            "query($after: String) { products(first: 1, after: $after, sort: {by: PRICE}) { nodes { id } } }",
            after=page["products"]["pageInfo"]["endCursor"],
        )

        assert codes == ["BAD_USER_INPUT"]

    @pytest.mark.parametrize(
        "where",
        [
            pytest.param({"categoryId": {"oneOf": []}}, id="an empty list"),
            pytest.param({"role": {"oneOf": []}}, id="an empty list of values"),
            pytest.param({"categoryId": {"eq": "nonsense"}}, id="an id that is none"),
            pytest.param({"OR": []}, id="no alternative"),
        ],
    )
    async def test_match_nothing_where_nothing_can_match(self, pond: Pond, where: Any) -> None:
        await a_product(pond)

        answer = await pond.ask(PRODUCTS, where=where)

        assert answer["products"] == {"nodes": [], "totalCount": {"value": 0}}

    @pytest.mark.parametrize(
        "where",
        [
            pytest.param({"categoryId": {"eq": None}}, id="a null operator"),
            pytest.param({"NOT": {"NOT": {"NOT": {"NOT": {"role": {"eq": "STAR"}}}}}}, id="too deep"),
            pytest.param({"categoryId": {"oneOf": ["x"] * 101}}, id="too long"),
        ],
    )
    async def test_refuse_conditions_out_of_bounds(self, pond: Pond, where: Any) -> None:
        assert await pond.errors(PRODUCTS, where=where) == ["BAD_USER_INPUT"]

    async def test_a_null_condition_is_no_condition(self, pond: Pond) -> None:
        await a_product(pond)

        answer = await pond.ask(PRODUCTS, where={"role": None})

        assert answer["products"]["totalCount"] == {"value": 1}


PRICES = st.integers(0, 5).map(lambda yuan: yuan * 100)
ROLES = st.sampled_from([None, "STAR", "TRAFFIC"])
GOODS = st.lists(st.tuples(PRICES, ROLES), min_size=4, max_size=8)
PLAIN = st.one_of(
    st.builds(lambda v: {"priceMinor": {"eq": v}}, PRICES),
    st.builds(lambda v: {"priceMinor": {"range": {"gte": v}}}, PRICES),
    st.builds(lambda v: {"priceMinor": {"range": {"lt": v}}}, PRICES),
    st.builds(lambda v: {"role": {"oneOf": v}}, st.lists(st.sampled_from(["STAR", "TRAFFIC"]), max_size=2)),
)
WHERE = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"AND": parts}, st.lists(inner, max_size=2)),
        st.builds(lambda parts: {"OR": parts}, st.lists(inner, max_size=2)),
    ),
    max_leaves=3,
)


def holds(where: Any, price: int, role: str | None) -> bool:
    """What a condition means, said in Python."""
    (name, value), *_ = where.items()
    match name:
        case "AND":
            return all(holds(part, price, role) for part in value)
        case "OR":
            return any(holds(part, price, role) for part in value)
        case "role":
            return role in value["oneOf"]
        case _:
            within = value.get("range", {})
            return (
                price == value.get("eq", price)
                and price >= within.get("gte", price)
                and price < within.get("lt", price + 1)
            )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_lists_are_filtered_sorted_and_paged_as_python_does_it(pond: Pond, data: st.DataObject) -> None:
    async with pond.database.writing() as tx:
        # What is only ever added to is emptied along with the products that it is about.
        await tx._connection.execute("SET LOCAL session_replication_role = replica")
        await tx._connection.execute("TRUNCATE product CASCADE")
    goods = data.draw(GOODS)
    made = [
        await a_product(pond, price=Money(price), role=ProductRole(role) if role else None) for price, role in goods
    ]
    where, descending, size = data.draw(WHERE), data.draw(st.booleans()), data.draw(st.integers(1, 4))
    wanted = sorted(
        ((price, the_id(one)) for one, (price, role) in zip(made, goods, strict=True) if holds(where, price, role)),
        reverse=descending,
    )
    by = "PRICE, direction: DESC" if descending else "PRICE"

    forward = await _walk(pond, f"products(sort: {{by: {by}}}, where: $where, ", where=where, size=size)
    backward = await _walk(pond, f"products(sort: {{by: {by}}}, where: $where, ", where=where, size=size, back=True)
    counted = await pond.ask(PRODUCTS, where=where)

    assert forward == backward == [id_ for _, id_ in wanted]
    assert counted["products"]["totalCount"]["value"] == len(wanted)


async def _walk(pond: Pond, field: str, *, where: Any = None, size: int = 2, back: bool = False) -> list[str]:
    """The ids of a whole list, page by page, in list order."""
    many, cursor, more, end = (
        ("last", "before", "hasPreviousPage", "startCursor") if back else ("first", "after", "hasNextPage", "endCursor")
    )
    declared = "$cursor: String, $where: ProductWhere" if "$where" in field else "$cursor: String"
    document = (
        f"query({declared}) {{ list: {field}{many}: {size}, {cursor}: $cursor)"
        f" {{ nodes {{ id }} pageInfo {{ {more} {end} }} }} }}"
    )
    found: list[str] = []
    at: str | None = None
    for _ in range(20):
        page = (await pond.ask(document, cursor=at, **({"where": where} if where else {})))["list"]
        ids = [node["id"] for node in page["nodes"]]
        found = ids + found if back else found + ids
        if not page["pageInfo"][more]:
            return found
        at = page["pageInfo"][end]
    raise AssertionError("the list does not end")


async def test_a_page_stays_where_it_was_when_products_come_in(pond: Pond) -> None:
    first, second = await a_product(pond), await a_product(pond)
    page = await pond.ask("{ products(first: 1, sort: {by: CREATED}) { pageInfo { endCursor } } }")
    pond.later(days=-1)
    await a_product(pond)

    rest = await pond.ask(
        "query($after: String) { products(first: 9, after: $after, sort: {by: CREATED}) { nodes { id } } }",
        after=page["products"]["pageInfo"]["endCursor"],
    )

    assert first.id != second.id
    assert rest["products"]["nodes"] == [{"id": the_id(second)}]


async def test_categories_form_a_tree_and_brands_a_list(pond: Pond) -> None:
    home = await a_category(pond, "居家", position=2)
    await a_category(pond, "餐厨", position=1)
    await a_category(pond, "床品", parent_id=home.id)
    await a_brand(pond, "云织")

    answer = await pond.ask(
        """query($slug: String) { categories { name children { name } } brands(first: 5) { nodes { name } }
            category(slug: $slug) { name } none: category(id: "cat_x") { name } }""",
        slug=home.slug,
    )

    assert answer == {
        "categories": [{"name": "餐厨", "children": []}, {"name": "居家", "children": [{"name": "床品"}]}],
        "brands": {"nodes": [{"name": "云织"}]},
        "category": {"name": "居家"},
        "none": None,
    }


async def test_many_readers_at_once_read_the_same(pond: Pond) -> None:
    variant: Variant = await a_variant(pond)

    answers = await asyncio.gather(*(pond.ask(PRODUCTS) for _ in range(20)))

    assert {answer["products"]["nodes"][0]["id"] for answer in answers} == {id_of(Kind.PRODUCT, variant.product_id)}
