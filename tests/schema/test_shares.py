"""Shares, as clients see them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from domain.catalogue import ProductVisibility
from domain.identity import VISITOR, Principal
from domain.shares import Share
from resolvers.attributions import attribute_registration
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_product
from tests.makers_content import a_post
from tests.makers_guides import a_guide, a_share, opened
from tests.makers_members import a_member, a_store
from tests.pond import Pond, statements
from tests.resolvers.test_shares import ordered

CREATE = """mutation($input: ShareCreateInput!) { shareCreate(input: $input) {
    share { id code channel targetKind target { id ... on Product { name } } parent { code } guideId }
    userErrors { code path } warnings { code } } }"""
VISIT = """mutation($input: ShareVisitInput!) { shareVisit(input: $input) {
    share { code target { id } } userErrors { code path } } }"""
FUNNEL = "funnel { visits uniqueVisits registrations orders }"
SHARE = f"query($code: String!) {{ share(code: $code) {{ code sharerName {FUNNEL} children(first: 5) {{ nodes {{ code }} }} }} }}"


async def created(pond: Pond, sharer: Principal, target: str, **asked: Any) -> Any:
    """The share that is made of the target, which is an id."""
    payload = (await pond.ask(CREATE, sharer, input={"target": target, "channel": "GROUP"} | asked))["shareCreate"]
    assert payload["userErrors"] == []
    return payload["share"]


def store(store_id: UUID) -> str:
    return id_of(Kind.STORE, store_id)


async def trace(pond: Pond, share: Share, reader: Principal) -> Any:
    return (await pond.ask(SHARE, reader, code=share.code))["share"]


async def test_a_member_shares_a_product_and_gets_a_code_for_a_mini_program(pond: Pond) -> None:
    member, product = await a_member(pond), await a_product(pond, "纯棉四件套")
    target = id_of(Kind.PRODUCT, product.id)

    share = await created(pond, member, target)

    assert len(share["code"]) == 10
    assert share["code"].isalnum()
    assert (share["channel"], share["targetKind"]) == ("GROUP", "PRODUCT")
    assert share["target"] == {"id": target, "name": "纯棉四件套"}
    assert (share["parent"], share["guideId"]) == (None, None)


async def test_posts_stores_and_guides_can_be_shared_too(pond: Pond) -> None:
    guide, member = await a_guide(pond), await a_member(pond)
    assert guide.guide_id is not None
    targets = [
        id_of(Kind.POST, (await a_post(pond)).id),
        id_of(Kind.STORE, await a_store(pond)),
        id_of(Kind.GUIDE, guide.guide_id),
    ]

    shares = [await created(pond, member, target) for target in targets]

    assert [share["target"]["id"] for share in shares] == targets
    assert [share["targetKind"] for share in shares] == ["POST", "STORE", "GUIDE"]


async def test_the_same_again_is_the_same_share(pond: Pond) -> None:
    member, target = await a_member(pond), store(await a_store(pond))

    first, again = await created(pond, member, target), await created(pond, member, target)

    assert first == again
    assert (await created(pond, member, target, channel="POSTER"))["code"] != first["code"]


async def test_a_guides_share_tells_the_guide(pond: Pond) -> None:
    guide = await a_guide(pond)
    assert guide.guide_id is not None

    share = await created(pond, guide, store(await a_store(pond)))

    assert share["guideId"] == id_of(Kind.GUIDE, guide.guide_id)


async def test_a_forward_hangs_under_what_was_forwarded(pond: Pond) -> None:
    target = store(await a_store(pond))
    origin = await created(pond, await a_guide(pond), target)

    forward = await created(pond, await a_member(pond), target, parentCode=origin["code"])

    assert forward["parent"] == {"code": origin["code"]}


async def test_an_unknown_parent_is_ignored_with_a_warning(pond: Pond) -> None:
    asked = {"target": store(await a_store(pond)), "channel": "LINK", "parentCode": "never-was-a"}

    payload = (await pond.ask(CREATE, await a_member(pond), input=asked))["shareCreate"]

    assert payload["share"]["parent"] is None
    assert payload["warnings"] == [{"code": "SHARE_CODE_IGNORED"}]


@pytest.mark.parametrize(
    "target",
    [
        id_of(Kind.PRODUCT, UUID(int=1)),
        id_of(Kind.STORE, UUID(int=1)),
        id_of(Kind.LIVE_ROOM, UUID(int=1)),
        id_of(Kind.POST, UUID(int=1)),
        id_of(Kind.GUIDE, UUID(int=1)),
        id_of(Kind.MEMBER, UUID(int=1)),
        "nonsense",
    ],
)
async def test_what_does_not_exist_cannot_be_shared(pond: Pond, target: str) -> None:
    asked = {"target": target, "channel": "CHAT"}

    assert await pond.refused(CREATE, await a_member(pond), input=asked) == [
        {"code": "NOT_FOUND", "path": ["input", "target"]}
    ]


async def test_visitors_do_not_share(pond: Pond) -> None:
    asked = {"target": store(await a_store(pond)), "channel": "CHAT"}

    assert await pond.errors(CREATE, VISITOR, input=asked) == ["UNAUTHENTICATED"]


async def test_a_share_does_not_show_a_visitor_what_is_for_members(pond: Pond) -> None:
    product = await a_product(pond, visibility=ProductVisibility.MEMBERS)
    share = await created(pond, await a_member(pond), id_of(Kind.PRODUCT, product.id))
    document = "query($code: String!) { share(code: $code) { targetKind target { id } } }"

    seen = (await pond.ask(document, VISITOR, code=share["code"]))["share"]

    assert seen == {"targetKind": "PRODUCT", "target": None}


async def test_ten_openings_by_one_member_in_a_day_are_ten_views_and_one_visit(pond: Pond) -> None:
    sharer, reader = await a_member(pond), await a_member(pond)
    share = await a_share(pond, sharer, await a_store(pond))

    for device in range(10):
        await opened(pond, share, reader, key=f"device {device}")
    await opened(pond, share, VISITOR, key="someone else")
    pond.later(days=1)
    await opened(pond, share, reader)

    assert (await trace(pond, share, sharer))["funnel"] == {
        "visits": 12,
        "uniqueVisits": 2,
        "registrations": 0,
        "orders": 0,
    }


async def test_a_day_is_the_brands_own(pond: Pond) -> None:
    sharer = await a_member(pond)
    share = await a_share(pond, sharer, await a_store(pond))

    reader = await a_member(pond)
    await opened(pond, share, reader)
    pond.later(hours=11, minutes=59)
    await opened(pond, share, reader)
    pond.later(minutes=1)
    await opened(pond, share, reader)

    assert (await trace(pond, share, sharer))["funnel"]["uniqueVisits"] == 2


async def test_own_openings_do_not_count(pond: Pond) -> None:
    sharer = await a_member(pond)
    share = await a_share(pond, sharer, await a_store(pond))

    await opened(pond, share, sharer)

    assert (await trace(pond, share, sharer))["funnel"]["visits"] == 0


async def test_a_visit_opens_the_target(pond: Pond) -> None:
    store_id = await a_store(pond)
    share = await a_share(pond, await a_member(pond), store_id)

    payload = (await pond.ask(VISIT, VISITOR, input={"code": share.code, "visitorKey": "a-phone"}))["shareVisit"]

    assert payload == {"share": {"code": share.code, "target": {"id": store(store_id)}}, "userErrors": []}


async def test_an_expired_share_opens_its_target_and_counts_nothing(pond: Pond) -> None:
    sharer, store_id = await a_member(pond), await a_store(pond)
    share = await a_share(pond, sharer, store_id)
    await pond.select("UPDATE share SET expires_at = $1", pond.time)

    payload = (await pond.ask(VISIT, VISITOR, input={"code": share.code, "visitorKey": "a-phone"}))["shareVisit"]

    assert payload["share"]["target"] == {"id": store(store_id)}
    assert (await trace(pond, share, sharer))["funnel"]["visits"] == 0


async def test_a_visit_to_an_unknown_code_is_refused(pond: Pond) -> None:
    asked = {"code": "never-was-a", "visitorKey": "a-phone"}

    assert await pond.refused(VISIT, VISITOR, input=asked) == [{"code": "NOT_FOUND", "path": ["input", "code"]}]
    assert await pond.refused(VISIT, VISITOR, input=asked | {"visitorKey": ""}) == [
        {"code": "BAD_USER_INPUT", "path": ["input", "visitorKey"]}
    ]


async def test_registrations_and_orders_are_counted_for_the_share_that_led_to_them(pond: Pond) -> None:
    guide, newcomer = await a_guide(pond), await a_member(pond)
    share = await a_share(pond, guide, await a_store(pond))
    assert newcomer.member_id is not None
    async with pond.database.writing() as tx:
        assert await attribute_registration(pond.context(), tx, newcomer.member_id, share.code)
    await opened(pond, share, newcomer)
    await ordered(pond, newcomer)

    assert (await trace(pond, share, guide))["funnel"] == {
        "visits": 1,
        "uniqueVisits": 1,
        "registrations": 1,
        "orders": 1,
    }


async def test_others_see_a_share_and_neither_its_funnel_nor_its_forwards(pond: Pond) -> None:
    share = await a_share(pond, await a_member(pond, "小美"), await a_store(pond))

    for reader in (VISITOR, await a_member(pond), await a_guide(pond)):
        assert await trace(pond, share, reader) == {
            "code": share.code,
            "sharerName": "小美",
            "funnel": None,
            "children": None,
        }


async def test_the_sharer_follows_the_trace_over_three_generations(pond: Pond) -> None:
    store_id = await a_store(pond)
    people = [await a_member(pond, name) for name in ("甲", "乙", "丙", "丁")]
    shares: list[Share] = []
    for person in people:
        shares.append(await a_share(pond, person, store_id, parent=shares[-1] if shares else None))
    await opened(pond, shares[-1], VISITOR)
    below = f"sharerName {FUNNEL} children(first: 5) {{ totalCount {{ value }} nodes {{ CHILD }} }}"
    document = "query($code: String!) { share(code: $code) { CHILD } }"
    for _ in range(3):
        document = document.replace("CHILD", below)
    document = document.replace("CHILD", f"sharerName {FUNNEL}")

    seen = (await pond.ask(document, people[0], code=shares[0].code))["share"]

    names = []
    while seen:
        names.append(seen["sharerName"])
        last, seen = seen, next(iter(seen.get("children", {}).get("nodes", [])), None)
    assert names == ["甲", "乙", "丙", "丁"]
    assert last["funnel"]["visits"] == 1


async def test_forwards_are_read_page_by_page(pond: Pond) -> None:
    sharer, store_id = await a_member(pond), await a_store(pond)
    share = await a_share(pond, sharer, store_id)
    forwards = [await a_share(pond, await a_member(pond), store_id, parent=share) for _ in range(3)]
    document = """query($code: String!, $after: String) { share(code: $code) { children(first: 2, after: $after) {
        totalCount { value } nodes { code } pageInfo { hasNextPage endCursor } } } }"""

    first = (await pond.ask(document, sharer, code=share.code))["share"]["children"]
    rest = (await pond.ask(document, sharer, code=share.code, after=first["pageInfo"]["endCursor"]))["share"][
        "children"
    ]

    assert [node["code"] for node in first["nodes"] + rest["nodes"]] == [forward.code for forward in forwards]
    assert (first["totalCount"]["value"], rest["pageInfo"]["hasNextPage"]) == (3, False)


async def test_my_shares_come_with_what_came_of_them_in_one_statement_for_the_page(pond: Pond) -> None:
    sharer, store_id = await a_member(pond), await a_store(pond)
    shares = [await a_share(pond, sharer, await a_store(pond)) for _ in range(4)]
    await opened(pond, shares[0], VISITOR)
    await a_share(pond, await a_member(pond), store_id)

    with statements() as run:
        data = await pond.ask(f"{{ myShares(first: 10) {{ nodes {{ code {FUNNEL} }} }} }}", sharer)

    assert len(run) == 2
    assert [node["code"] for node in data["myShares"]["nodes"]] == [share.code for share in reversed(shares)]
    assert [node["funnel"]["visits"] for node in data["myShares"]["nodes"]] == [0, 0, 0, 1]
    assert await pond.errors("{ myShares(first: 1) { nodes { code } } }") == ["UNAUTHENTICATED"]


async def test_a_share_is_a_node(pond: Pond) -> None:
    share = await a_share(pond, await a_member(pond), await a_store(pond))
    document = "query($id: ID!) { node(id: $id) { id ... on Share { code } } }"

    found = await pond.ask(document, id=id_of(Kind.SHARE, share.id))

    assert found["node"]["code"] == share.code
