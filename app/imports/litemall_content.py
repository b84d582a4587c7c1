"""Imports what is told and said in a litemall shop: topics as articles, reviews as comments (decision 0004)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from html.parser import HTMLParser
from uuid import UUID

import resolvers.content
import resolvers.imports
from app.imports.rows import Row
from app.imports.saving import Saving
from domain.catalogue import Product
from domain.comments import Comment
from domain.content import (
    LONGEST_PARAGRAPH,
    MOST_BLOCKS,
    Block,
    ContentRejected,
    Image,
    Paragraph,
    Post,
    PostAction,
    PostDraft,
    PostGenre,
    PostKind,
    PostPurpose,
    PostState,
    ProductMention,
)
from domain.members import MemberCard
from domain.refusals import BadInput
from resolvers.imports import Said

ON_PRODUCT, ON_TOPIC = 0, 1
"""What a comment is about, by litemall's number for it."""
SHOPKEEPER = ("litemall:admin", "店家")


async def import_content(
    saving: Saving, topics: Sequence[Row], comments: Sequence[Row], products: Mapping[int, Product]
) -> None:
    """Import topics and, below them and below one post for each reviewed product, what people said."""
    reviews, remarks = _sorted_comments(comments, products, {row.values["id"] for row in topics})
    people = await _people(saving, comments)
    for topic in topics:
        post = await saving.save("专题 topics", topic, partial(_publish, saving, topic, _article(topic, products)))
        if post is not None:
            await _keep(saving, post, remarks.get(topic.values["id"], []), people)
    for number, rows in reviews.items():
        draft = _review_post(products[number])
        post = await saving.save("评价专帖 posts of reviews", rows[0], partial(_publish, saving, rows[0], draft))
        if post is not None:
            await _keep(saving, post, rows, people)


def _sorted_comments(
    rows: Sequence[Row], products: Mapping[int, Product], topics: set[int]
) -> tuple[dict[int, list[Row]], dict[int, list[Row]]]:
    """Reviews by product and remarks by topic; what is about neither is reported."""
    reviews, remarks = defaultdict[int, list[Row]](list), defaultdict[int, list[Row]](list)
    for row in rows:
        about, number = row.values.get("type"), row.integer("value_id")
        if row.truth("deleted") or number is None:
            continue
        if about == ON_PRODUCT and number in products:
            reviews[number].append(row)
        elif about == ON_TOPIC and number in topics:
            remarks[number].append(row)
        else:
            name = "value_id" if about in (ON_PRODUCT, ON_TOPIC) else "type"
            row.complain(name, "评价的对象不存在，已略过 · about nothing that is there, passed over")
    return reviews, remarks


async def _people(saving: Saving, comments: Sequence[Row]) -> dict[object, MemberCard]:
    """Someone for each number that litemall knows a customer by, and the shopkeeper."""
    numbers = dict.fromkeys(row.values.get("user_id") for row in comments)
    found: dict[object, MemberCard] = {SHOPKEEPER: await resolvers.imports.person(saving.ctx, *SHOPKEEPER)}
    for number in numbers:
        found[number] = await resolvers.imports.person(saving.ctx, f"litemall:user:{number}", f"顾客 {number}")
    return found


async def _publish(saving: Saving, row: Row, draft: PostDraft) -> Post:
    ctx = saving.at(row.moment("add_time"))
    post = await resolvers.content.save(ctx, draft)
    if post.state is not PostState.DRAFT:
        return post
    return await resolvers.content.move(ctx, post.id, PostAction.PUBLISH)


async def _keep(saving: Saving, post: Post, rows: Sequence[Row], people: Mapping[object, MemberCard]) -> None:
    comments = [one for row in rows for one in _comments(saving, post.id, row, people)]
    new = await resolvers.imports.keep_comments(saving.ctx, post.id, comments)
    for number in range(len(comments)):
        saving.report.count("评论 comments", changed=number < new)
    for row in rows:
        saving.report.left_out["stars of reviews"] += 1
        saving.report.left_out["pictures of reviews"] += len(row.texts("pic_urls"))


def _comments(saving: Saving, post_id: UUID, row: Row, people: Mapping[object, MemberCard]) -> list[Comment]:
    """A comment and the shop's answer to it, if there is one."""
    reference, at = f"litemall:comment:{row.values['id']}", row.moment("add_time")
    said = Said(reference, people[row.values.get("user_id")], row.text("content"), at)
    answer = row.text("admin_content")
    found = _judged(saving, post_id, row, "content", said)
    if found and answer:
        reply = Said(f"{reference}:answer", people[SHOPKEEPER], answer, at, answers=reference)
        found += _judged(saving, post_id, row, "admin_content", reply)
    return found


def _judged(saving: Saving, post_id: UUID, row: Row, name: str, said: Said) -> list[Comment]:
    try:
        return [resolvers.imports.judged(saving.ctx, post_id, said)]
    except BadInput as refusal:
        row.complain(name, f"{refusal.rule_zh}，已略过 · {refusal.rule}, passed over")
    except ContentRejected:
        row.complain(name, "含有不允许的词，已略过 · holds words that are not allowed, passed over")
    return []


def _article(row: Row, products: Mapping[int, Product]) -> PostDraft:
    linked = []
    for number in row.values.get("goods") or []:
        if number in products:
            linked.append(products[number].id)
        else:
            row.report.problem(row.file, row.number, "goods", number, "没有这个商品，已略过 · no such product")
    title = row.text("title")
    return PostDraft(
        kind=PostKind.ARTICLE,
        purpose=PostPurpose.SHOPPING,
        genre=PostGenre.SELLING_POINT,
        title=title,
        summary=row.text("subtitle"),
        cover_url=row.link("pic_url"),
        blocks=_blocks(row) or [Paragraph(row.text("subtitle") or title)],
        product_ids=linked,
        external_reference=f"litemall:topic:{row.values['id']}",
    )


def _review_post(product: Product) -> PostDraft:
    return PostDraft(
        kind=PostKind.TEXT,
        purpose=PostPurpose.INTERACTION,
        genre=PostGenre.CUSTOMER_CASE,
        title=f"{product.name}的用户评价",
        blocks=[Paragraph("买过的人这样说。"), ProductMention(product.id)],
        product_ids=[product.id],
        external_reference=f"litemall:reviews:{(product.external_reference or '').rpartition(':')[2]}",
    )


class _Page(HTMLParser):
    """Takes a page apart into the pictures and the texts that follow each other on it."""

    ENDS = frozenset({"p", "div", "li", "br", "h1", "h2", "h3", "h4", "h5", "h6", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[tuple[str, str]] = []
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.ENDS:
            self.end_text()
        if tag == "img":
            self.parts.append(("img", dict(attrs).get("src") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in self.ENDS:
            self.end_text()

    def handle_data(self, data: str) -> None:
        self._text += data

    def end_text(self) -> None:
        text = " ".join(self._text.split())
        if text:
            self.parts.append(("text", text[:LONGEST_PARAGRAPH]))
        self._text = ""


def _blocks(row: Row) -> list[Block]:
    page = _Page()
    page.feed(row.text("content"))
    page.close()
    page.end_text()
    blocks: list[Block] = []
    for kind, value in page.parts[:MOST_BLOCKS]:
        link = row.checked_link("content", value) if kind == "img" else None
        if link is not None:
            blocks.append(Image(link))
        elif kind == "text":
            blocks.append(Paragraph(value))
    return blocks
