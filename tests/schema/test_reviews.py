"""Reviews: one for each received line and one addition, moderated, answered, and counted, through GraphQL."""

from __future__ import annotations

import asyncio
import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from domain.identity import Principal, Role
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_product, a_variant, variants_of
from tests.makers_fulfilment import a_received_line, received, reviewed
from tests.makers_members import a_member, staff
from tests.makers_payments import a_paid_order
from tests.pond import Pond, statements

APPEND = """mutation ($input: ReviewAppendInput!) { reviewAppend(input: $input) {
  review { addition { text pictures state } } userErrors { code path } } }"""
MODERATE = """mutation ($input: ReviewModerateInput!) { reviewModerate(input: $input) {
  review { state addition { state } } userErrors { code } } }"""
REPLY = """mutation ($input: ReviewReplyInput!) { reviewReply(input: $input) {
  review { reply repliedAt } userErrors { code } } }"""
SHOWN = """query ($slug: String!, $stars: Int) { product(slug: $slug) {
  rating { count averageTenths counts }
  reviews(first: 50, stars: $stars) { nodes { stars text author { nickname } addition { text } } } } }"""
REAL = Path(__file__).parents[3] / "shared/data/litemall/comment.jsonl"


async def shown(pond: Pond, slug: str, who: Principal | None = None, stars: int | None = None) -> Any:
    return (await pond.ask(SHOWN, *([who] if who else []), slug=slug, stars=stars))["product"]


async def test_a_buyer_reviews_a_received_line_with_pictures_once(pond: Pond) -> None:
    product = await a_product(pond)
    line, mei = await a_received_line(pond, (await variants_of(pond, product))[0])

    answer = await reviewed(pond, mei, line, 4, "布料很厚实", pictures=["/media/a.jpg"])
    again = await reviewed(pond, mei, line)

    review = answer["review"]
    assert (review["stars"], review["text"], review["pictures"]) == (4, "布料很厚实", ["/media/a.jpg"])
    assert again["userErrors"] == [{"code": "CONFLICT", "path": ["input", "orderLineId"]}]
    below = await shown(pond, product.slug)
    assert below["rating"] == {"count": 1, "averageTenths": 40, "counts": [0, 0, 0, 1, 0]}
    assert [one["text"] for one in below["reviews"]["nodes"]] == ["布料很厚实"]


async def test_what_was_not_received_or_is_somebody_elses_is_not_reviewed(pond: Pond) -> None:
    line, _ = await a_received_line(pond)
    mei = await a_member(pond)
    _, (unsent,) = await a_paid_order(pond, mei, (await a_variant(pond), 1))

    assert (await reviewed(pond, mei, line))["userErrors"][0]["code"] == "NOT_FOUND"
    assert (await reviewed(pond, mei, unsent))["userErrors"][0]["code"] == "INVALID_STATE"


async def test_of_64_reviews_of_one_line_one_is_kept_and_counted(pond: Pond) -> None:
    product = await a_product(pond)
    line, mei = await a_received_line(pond, (await variants_of(pond, product))[0])

    answers = await asyncio.gather(*(reviewed(pond, mei, line, 5) for _ in range(64)))

    assert sum(answer["review"] is not None for answer in answers) == 1
    assert (await shown(pond, product.slug))["rating"]["counts"] == [0, 0, 0, 0, 1]


async def test_who_looks_and_then_writes_reviews_a_line_many_times(pond: Pond) -> None:
    """The negative control of the race above: without the key, all that looked before any wrote write."""
    _, mei = await a_received_line(pond)
    await pond.select("DROP INDEX uq_review_order_line_id")
    looked = asyncio.Barrier(8)

    async def careless() -> None:
        known = await pond.select("SELECT count(*) FROM review")
        await looked.wait()
        if known[0][0] == 0:
            await pond.select(
                "INSERT INTO review (id, order_line_id, product_id, variant_id, member_id, stars, text, pictures,"
                " anonymous, state, reply, created_at) SELECT gen_random_uuid(), id, product_id, variant_id, $1, 5,"
                " '', '{}', false, 'APPROVED', '', now() FROM order_line",
                mei.member_id,
            )

    await asyncio.gather(*(careless() for _ in range(8)))

    assert (await pond.select("SELECT count(*) FROM review"))[0][0] == 8


async def test_an_author_adds_to_a_review_once_and_nobody_else_does(pond: Pond) -> None:
    line, mei = await a_received_line(pond)
    review_id = (await reviewed(pond, mei, line))["review"]["id"]
    wanted = {"reviewId": review_id, "text": "用了一个月,依然很好", "pictures": ["/media/b.jpg"]}

    others = await pond.refused(APPEND, await a_member(pond), input=wanted)
    answers = await asyncio.gather(*(pond.ask(APPEND, mei, input=wanted) for _ in range(16)))

    assert others[0]["code"] == "NOT_FOUND"
    kept = [one["reviewAppend"]["review"] for one in answers if one["reviewAppend"]["review"]]
    assert [one["addition"]["text"] for one in kept] == ["用了一个月,依然很好"]


