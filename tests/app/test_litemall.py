"""The litemall importer: bad values are named by file and row, everything else comes in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.imports.litemall import Shop, import_shop
from app.imports.report import CannotImport, Report
from tests.pond import Pond

PICTURE = "http://pictures.example/a.jpg"
TIME = "2018-02-01 08:00:00"


def category(number: int, **other: Any) -> dict[str, Any]:
    return {"id": number, "name": f"分类{number}", "pid": 0, "pic_url": PICTURE, "sort_order": 1, **other}


def goods(number: int, **other: Any) -> dict[str, Any]:
    plain = {
        "id": number,
        "goods_sn": str(number),
        "name": f"商品{number}",
        "category_id": 1,
        "brand_id": 0,
        "gallery": [PICTURE],
        "brief": "一句话",
        "is_on_sale": True,
        "pic_url": PICTURE,
        "counter_price": "20.00",
        "detail": "<p onclick='x()'>好<script>x()</script></p>",
        "add_time": TIME,
    }
    return plain | other


def sku(key: int, of: int, **other: Any) -> dict[str, Any]:
    return {"id": key, "goods_id": of, "specifications": ["标准"], "price": "19.90", "number": 5, "url": "", **other}


def option(number: int, of: int, name: str = "规格", value: str = "标准") -> dict[str, Any]:
    return {"id": number, "goods_id": of, "specification": name, "value": value}


def shop(folder: Path, **tables: list[Any]) -> tuple[Shop, Report]:
    """A litemall shop with these tables; a row that is a string stands there as it is."""
    report = Report()
    plain: dict[str, list[Any]] = {
        "category": [category(1)],
        "brand": [],
        "goods": [goods(7)],
        "goods_product": [sku(70, 7)],
        "goods_specification": [option(700, 7)],
        "goods_attribute": [],
        "topic": [],
        "comment": [],
    }
    for name, rows in (plain | tables).items():
        lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
        (folder / f"{name}.jsonl").write_text("\n".join(lines))
    return Shop(folder, report), report


async def imported(pond: Pond, folder: Path, **tables: list[Any]) -> Report:
    described, report = shop(folder, **tables)
    await import_shop(pond.context(), described, report)
    return report


def places(report: Report) -> list[tuple[str, int, str]]:
    return [(one.file, one.row, one.field) for one in report.problems]


async def test_a_product_comes_in_with_price_stock_time_and_clean_detail(pond: Pond, tmp_path: Path) -> None:
    report = await imported(pond, tmp_path)

    (row,) = await pond.select("""
        SELECT p.name, p.state, p.detail_html, p.created_at, v.price_minor, v.list_price_minor, s.sellable
        FROM product p JOIN variant v ON v.product_id = p.id JOIN stock_level s ON s.variant_id = v.id
        WHERE p.external_reference = 'litemall:goods:7'""")
    assert not report.problems
    assert row[:3] == ("商品7", "ON_SALE", "<p>好</p>")
    assert row[3] == datetime(2018, 2, 1, tzinfo=UTC)
    assert row[4:] == (19_90, 20_00, 5)


async def test_the_same_again_changes_nothing_and_says_so(pond: Pond, tmp_path: Path) -> None:
    comment = {"id": 1, "type": 0, "value_id": 7, "content": "很好", "user_id": 1, "add_time": TIME, "pic_urls": []}
    await imported(pond, tmp_path, comment=[comment])
    before = await pond.select("SELECT count(*) FROM outbox")

    again = await imported(pond, tmp_path, comment=[comment])

    assert again.changed_nothing
    assert again.unchanged["商品 products"] == 1
    assert await pond.select("SELECT count(*) FROM outbox") == before


async def test_a_changed_row_changes_its_product_and_leaves_its_stock(pond: Pond, tmp_path: Path) -> None:
    await imported(pond, tmp_path)

    report = await imported(pond, tmp_path, goods_product=[sku(70, 7, price="18.00", number=50)])

    assert report.saved == {"商品 products": 1}
    (row,) = await pond.select("SELECT price_minor, sellable FROM variant JOIN stock_level ON variant_id = id")
    assert tuple(row) == (18_00, 5)


@pytest.mark.parametrize(
    ("tables", "place"),
    [
        pytest.param(
            {"goods_product": [sku(70, 7, url="quality=90")]}, ("goods_product.jsonl", 1, "url"), id="picture"
        ),
        pytest.param(
            {"goods": [goods(7, gallery=["x"])]}, ("goods.jsonl", 1, "gallery"), id="a picture of the gallery"
        ),
        pytest.param({"goods": [goods(7, category_id=9)]}, ("goods.jsonl", 1, "category_id"), id="missing category"),
        pytest.param({"goods": [goods(7, brand_id=9)]}, ("goods.jsonl", 1, "brand_id"), id="missing brand"),
        pytest.param({"category": [category(1, pid=9)]}, ("category.jsonl", 1, "pid"), id="missing parent"),
        pytest.param({"goods": [goods(7), "{not json"]}, ("goods.jsonl", 2, ""), id="no JSON"),
        pytest.param({"goods": [goods(7), goods(7)]}, ("goods.jsonl", 2, "id"), id="an id twice"),
        pytest.param({"goods": [goods(7, add_time="soon")]}, ("goods.jsonl", 1, "add_time"), id="no time"),
        pytest.param({"goods_product": [sku(70, 7, number=-3)]}, ("goods_product.jsonl", 1, "number"), id="bad stock"),
        pytest.param(
            {"goods_product": [sku(70, 7), sku(71, 99)]}, ("goods_product.jsonl", 2, "goods_id"), id="SKU of nothing"
        ),
        pytest.param(
            {"goods_product": [sku(70, 7), sku(71, 7, price="free")]},
            ("goods_product.jsonl", 2, "price"),
            id="no price",
        ),
        pytest.param(
            {"goods_product": [sku(70, 7), sku(71, 7, price="1.999")]},
            ("goods_product.jsonl", 2, "price"),
            id="a price that is no whole fen",
        ),
        pytest.param(
            {"goods_product": [sku(70, 7), sku(71, 7, specifications=["大"])]},
            ("goods_product.jsonl", 2, "specifications"),
            id="a specification that the product has not",
        ),
    ],
)
async def test_a_bad_value_is_named_and_the_rest_comes_in(
    pond: Pond, tmp_path: Path, tables: dict[str, list[Any]], place: tuple[str, int, str]
) -> None:
    report = await imported(pond, tmp_path, **tables)

    assert places(report) == [place]
    assert report.saved["商品 products"] == 1


@pytest.mark.parametrize(
    "tables",
    [
        pytest.param({"goods_product": []}, id="no SKU"),
        pytest.param({"goods_product": [sku(70, 7, price="free")]}, id="no SKU with a price"),
        pytest.param({"goods": [goods(7, name="")]}, id="no name"),
        pytest.param({"goods": [goods(7, name=8)]}, id="a name that is no text"),
    ],
)
async def test_a_product_that_cannot_be_sold_is_left_out(
    pond: Pond, tmp_path: Path, tables: dict[str, list[Any]]
) -> None:
    rest = {"goods": [*tables.pop("goods", [goods(7)]), goods(8)]}
    more = {"goods_product": [*tables.pop("goods_product", [sku(70, 7)]), sku(80, 8)]}
    values = {"goods_specification": [option(700, 7), option(800, 8)]}

    report = await imported(pond, tmp_path, **rest, **more, **values)

    assert report.saved["商品 products"] == 1
    assert any(one.file == "goods.jsonl" and one.row == 1 for one in report.problems)


async def test_what_is_not_on_sale_comes_in_as_a_draft_and_leaves_the_shop_later(pond: Pond, tmp_path: Path) -> None:
    state = "SELECT state FROM product"

    await imported(pond, tmp_path, goods=[goods(7, is_on_sale=False)])
    assert [row[0] for row in await pond.select(state)] == ["DRAFT"]
    await imported(pond, tmp_path)
    assert [row[0] for row in await pond.select(state)] == ["ON_SALE"]
    await imported(pond, tmp_path, goods=[goods(7, deleted=True)])
    assert [row[0] for row in await pond.select(state)] == ["ARCHIVED"]


async def test_reviews_become_comments_and_the_shops_answer_a_reply(pond: Pond, tmp_path: Path) -> None:
    review = {
        "id": 5,
        "type": 0,
        "value_id": 7,
        "content": "很好",
        "admin_content": "谢谢",
        "user_id": 1,
        "add_time": TIME,
    }

    report = await imported(pond, tmp_path, comment=[review, review | {"id": 6, "type": 9}])

    rows = await pond.select("""
        SELECT c.text, c.parent_id IS NOT NULL, c.state, c.created_at, p.title, p.state, p.comment_count
        FROM comment c JOIN post p ON p.id = c.post_id ORDER BY 2""")
    assert [tuple(row) for row in rows] == [
        ("很好", False, "APPROVED", datetime(2018, 2, 1, tzinfo=UTC), "商品7的用户评价", "PUBLISHED", 2),
        ("谢谢", True, "APPROVED", datetime(2018, 2, 1, tzinfo=UTC), "商品7的用户评价", "PUBLISHED", 2),
    ]
    assert places(report) == [("comment.jsonl", 2, "type")]


async def test_a_topic_becomes_an_article_of_pictures_and_paragraphs(pond: Pond, tmp_path: Path) -> None:
    topic = {
        "id": 3,
        "title": "好物",
        "subtitle": "应季",
        "content": '<p>看</p><img src="//pictures.example/b.jpg"><img src="data:x">',
        "pic_url": PICTURE,
        "goods": [7, 8],
        "add_time": TIME,
    }

    report = await imported(pond, tmp_path, topic=[topic])

    (post,) = await pond.select("SELECT title, state, blocks FROM post")
    assert tuple(post)[:2] == ("好物", "PUBLISHED")
    assert [(block.get("text"), block.get("url")) for block in post["blocks"]] == [
        ("看", None),
        (None, "https://pictures.example/b.jpg"),
    ]
    assert places(report) == [("topic.jsonl", 1, "goods"), ("topic.jsonl", 1, "content")]


def test_without_its_main_tables_there_is_nothing_to_import(tmp_path: Path) -> None:
    with pytest.raises(CannotImport):
        Shop(tmp_path, Report())


async def test_the_report_can_be_written_down(pond: Pond, tmp_path: Path) -> None:
    report = await imported(pond, tmp_path, goods=[goods(7, brand_id=9)])

    report.write(tmp_path / "report.json")

    written = json.loads((tmp_path / "report.json").read_text())
    assert written["saved"] == {"分类 categories": 1, "商品 products": 1}
    assert [(one["file"], one["row"], one["value"]) for one in written["problems"]] == [("goods.jsonl", 1, "9")]
