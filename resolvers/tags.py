"""What can be asked of tags: groups of them, who has which, and tagging members (R24)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import db.bindings
import db.members
import db.outbox
import db.tags
from db.connection import Writing
from db.uniqueness import keeping_unique
from domain import tags as rules
from domain.identity import Scope
from domain.members import Member
from domain.pages import Page, PageInfo, PageRequest
from domain.refusals import BadInput, NotFound, between
from domain.tags import MemberTag, Tag, TagGroup, TagSource
from resolvers.context import Context

NEW = UUID(int=0)
"""Stands for the id of a group or a tag that is not known yet."""
_NOTHING: Page[MemberTag] = Page((), PageInfo(False, False, None, None))
_UNIQUE = {"uq_tag_group_name": ("input", "name"), "uq_tag_name": ("input", "tags")}


async def groups(ctx: Context) -> list[TagGroup]:
    """All groups with their tags, for guides and operators."""
    if ctx.principal.guide_id is None and not ctx.holds(Scope.OPERATOR):
        return []
    return await db.tags.groups(ctx.reading)


async def save_group(ctx: Context, given: TagGroup) -> TagGroup:
    """Save a group as a whole. Whether it is exclusive cannot be changed later: members may have two of its tags.

    Raises:
        NotFound: the group, or one of the tags, is not known.
        BadInput: a name is out of bounds, or exclusive is changed.
        SlugTaken: another group has the name.
    """
    wanted = rules.check_group(given)
    async with ctx.database.writing() as tx:
        if wanted.id != NEW:
            await _check_group(tx, wanted)
        await _check_tags(tx, wanted)
        group_id = ctx.new_id() if wanted.id == NEW else wanted.id
        tags = tuple(Tag(ctx.new_id() if one.id == NEW else one.id, group_id, one.name) for one in wanted.tags)
        group = TagGroup(group_id, wanted.name, wanted.exclusive, tags)
        with keeping_unique(_UNIQUE):
            await db.tags.save_group(tx, group)
        fact = {"group": group.id.hex, "tags": [one.id.hex for one in tags], "by": ctx.member_id.hex}
        await db.outbox.tell(tx, "TagGroupSaved", "tag_group", group.id, fact, ctx.now())
    return group


async def _check_group(tx: Writing, wanted: TagGroup) -> None:
    exclusive = await db.tags.lock_group(tx, wanted.id)
    if exclusive is None:
        raise NotFound(path=("input", "groupId"))
    if exclusive is not wanted.exclusive:
        raise BadInput("what it was from the beginning", "创建后不可更改", path=("input", "exclusive"))


async def _check_tags(tx: Writing, wanted: TagGroup) -> None:
    """Hold the tags that are known to those of the group, each once; a new group has none."""
    given = [one.id for one in wanted.tags]
    known = await db.tags.find(tx, [id_ for id_ in given if id_ != NEW])
    of_group = {id_ for id_, (one, _) in known.items() if one.group_id == wanted.id}
    for i, id_ in enumerate(given):
        if id_ != NEW and (id_ not in of_group or id_ in given[:i]):
            raise NotFound(path=("input", "tags", str(i), "tagId"))


async def tags_of(ctx: Context, members: Sequence[Member]) -> list[list[MemberTag]]:
    """What each member is tagged with; for operators and the member's guide, not for the members themselves."""
    ids = await _known(ctx, members)
    found = await db.tags.tags_of(ctx.reading, ids) if ids else {}
    return [found.get(member.id, []) if member.id in ids else [] for member in members]


async def history_of(ctx: Context, members: Sequence[Member], request: PageRequest) -> list[Page[MemberTag]]:
    """Every tag that each member has or had, for whom `tags_of` is for."""
    ids = await _known(ctx, members)
    pages = await db.tags.history_of(ctx.reading, ids, request) if ids else []
    found = dict(zip(ids, pages, strict=True))
    return [found.get(member.id, _NOTHING) for member in members]


