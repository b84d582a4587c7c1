"""What came of shares, day by day: for each, below each, and put together."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.identity import VISITOR, Principal, Role
from domain.shares import Share, ShareChannel, TargetKind
from schema.ids import Kind, id_of
from tests.makers_attribution import bought, ordered
from tests.makers_carts import ADD, changed, line_of
from tests.makers_carts import a_cart as cart_of
from tests.makers_catalogue import a_variant
from tests.makers_content import a_post
from tests.makers_guides import a_guide, a_share, guide_of, opened
from tests.makers_members import a_member, a_store, staff, wx_code
from tests.makers_payments import refund
from tests.pond import Pond, statements

FIGURES = """{ views uniqueVisits registrations carts orders paidOrders revenue { minor } refunds refunded { minor }
  net { minor } }"""
OF_SHARE = f"""query ($code: String!, $first: Date, $last: Date) {{ share(code: $code) {{
  depth performance(firstDay: $first, lastDay: $last) {FIGURES} }} }}"""
TRACE = f"""query ($code: String!) {{ share(code: $code) {{ trace {{
  depth shares exact figures {FIGURES} generations {{ depth shares sharers figures {FIGURES} }} }} }} }}"""
ROW = f"""figures {FIGURES} day share {{ code }} sharerName guideId targetKind target {{ id }} channel"""
MINE = f"""query ($by: SharePerformanceBy!, $where: SharePerformanceWhere, $first: Date, $last: Date) {{
  mySharePerformance(by: $by, where: $where, firstDay: $first, lastDay: $last) {{ {ROW} }} }}"""
ALL = f"""query ($by: SharePerformanceBy!, $where: SharePerformanceWhere, $most: Int) {{
  sharePerformance(by: $by, where: $where, first: $most) {{ {ROW} }} }}"""


def shown(**figures: int) -> dict[str, Any]:
    """Figures as clients see them: what is not given is nothing; money is in fen."""
    whole = dict.fromkeys(["views", "uniqueVisits", "registrations", "carts", "orders", "paidOrders", "refunds"], 0)
    money = dict.fromkeys(["revenue", "refunded"], 0) | {
        k: v for k, v in figures.items() if k in ("revenue", "refunded")
    }
    counts = whole | {k: v for k, v in figures.items() if k in whole}
    net = money["revenue"] - money["refunded"]
    return counts | {name: {"minor": minor} for name, minor in (money | {"net": net}).items()}


async def performance(pond: Pond, share: Share, reader: Principal, **days: Any) -> Any:
    await pond.project()
    return (await pond.ask(OF_SHARE, reader, code=share.code, **days))["share"]["performance"]


async def rows(pond: Pond, document: str, reader: Principal, by: str, **more: Any) -> Any:
    await pond.project()
    (found,) = (await pond.ask(document, reader, by=by, **more)).values()
    return found


async def fills_a_cart(pond: Pond, member: Principal) -> None:
    cart = await cart_of(pond, member)
    await changed(pond, ADD, member, cartId=cart["id"], lines=[line_of(await a_variant(pond))])


async def test_everything_that_comes_of_a_share_is_counted_once(pond: Pond) -> None:
    guide, member = await a_guide(pond), await a_member(pond)
    share = await a_share(pond, guide, await a_store(pond))
    for _ in range(3):
        await opened(pond, share, member)
        await fills_a_cart(pond, member)
    await opened(pond, share, VISITOR)
    order_id = await bought(pond, member, fen=200_00)
    await ordered(pond, member)
    await refund(pond, order_id, amount={"minor": 50_00})

    assert await performance(pond, share, guide) == shown(
        views=4, uniqueVisits=1, carts=1, orders=2, paidOrders=1, revenue=200_00, refunds=1, refunded=50_00
    )
    assert await performance(pond, share, guide) == await performance(pond, share, guide)


async def test_a_registration_counts_for_the_share_that_brought_the_member(pond: Pond) -> None:
    guide = await a_guide(pond)
    share = await a_share(pond, guide, await a_store(pond))
    document = """mutation ($input: MemberLoginByWechatInput!) { memberLoginByWechat(input: $input) { registered } }"""
    given = {"code": await wx_code(pond, "newcomer"), "shareCode": share.code}

    assert (await pond.ask(document, input=given))["memberLoginByWechat"] == {"registered": True}

    assert await performance(pond, share, guide) == shown(registrations=1)


async def test_what_is_put_into_a_cart_without_a_touch_counts_for_no_share(pond: Pond) -> None:
    guide, member = await a_guide(pond), await a_member(pond)
    share = await a_share(pond, guide, await a_store(pond))
    await fills_a_cart(pond, member)
    pond.later(minutes=1)
    await opened(pond, share, member)
    pond.later(days=8)
    await fills_a_cart(pond, member)

    today = pond.time.date().isoformat()
    assert await performance(pond, share, guide) == shown(views=1, uniqueVisits=1)
    assert await performance(pond, share, guide, first=today, last=today) == shown()


async def test_a_thousand_openings_by_visitors_are_views_and_nobody(pond: Pond) -> None:
    """J24: a program that clicks by itself earns its sharer nothing; from one address not even so many views."""
    sharer = await a_member(pond)
    share = await a_share(pond, sharer, await a_store(pond))

    for device in range(1_000):
        await opened(pond, share, VISITOR, key=f"device {device}")

    assert await performance(pond, share, sharer) == shown(views=300)
    pond.later(minutes=1)
    await opened(pond, share, VISITOR)
    assert (await performance(pond, share, sharer))["views"] == 301


async def test_a_member_who_opens_more_than_a_person_can_is_slowed_down(pond: Pond) -> None:
    sharer, reader = await a_member(pond), await a_member(pond)
    share = await a_share(pond, sharer, await a_store(pond))
    document = "mutation ($input: ShareVisitInput!) { shareVisit(input: $input) { userErrors { code } } }"
    for _ in range(120):
        await opened(pond, share, reader)

    refused = await pond.refused(document, reader, input={"code": share.code, "visitorKey": "a-phone"})

    assert refused == [{"code": "RATE_LIMITED"}]
    assert await performance(pond, share, sharer) == shown(views=120, uniqueVisits=1)


async def test_a_refund_counts_on_its_own_day_and_days_are_the_brands(pond: Pond) -> None:
    guide, member = await a_guide(pond), await a_member(pond)
    share = await a_share(pond, guide, await a_store(pond))
    await opened(pond, share, member)
    order_id = await bought(pond, member, fen=100_00)
    pond.later(hours=12)  # it is midnight in Shanghai
    await refund(pond, order_id, amount={"minor": 100_00})
    document, next_day = MINE, (pond.time + timedelta(hours=8)).date().isoformat()

    by_day = await rows(pond, document, guide, "DAY")

    assert [
        (one["day"], one["figures"]["revenue"]["minor"], one["figures"]["refunded"]["minor"]) for one in by_day
    ] == [
        ("2026-11-22", 100_00, 0),
        (next_day, 0, 100_00),
    ]


async def test_shares_are_put_together_by_share_target_and_channel(pond: Pond) -> None:
    guide, member = await a_guide(pond, "小王"), await a_member(pond)
    store_id, post = await a_store(pond), await a_post(pond)
    first = await a_share(pond, guide, store_id)
    second = await a_share(pond, guide, store_id, channel=ShareChannel.MOMENTS)
    third = await a_share(pond, guide, post.id, kind=TargetKind.POST, channel=ShareChannel.MOMENTS)
    for share, times in ((first, 1), (second, 2), (third, 4)):
        for _ in range(times):
            await opened(pond, share, member)

    by_share = await rows(pond, MINE, guide, "SHARE")
    by_target = await rows(pond, MINE, guide, "TARGET")
    by_channel = await rows(pond, MINE, guide, "CHANNEL")
    of_post = await rows(pond, MINE, guide, "CHANNEL", where={"targetId": id_of(Kind.POST, post.id)})

    assert [(one["share"]["code"], one["figures"]["views"]) for one in by_share] == [
        (third.code, 4),
        (second.code, 2),
        (first.code, 1),
    ]
    assert [(one["target"]["id"], one["targetKind"], one["figures"]["views"]) for one in by_target] == [
        (id_of(Kind.POST, post.id), "POST", 4),
        (id_of(Kind.STORE, store_id), "STORE", 3),
    ]
    assert [(one["channel"], one["figures"]["views"]) for one in by_channel] == [("MOMENTS", 6), ("CHAT", 1)]
    assert [(one["channel"], one["figures"]["views"]) for one in of_post] == [("MOMENTS", 4)]


async def test_headquarters_sees_all_sharers_and_a_manager_those_of_own_stores(pond: Pond) -> None:
    guides = [await a_guide(pond, name) for name in ("小王", "小李")]
    friend, reader = await a_member(pond, "小美"), await a_member(pond)
    post = await a_post(pond)
    shares = [await a_share(pond, one, post.id, kind=TargetKind.POST) for one in (*guides, friend)]
    for many, share in enumerate(shares, 1):
        for _ in range(many):
            await opened(pond, share, reader)
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=(await guide_of(pond, guides[0])).store_id)

    everybody = await rows(pond, ALL, await staff(pond, Role.OPERATOR), "SHARER")
    own = await rows(pond, ALL, manager, "SHARER")
    one = await rows(pond, ALL, manager, "SHARER", where={"guideId": id_of(Kind.GUIDE, guides[1].guide_id)})  # type: ignore[arg-type]

    assert [(one["sharerName"], one["figures"]["views"]) for one in everybody] == [
        ("小美", 3),
        ("小李", 2),
        ("小王", 1),
    ]
    assert [one["guideId"] is None for one in everybody] == [True, False, False]
    assert [(one["sharerName"], one["figures"]["views"]) for one in own] == [("小王", 1)]
    assert one == []
    assert await pond.errors(ALL, guides[0], by="DAY") == ["FORBIDDEN"]
    assert await pond.errors(MINE, VISITOR, by="DAY") == ["UNAUTHENTICATED"]


async def test_a_trace_adds_up_all_generations_below_a_share(pond: Pond) -> None:
    store_id, buyer = await a_store(pond), await a_member(pond)
    root = await a_share(pond, guide := await a_guide(pond), store_id)
    seconds = [await a_share(pond, await a_member(pond), store_id, parent=root) for _ in range(2)]
    third = await a_share(pond, await a_member(pond), store_id, parent=seconds[0])
    await opened(pond, root, buyer)
    await opened(pond, seconds[1], buyer)
    await opened(pond, third, buyer)
    await bought(pond, buyer, fen=80_00)
    await pond.project()

    with statements() as run:
        trace = (await pond.ask(TRACE, guide, code=root.code))["share"]["trace"]

    assert len(run) == 2
    assert (trace["depth"], trace["shares"], trace["exact"]) == (3, 4, True)
    assert [(one["depth"], one["shares"], one["sharers"]) for one in trace["generations"]] == [
        (0, 1, 1),
        (1, 2, 2),
        (2, 1, 1),
    ]
    assert trace["figures"]["revenue"] == {"minor": 80_00}
    assert [one["figures"]["views"] for one in trace["generations"]] == [1, 1, 1]
    assert (await pond.ask(OF_SHARE, buyer, code=third.code))["share"] == {"depth": 3, "performance": None}
    assert (await pond.ask(TRACE, buyer, code=root.code))["share"]["trace"] is None


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"first": "2026-11-22", "last": "2026-11-21"}, ["mySharePerformance"]),
        ({"first": "2025-01-01", "last": "2026-11-21"}, ["mySharePerformance"]),
        ({"where": {"targetId": "ord_x"}}, ["mySharePerformance"]),
        ({"where": {"guideId": "ord_x"}}, ["mySharePerformance"]),
    ],
)
async def test_what_is_asked_for_has_bounds(pond: Pond, asked: dict[str, Any], path: list[str]) -> None:
    result = await pond.execute(MINE, await a_member(pond), by="DAY", **asked)

    assert [(error.extensions["code"], error.path) for error in result.errors] == [("BAD_USER_INPUT", path)]


async def test_facts_that_come_again_are_counted_once(pond: Pond) -> None:
    sharer = await a_member(pond)
    share = await a_share(pond, sharer, await a_store(pond))
    await opened(pond, share, await a_member(pond))
    await pond.project()
    await pond.project()

    assert (await performance(pond, share, sharer))["views"] == 1
