"""Tags: for the brand and for a member's own guide, one at a time of an exclusive group, and never forgotten."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import resolvers.tags
from domain.identity import Principal, Role
from domain.tags import Tag, TagSource
from schema.ids import Kind, id_of
from tests.makers_guides import a_guide, bound
from tests.makers_members import a_member, staff
from tests.makers_value import a_tag_group
from tests.pond import Pond, statements

TAG = """mutation ($input: MemberTagInput!) { memberTag(input: $input) {
  tags { tag { name } source } userErrors { code path } } }"""
UNTAG = """mutation ($input: MemberTagInput!) { memberUntag(input: $input) {
  tags { tag { name } } userErrors { code path } } }"""
OF = """query ($id: ID!) { member(id: $id) { tags { tag { name } source actorId }
  tagHistory(first: 9) { nodes { tag { name } removedAt } } } }"""
GROUPS = "query { tagGroups { id name exclusive tags { id name } } }"
SAVE = """mutation ($input: TagGroupSaveInput!) { tagGroupSave(input: $input) {
  group { id tags { id name } } userErrors { code path } } }"""


def wanted(member: Principal, *tags: Tag) -> dict[str, Any]:
    assert member.member_id is not None
    return {"memberId": id_of(Kind.MEMBER, member.member_id), "tagIds": [id_of(Kind.TAG, one.id) for one in tags]}


async def tag(pond: Pond, who: Principal, member: Principal, *tags: Tag) -> Any:
    return (await pond.ask(TAG, who, input=wanted(member, *tags)))["memberTag"]


async def seen_by(pond: Pond, operator: Principal, member: Principal) -> Any:
    return (await pond.ask(OF, operator, id=id_of(Kind.MEMBER, member.member_id or UUID(int=0))))["member"]


async def test_a_tag_is_given_once_and_taken_away_with_its_history_kept(pond: Pond) -> None:
    operator, member = await staff(pond, Role.OPERATOR), await a_member(pond)
    green, black = await a_tag_group(pond, "绿茶", "红茶")
    assert operator.member_id is not None

    await tag(pond, operator, member, green, black)
    await tag(pond, operator, member, green)
    await pond.ask(UNTAG, operator, input=wanted(member, green))

    seen = await seen_by(pond, operator, member)
    assert seen["tags"] == [
        {"tag": {"name": "红茶"}, "source": "OPERATOR", "actorId": id_of(Kind.MEMBER, operator.member_id)}
    ]
    assert sorted((one["tag"]["name"], one["removedAt"] is None) for one in seen["tagHistory"]["nodes"]) == [
        ("红茶", True),
        ("绿茶", False),
    ]
    facts = [row["payload"] for row in await pond.select("SELECT payload FROM outbox WHERE kind = 'MemberTagged'")]
    assert [(len(one["added"]), len(one["removed"])) for one in facts] == [(2, 0), (0, 1)]


async def test_of_an_exclusive_group_the_new_tag_takes_the_others_place(pond: Pond) -> None:
    operator, member = await staff(pond, Role.OPERATOR), await a_member(pond)
    low, mid, high = await a_tag_group(pond, "低消费", "中消费", "高消费", exclusive=True)

    await tag(pond, operator, member, low)
    after = await tag(pond, operator, member, high)
    both = await tag(pond, operator, member, low, mid)

    assert [one["tag"]["name"] for one in after["tags"]] == ["高消费"]
    assert both["userErrors"] == [{"code": "BAD_USER_INPUT", "path": ["input", "tagIds"]}]


async def test_whoever_tags_at_once_a_member_has_one_of_an_exclusive_group(pond: Pond) -> None:
    operator, member = await staff(pond, Role.OPERATOR), await a_member(pond)
    tags = await a_tag_group(pond, *(f"等级{n}" for n in range(8)), exclusive=True)

    await asyncio.gather(*(tag(pond, operator, member, tags[n % 8]) for n in range(64)))

    assert len((await seen_by(pond, operator, member))["tags"]) == 1
    ((open_ones,),) = await pond.select("SELECT count(*) FROM member_tag WHERE removed_at IS NULL")
    assert open_ones == 1


async def test_a_guide_tags_their_own_customers_and_nobody_else(pond: Pond) -> None:
    guide, other = await a_guide(pond), await a_guide(pond)
    member = await a_member(pond)
    await bound(pond, member, guide)
    (green,) = await a_tag_group(pond, "绿茶")

    own = await tag(pond, guide, member, green)
    strangers = [await tag(pond, one, member, green) for one in (other, member)]

    assert own["tags"] == [{"tag": {"name": "绿茶"}, "source": "GUIDE"}]
    assert [one["userErrors"] for one in strangers] == [[{"code": "NOT_FOUND", "path": ["input", "memberId"]}]] * 2
    assert (await pond.ask("query { me { tags { source } } }", member))["me"]["tags"] == [], "not for the member"
    assert (await pond.ask(GROUPS, member))["tagGroups"] == []
    assert len((await pond.ask(GROUPS, guide))["tagGroups"]) == 1


async def test_a_rule_tags_without_an_actor(pond: Pond) -> None:
    operator, member = await staff(pond, Role.OPERATOR), await a_member(pond)
    (green,) = await a_tag_group(pond, "绿茶")
    assert member.member_id is not None
    async with pond.database.writing() as tx:
        await resolvers.tags.put(pond.context(), tx, member.member_id, [green.id], TagSource.RULE, None)

    assert [(one["source"], one["actorId"]) for one in (await seen_by(pond, operator, member))["tags"]] == [
        ("RULE", None)
    ]


async def test_a_group_is_saved_as_a_whole_and_what_is_left_out_can_no_more_be_given(pond: Pond) -> None:
    operator, member = await staff(pond, Role.OPERATOR), await a_member(pond)
    green, black = await a_tag_group(pond, "绿茶", "红茶")
    await tag(pond, operator, member, black)
    (group,) = (await pond.ask(GROUPS, operator))["tagGroups"]
    change = {"groupId": group["id"], "name": "茶类", "tags": [{"name": "绿茶2", "tagId": id_of(Kind.TAG, green.id)}]}

    saved = (await pond.ask(SAVE, operator, input=change))["tagGroupSave"]["group"]
    gone = await tag(pond, operator, member, black)
    exclusive = await pond.refused(SAVE, operator, input={**change, "exclusive": True})
    same_name = await pond.refused(SAVE, operator, input={"name": "茶类", "tags": []})

    assert saved["tags"] == [{"id": id_of(Kind.TAG, green.id), "name": "绿茶2"}]
    assert [e["code"] for e in gone["userErrors"]] == ["NOT_FOUND"]
    assert len((await seen_by(pond, operator, member))["tags"]) == 1, "who has it keeps it"
    assert (exclusive[0]["path"], same_name[0]["path"]) == (["input", "exclusive"], ["input", "name"])
    assert await pond.errors(SAVE, member, input=change) == ["FORBIDDEN"]


async def test_tags_of_a_group_change_names(pond: Pond) -> None:
    operator = await staff(pond, Role.OPERATOR)
    green, black = [id_of(Kind.TAG, one.id) for one in await a_tag_group(pond, "绿茶", "红茶")]
    (group,) = (await pond.ask(GROUPS, operator))["tagGroups"]
    swapped = [{"name": "红茶", "tagId": green}, {"name": "绿茶", "tagId": black}]

    refused = await pond.refused(SAVE, operator, input={"groupId": group["id"], "name": "茶", "tags": swapped})

    assert refused == []
    (after,) = (await pond.ask(GROUPS, operator))["tagGroups"]
    assert after["tags"] == [{"id": green, "name": "红茶"}, {"id": black, "name": "绿茶"}]


async def test_a_group_has_tags_of_its_own_each_once(pond: Pond) -> None:
    operator = await staff(pond, Role.OPERATOR)
    (green,) = [id_of(Kind.TAG, one.id) for one in await a_tag_group(pond, "绿茶")]
    before = (await pond.ask(GROUPS, operator))["tagGroups"]
    named = [{"name": "白茶", "tagId": green}, {"name": "黄茶", "tagId": green}]

    in_another = await pond.refused(SAVE, operator, input={"name": "新组", "tags": named[:1]})
    twice = await pond.refused(SAVE, operator, input={"groupId": before[0]["id"], "name": "茶", "tags": named})

    assert in_another == [{"code": "NOT_FOUND", "path": ["input", "tags", "0", "tagId"]}]
    assert twice == [{"code": "NOT_FOUND", "path": ["input", "tags", "1", "tagId"]}]
    assert (await pond.ask(GROUPS, operator))["tagGroups"] == before


async def test_tags_cost_few_statements(pond: Pond) -> None:
    operator, member = await staff(pond, Role.OPERATOR), await a_member(pond)
    tags = await a_tag_group(pond, "绿茶", "红茶")

    with statements() as log:
        await tag(pond, operator, member, *tags)
    assert len(log) == 7, log
