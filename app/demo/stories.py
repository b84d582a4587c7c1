"""Sows what the sample brand tells: posts with their comments and likes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import db.comments
import db.posts
import resolvers.comments
import resolvers.content
from app.demo import content
from app.demo.field import Field, id_of
from app.demo.people import Organisation, as_guide, as_member
from app.demo.pictures.paint import by_chance
from domain.content import (
    Audio,
    Block,
    Heading,
    Image,
    Paragraph,
    PostAction,
    PostDraft,
    PostGenre,
    PostKind,
    PostPurpose,
    PostState,
    ProductMention,
    Reader,
    Video,
)
from domain.guides import Guide
from domain.identity import Principal

FEWEST_LIKES, MORE_LIKES = 8, 22


async def sow_posts(
    field: Field,
    organisation: Organisation,
    guides: dict[str, Guide],
    products: dict[str, UUID],
    members: list[UUID],
) -> dict[str, UUID]:
    """Sow the posts, by slug."""
    posts = content.read("posts")["post"]
    ids = {one["slug"]: id_of(f"post {one['slug']}", _ago(number)) for number, one in enumerate(posts)}
    known = await db.posts.posts_by_id(field.database.reading(), Reader(sees_all=True), list(ids.values()))
    reading = field.database.reading()
    said_last = await db.comments.comments_by_id(
        reading, [_last_comment(number, one) for number, one in enumerate(posts)]
    )
    sowing = []
    for number, one in enumerate(posts):
        if ids[one["slug"]] in known and (not one["comments"] or _last_comment(number, one) in said_last):
            continue
        sowing.append(_sow_post(field, organisation, guides, products, members, number))
    await asyncio.gather(*sowing)
    return ids


def _ago(number: int) -> timedelta:
    return timedelta(days=2 + 3 * number, hours=5 * number % 11)


def _last_comment(number: int, said: dict[str, Any]) -> UUID:
    return id_of(f"comment {said['slug']} {len(said['comments']) - 1}", _ago(number) / 2)


async def _sow_post(
    field: Field,
    organisation: Organisation,
    guides: dict[str, Guide],
    products: dict[str, UUID],
    members: list[UUID],
    number: int,
) -> None:
    said, ago = content.read("posts")["post"][number], _ago(number)
    author = _author(organisation, guides, said["author"])
    name = f"post {said['slug']}"
    saved = await resolvers.content.save(field.hand(name, author, ago=ago), _draft(said, organisation, products))
    if said.get("draft"):
        return
    if saved.state is PostState.DRAFT:
        await resolvers.content.move(
            field.hand(f"{name} appears", organisation.founder, ago=ago), saved.id, PostAction.PUBLISH
        )
    for liker in range(FEWEST_LIKES + by_chance(name, MORE_LIKES)):
        member = as_member(members[by_chance(f"{name} {liker}", len(members))])
        await resolvers.content.like(field.hand(f"{name} like", member, ago=ago / 3), saved.id)
    for place, talk in enumerate(said["comments"]):
        await _sow_comment(field, author, saved.id, members, f"{said['slug']} {place}", talk, ago / 2)


async def _sow_comment(
    field: Field, author: Principal, post_id: UUID, members: list[UUID], name: str, talk: str, ago: timedelta
) -> None:
    """Sow a comment; what stands behind the bar is the author's answer."""
    question, _, answer = talk.partition("|")
    reader = as_member(members[by_chance(f"comment {name}", len(members))])
    asked, _ = await resolvers.comments.add(field.hand(f"comment {name}", reader, ago=ago), post_id, question, None)
    if answer:
        await resolvers.comments.add(field.hand(f"answer {name}", author, ago=ago / 2), post_id, answer, asked.id)


def _author(organisation: Organisation, guides: dict[str, Guide], name: str) -> Principal:
    return as_guide(guides[name]) if name in guides else as_member(organisation.staff[name])


def _draft(said: dict[str, Any], organisation: Organisation, products: dict[str, UUID]) -> PostDraft:
    return PostDraft(
        kind=PostKind(said["kind"]),
        purpose=PostPurpose(said["purpose"]),
        genre=PostGenre(said["genre"]),
        title=said["title"],
        summary=said["summary"],
        cover_url=f"/media/posts/{said['slug']}.svg",
        blocks=[
            _block(f"{said['slug']}-{number}", kind, text, products)
            for number, (kind, text) in enumerate(said["blocks"])
        ],
        product_ids=[products[slug] for slug in said["products"]],
        store_id=organisation.units[said["store"]] if "store" in said else None,
        external_reference=f"banmu:{said['slug']}",
    )


def _block(file: str, kind: str, text: str, products: dict[str, UUID]) -> Block:
    match kind:
        case "h":
            return Heading(text, 2)
        case "pond":
            return Image(f"/media/posts/{file}.svg", text, text)
        case "product":
            return ProductMention(products[text])
        case "audio":
            return Audio(f"/media/posts/{file}.wav", text)
        case "video":
            return Video(f"/media/posts/{file}.mp4", None, text)
        case _:
            return Paragraph(text)
