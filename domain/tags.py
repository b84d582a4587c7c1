"""Tags (标签): what is said of members, by people and by rules, in groups; who said it and when is kept (R24)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import Enum
from uuid import UUID

from domain.records import record
from domain.refusals import BadInput, between, text_within

MOST_TAGS = 100
MOST_AT_ONCE = 20


class TagSource(Enum):
    """Who tags."""

    GUIDE = "GUIDE"
    OPERATOR = "OPERATOR"
    RULE = "RULE"


@record
class Tag:
    id: UUID
    group_id: UUID
    name: str


@record
class TagGroup:
    """Tags that belong together. Of an exclusive group a member has one at most."""

    id: UUID
    name: str
    exclusive: bool
    tags: tuple[Tag, ...]


@record
class MemberTag:
    """A tag that a member has, or had. `actor_id` is who said so; None: a rule."""

    id: UUID
    member_id: UUID
    tag: Tag
    source: TagSource
    actor_id: UUID | None
    tagged_at: datetime
    removed_at: datetime | None = None


def check_group(group: TagGroup) -> TagGroup:
    """A group with clean names.

    Raises:
        BadInput: there are too many tags, a name is out of bounds, or two are alike.
    """
    between(len(group.tags), 0, MOST_TAGS, "input", "tags")
    tags = tuple(
        Tag(tag.id, group.id, text_within(tag.name, 20, "input", "tags", str(i), "name"))
        for i, tag in enumerate(group.tags)
    )
    if len({tag.name for tag in tags}) < len(tags):
        raise BadInput("different names", "名称不能重复", path=("input", "tags"))
    return TagGroup(group.id, text_within(group.name, 20, "input", "name"), group.exclusive, tags)


def check_choice(wanted: Sequence[Tag], exclusive: Collection[UUID]) -> None:
    """Let tags be given together of which no two exclude one another.

    Raises:
        BadInput: two are of one exclusive group.
    """
    held = [tag.group_id for tag in wanted if tag.group_id in exclusive]
    if len(set(held)) < len(held):
        raise BadInput("one tag of an exclusive group", "互斥标签组只能选择一个", path=("input", "tagIds"))
