"""Tags: groups of them, who has which, and tagging members."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from domain import tags as rules
from domain.identity import Scope
from domain.tags import TagSource
from resolvers import tags
from resolvers.context import Context
from schema.access import attribute, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.ids import Kind, identifier, key_of

described(
    TagSource,
    "Who tagged a member.",
    GUIDE="Their guide.",
    OPERATOR="Staff of the brand.",
    RULE="A rule.",
)


@object_type(scope=Scope.MEMBER, description="Something that can be said of members (标签).", record=rules.Tag)
class Tag:
    id: strawberry.ID = identifier(Kind.TAG)
    name: str = attribute("At most 20 characters.")


@object_type(scope=Scope.MEMBER, description="Tags that belong together.", record=rules.TagGroup)
class TagGroup:
    id: strawberry.ID = identifier(Kind.TAG_GROUP)
    name: str = attribute("At most 20 characters. Unique.")
    exclusive: bool = attribute("Whether a member has one of its tags at most.")
    tags: list[Tag] = attribute("Its tags in their order.")


@object_type(scope=Scope.MEMBER, description="A tag that a member has, or had.", record=rules.MemberTag)
class MemberTag:
    id: strawberry.ID = identifier(Kind.MEMBER_TAG)
    tag: Tag = attribute("Which tag.")
    source: TagSource = attribute("Who said so.")
    actor_id: strawberry.ID | None = identifier(
        Kind.MEMBER, "actor_id", description="The member who said so; null for a rule."
    )
    tagged_at: datetime = attribute("Since when.")
    removed_at: datetime | None = attribute("Until when; null: the member has it now.")


@strawberry.input(description="A tag of a group.")
class TagInput:
    name: str = strawberry.field(description="1 to 20 characters, unlike the others of its group.")
    tag_id: strawberry.ID | None = strawberry.field(
        default=None, description="The tag that it was before; left out, it is a new one."
    )


@strawberry.input(description="A whole group of tags.")
class TagGroupSaveInput:
    name: str = strawberry.field(description="1 to 20 characters. Unique.")
    tags: list[TagInput] = strawberry.field(
        description="In their order, at most 100. One that is left out can no more be given; who has it keeps it."
    )
    exclusive: bool = strawberry.field(
        default=False, description="Whether a member has one of them at most. It cannot be changed later."
    )
    group_id: strawberry.ID | None = strawberry.field(
        default=None, description="The group to change; left out, it is a new one."
    )

    def value(self) -> rules.TagGroup:
        group = tags.NEW if self.group_id is None else key_of(Kind.TAG_GROUP, self.group_id, "input", "groupId")
        found = [
            tags.NEW if one.tag_id is None else key_of(Kind.TAG, one.tag_id, "input", "tags", str(i), "tagId")
            for i, one in enumerate(self.tags)
        ]
        named = tuple(rules.Tag(key, group, one.name) for key, one in zip(found, self.tags, strict=True))
        return rules.TagGroup(group, self.name, self.exclusive, named)


@strawberry.input(description="Tags of a member.")
class MemberTagInput:
    member_id: strawberry.ID = strawberry.field(description="The member.")
    tag_ids: list[strawberry.ID] = strawberry.field(description="1 to 20 tags.")

    def member(self) -> UUID:
        return key_of(Kind.MEMBER, self.member_id, "input", "memberId")

    def wanted(self) -> list[UUID]:
        return [key_of(Kind.TAG, one, "input", "tagIds", str(i)) for i, one in enumerate(self.tag_ids)]


@object_type(scope=Scope.OPERATOR, description="The answer to `tagGroupSave`.")
class TagGroupPayload(Payload):
    group: TagGroup | None = attribute("The group as it is now.", default=None)


@object_type(scope=Scope.MEMBER, description="The answer to `memberTag` and `memberUntag`.")
class MemberTagsPayload(Payload):
    tags: list[MemberTag] | None = attribute("What the member is tagged with now.", default=None)


async def _save(ctx: Context, *, input: TagGroupSaveInput) -> Any:
    return TagGroupPayload.of(group=await tags.save_group(ctx, input.value()))


async def _tag(ctx: Context, *, input: MemberTagInput) -> Any:
    return MemberTagsPayload.of(tags=await tags.tag(ctx, input.member(), input.wanted()))


async def _untag(ctx: Context, *, input: MemberTagInput) -> Any:
    return MemberTagsPayload.of(tags=await tags.untag(ctx, input.member(), input.wanted()))


@strawberry.type
class TagsQuery:
    tag_groups: list[TagGroup] = query(
        tags.groups, "All groups of tags, by name; for guides and staff, none for others.", scope=Scope.MEMBER
    )


@strawberry.type
class TagsMutation:
    tag_group_save: TagGroupPayload | None = mutation(
        _save, TagGroupPayload, "Save a group of tags as a whole.", scope=Scope.OPERATOR
    )
    member_tag: MemberTagsPayload | None = mutation(
        _tag,
        MemberTagsPayload,
        "Tag a member, as their guide or for the brand. Of an exclusive group the new tag takes the other's place.",
        scope=Scope.MEMBER,
    )
    member_untag: MemberTagsPayload | None = mutation(
        _untag,
        MemberTagsPayload,
        "Take tags away from a member, as their guide or for the brand; that they were there stays known.",
        scope=Scope.MEMBER,
    )