async def _known(ctx: Context, members: Sequence[Member]) -> list[UUID]:
    """Those whom the caller runs the pond for, or is the guide of."""
    ids = [member.id for member in members]
    if ctx.holds(Scope.OPERATOR):
        return ids
    if ctx.principal.guide_id is None:
        return []
    guides = await db.bindings.guides_bound_to(ctx.reading, ids, ctx.now())
    return [id_ for id_ in ids if id_ in guides and guides[id_].id == ctx.principal.guide_id]


async def tag(ctx: Context, member_id: UUID, tag_ids: Sequence[UUID]) -> list[MemberTag]:
    """Tag a member, as an operator or as their guide. A tag of an exclusive group takes the place of another.

    Raises:
        NotFound: there is no such member for the caller, or no such tag.
        BadInput: there are too many, or two exclude one another.
    """
    between(len(tag_ids), 1, rules.MOST_AT_ONCE, "input", "tagIds")
    async with ctx.database.writing() as tx:
        source = await _source(ctx, tx, member_id)
        await put(ctx, tx, member_id, tag_ids, source, ctx.member_id)
        return (await db.tags.tags_of(tx, [member_id])).get(member_id, [])


async def untag(ctx: Context, member_id: UUID, tag_ids: Sequence[UUID]) -> list[MemberTag]:
    """Take tags away from a member, as an operator or as their guide. What was so stays known.

    Raises:
        NotFound: there is no such member for the caller.
        BadInput: there are too many.
    """
    between(len(tag_ids), 1, rules.MOST_AT_ONCE, "input", "tagIds")
    async with ctx.database.writing() as tx:
        await _source(ctx, tx, member_id)
        await db.tags.lock_member(tx, member_id)
        gone = await db.tags.remove(tx, member_id, ctx.now(), ctx.member_id, tag_ids=tag_ids)
        await _tell(ctx, tx, member_id, [], gone)
        return (await db.tags.tags_of(tx, [member_id])).get(member_id, [])


async def _source(ctx: Context, tx: Writing, member_id: UUID) -> TagSource:
    if ctx.holds(Scope.OPERATOR):
        if not await db.members.cards_of(tx, [member_id]):
            raise NotFound(path=("input", "memberId"))
        return TagSource.OPERATOR
    guide = (await db.bindings.guides_bound_to(tx, [member_id], ctx.now())).get(member_id)
    if guide is None or guide.id != ctx.principal.guide_id:
        raise NotFound(path=("input", "memberId"))
    return TagSource.GUIDE


async def put(
    ctx: Context, tx: Writing, member_id: UUID, tag_ids: Sequence[UUID], source: TagSource, actor_id: UUID | None
) -> None:
    """Tag a member and tell of it, in the one row of this transaction; rules call it without an actor.

    Raises:
        NotFound: there is no such tag.
        BadInput: two tags exclude one another.
    """
    found = await db.tags.find(tx, tag_ids)
    for i, tag_id in enumerate(tag_ids):
        if tag_id not in found:
            raise NotFound(path=("input", "tagIds", str(i)))
    tags = [one for one, _ in found.values()]
    exclusive = {one.id: group_id for one, group_id in found.values()}
    only = [group_id for group_id in exclusive.values() if group_id is not None]
    rules.check_choice(tags, only)
    await db.tags.lock_member(tx, member_id)
    gone = await db.tags.remove(tx, member_id, ctx.now(), actor_id, others_of_groups=only, but_for=tag_ids)
    new = [MemberTag(ctx.new_id(), member_id, one, source, actor_id, ctx.now()) for one in tags]
    added = await db.tags.add(tx, new, exclusive)
    await _tell(ctx, tx, member_id, added, gone)


async def _tell(ctx: Context, tx: Writing, member_id: UUID, added: Sequence[UUID], removed: Sequence[UUID]) -> None:
    if added or removed:
        fact = {
            "member": member_id.hex,
            "added": [one.hex for one in added],
            "removed": [one.hex for one in removed],
        }
        await db.outbox.tell(tx, "MemberTagged", "member", member_id, fact, ctx.now())