async def test_words_are_judged_and_moderators_decide_with_exact_counters(pond: Pond) -> None:
    product = await a_product(pond)
    line, mei = await a_received_line(pond, (await variants_of(pond, product))[0])
    moderator = await staff(pond, Role.MODERATOR)
    review_id = (await reviewed(pond, mei, line, 1, "不好"))["review"]["id"]

    async def decided(decision: str) -> Any:
        given = {"reviewId": review_id, "decision": decision}
        assert (await pond.refused(MODERATE, moderator, input=given)) == []
        return (await shown(pond, product.slug))["rating"]["count"]

    assert [await decided(one) for one in ("REJECTED", "REJECTED", "PENDING", "APPROVED", "APPROVED")] == [
        0,
        0,
        0,
        1,
        1,
    ]
    assert await pond.errors(MODERATE, mei, input={"reviewId": review_id, "decision": "APPROVED"}) == ["FORBIDDEN"]


async def test_what_waits_is_seen_by_its_author_alone(pond: Pond) -> None:
    product = await a_product(pond)
    line, mei = await a_received_line(pond, (await variants_of(pond, product))[0])
    review_id = (await reviewed(pond, mei, line))["review"]["id"]
    moderator = await staff(pond, Role.MODERATOR)
    await pond.ask(MODERATE, moderator, input={"reviewId": review_id, "decision": "PENDING"})

    assert (await shown(pond, product.slug))["reviews"]["nodes"] == []
    assert len((await shown(pond, product.slug, mei))["reviews"]["nodes"]) == 1
    waiting = "query { reviews(first: 5, where: { state: { eq: PENDING } }) { nodes { id } } }"
    assert (await pond.ask(waiting, moderator))["reviews"]["nodes"] == [{"id": review_id}]
    assert (await pond.ask("query ($id: ID!) { node(id: $id) { id } }", id=review_id))["node"] is None


async def test_an_anonymous_review_names_nobody_but_to_its_author_and_moderators(pond: Pond) -> None:
    product = await a_product(pond)
    line, mei = await a_received_line(pond, (await variants_of(pond, product))[0])
    await reviewed(pond, mei, line, anonymous=True)

    authors = [
        (await shown(pond, product.slug, who))["reviews"]["nodes"][0]["author"]
        for who in (None, await a_member(pond, "Lan"), mei, await staff(pond, Role.MODERATOR))
    ]

    assert authors == [None, None, {"nickname": "Mei"}, {"nickname": "Mei"}]


async def test_the_brand_answers_a_review(pond: Pond) -> None:
    line, mei = await a_received_line(pond)
    review_id = (await reviewed(pond, mei, line))["review"]["id"]
    given = {"reviewId": review_id, "text": "谢谢您"}

    answer = await pond.ask(REPLY, await staff(pond, Role.CONTENT), input=given)

    assert answer["reviewReply"]["review"]["reply"] == "谢谢您"
    assert await pond.errors(REPLY, mei, input=given) == ["FORBIDDEN"]


async def test_a_member_sees_what_can_be_reviewed_and_what_was(pond: Pond) -> None:
    mei, (tea, pot) = await a_member(pond), [await a_variant(pond) for _ in range(2)]
    order_id, (first, second) = await received(pond, mei, (tea, 1), (pot, 2))
    document = """query ($id: ID!) { reviewableLines(first: 10) { nodes { orderLineId orderId name } }
      myReviews(first: 10) { nodes { stars } } order(id: $id) { lines { review { stars } } } }"""

    await reviewed(pond, mei, first, 3)
    seen = await pond.ask(document, mei, id=order_id)

    assert [one["orderLineId"] for one in seen["reviewableLines"]["nodes"]] == [second]
    assert seen["myReviews"]["nodes"] == [{"stars": 3}]
    assert [one["review"] for one in seen["order"]["lines"]] == [{"stars": 3}, None]


@pytest.mark.skipif(not REAL.exists(), reason="real reviews are not at hand")
async def test_real_reviews_come_in_as_they_are(pond: Pond) -> None:
    product = await a_product(pond, stock=20)
    variant = (await variants_of(pond, product))[0]
    with REAL.open(encoding="utf-8") as lines:
        real = [json.loads(line) for line in islice(lines, 5)]
    for one in real:
        line, buyer = await a_received_line(pond, variant)
        answer = await reviewed(pond, buyer, line, one["star"], one["content"], pictures=one["pic_urls"][:9])
        assert answer["userErrors"] == []

    below = await shown(pond, product.slug)

    assert [one["text"] for one in below["reviews"]["nodes"]] == [one["content"] for one in reversed(real)]
    assert below["rating"]["count"] == 5
    of_one_star = (await shown(pond, product.slug, stars=real[0]["star"]))["reviews"]["nodes"]
    assert len(of_one_star) == sum(one["star"] == real[0]["star"] for one in real)


async def test_ratings_of_a_list_take_one_statement_and_none_unless_asked(pond: Pond) -> None:
    for _ in range(3):
        await a_product(pond)
    document = "query { products(first: 10) { nodes { id %s } } }"

    with statements() as plain:
        await pond.ask(document % "")
    with statements() as rated:
        await pond.ask(document % "rating { count }")
    with statements() as reviewed_too:
        await pond.ask(document % "rating { count } reviews(first: 3) { nodes { text author { nickname } } }")

    assert (len(rated) - len(plain), len(reviewed_too) - len(plain)) == (1, 2)


async def test_a_review_names_its_line_and_its_product_by_ids(pond: Pond) -> None:
    product = await a_product(pond)
    line, mei = await a_received_line(pond, (await variants_of(pond, product))[0])
    review_id = (await reviewed(pond, mei, line))["review"]["id"]

    node = await pond.ask("query ($id: ID!) { node(id: $id) { ... on Review { productId } } }", id=review_id)

    assert node["node"] == {"productId": id_of(Kind.PRODUCT, product.id)}
