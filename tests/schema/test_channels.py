"""Channels and hooks: who came by which, what a scan brings, and what came of it (R30, R32, R33)."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from domain.coupon_templates import TakeBy
from domain.identity import VISITOR, Principal, Role
from schema.ids import Kind, id_of, key_of
from tests.makers_attribution import bought, ordered, why
from tests.makers_channels import (
    CREATE_CHANNEL,
    SAVE_DEPARTMENT,
    SAVE_HOOK,
    a_channel,
    a_department,
    a_hook,
    operating,
    scanned,
    who_came_by,
)
from tests.makers_coupons import a_template
from tests.makers_guides import a_guide, guide_of
from tests.makers_members import a_member, a_store, staff
from tests.makers_payments import refund
from tests.pond import Pond, statements

ACQUISITION = "query ($id: ID!) { acquisition(memberId: $id) { channel { id } hookId followedAt } }"
BATCH = """mutation ($input: HookBatchCreateInput!) { hookBatchCreate(input: $input) {
  batch { id count } replayed userErrors { code path } } }"""
LINK = """mutation ($input: HookLinkCreateInput!) { hookLinkCreate(input: $input) {
  url userErrors { code path } } }"""
COSTS = "mutation ($input: HookCostSetInput!) { hookCostSet(input: $input) { hook { id } userErrors { code path } } }"
REPORT = """query ($by: ChannelReportBy!, $where: ChannelReportWhere) { channelReport(by: $by, where: $where) {
  channel { id } hook { id } campaign day scans uniqueScans registrations follows orders refunds conversions
  revenue { minor } refunded { minor } net { minor } cost { minor } acquisitionCost { minor }
  conversionCost { minor } roiBp } }"""
ADD_CONTACT = """mutation ($input: GuideContactAddInput!) { guideContactAdd(input: $input) {
  userErrors { code } } }"""


async def report(pond: Pond, by: str, **where: Any) -> list[Any]:
    await pond.project()
    return list((await pond.ask(REPORT, await operating(pond), by=by, where=where))["channelReport"])


async def test_who_registers_with_a_hooks_code_is_of_its_channel_for_good(pond: Pond) -> None:
    hook, other = await a_hook(pond), await a_hook(pond)
    user = uuid4().hex
    assert re.fullmatch(r"[0-9A-Za-z=]{1,32}", hook["scene"])

    mei = await who_came_by(pond, hook["code"], user)
    again = await who_came_by(pond, other["code"], user)
    found = await pond.ask(ACQUISITION, await operating(pond), id=id_of(Kind.MEMBER, mei.member_id))

    assert again.member_id == mei.member_id
    assert found["acquisition"]["hookId"] == hook["id"]
    assert found["acquisition"]["channel"] == hook["channel"]
    with pytest.raises(Exception, match="only ever added to"):
        await pond.select("UPDATE acquisition SET at = now() WHERE member_id = $1", mei.member_id)


async def test_the_code_of_a_parcel_leads_to_its_hook(pond: Pond) -> None:
    hook = await a_hook(pond)
    wanted = {"hookId": hook["id"], "name": "一号仓", "count": 10_000, "idempotencyKey": uuid4().hex}
    who = await operating(pond)

    with statements() as made:
        batch = (await pond.ask(BATCH, who, input=wanted))["hookBatchCreate"]
    again = (await pond.ask(BATCH, who, input=wanted))["hookBatchCreate"]
    codes = await pond.select("SELECT code, number FROM hook_code WHERE batch_id = $1", key(batch["batch"]["id"]))
    mei = await who_came_by(pond, codes[7]["code"])
    found = await pond.ask(ACQUISITION, who, id=id_of(Kind.MEMBER, mei.member_id))

    assert (batch["batch"]["count"], len({one["code"] for one in codes})) == (10_000, 10_000)
    assert sorted(one["number"] for one in codes) == list(range(1, 10_001))
    assert sum("hook_code" in one for one in made) == 1
    assert (again["replayed"], again["batch"]) == (True, batch["batch"])
    assert found["acquisition"]["hookId"] == hook["id"]
    wanted = {**wanted, "count": 10_001, "idempotencyKey": uuid4().hex}
    assert await pond.refused(BATCH, who, input=wanted) == [{"code": "BAD_USER_INPUT", "path": ["input", "count"]}]


def key(given: str) -> Any:
    return key_of(Kind.HOOK_BATCH, given)


async def test_a_hook_of_a_guide_binds_whom_it_brings_and_one_of_a_store_keeps_the_order_for_it(pond: Pond) -> None:
    guide, store_id = await a_guide(pond), await a_store(pond)
    of_guide = await a_hook(pond, guideId=id_of(Kind.GUIDE, (await guide_of(pond, guide)).id))
    of_store = await a_hook(pond, tool="SCAN_TO_ORDER", goal="ORDER", storeId=id_of(Kind.STORE, store_id))
    lin, mei = await who_came_by(pond, of_guide["code"]), await a_member(pond)
    operator = await operating(pond)

    bound = await why(pond, operator, await ordered(pond, lin))
    by_code = await why(pond, operator, await ordered(pond, mei, code=of_store["code"]))
    before = await why(pond, operator, await ordered(pond, mei))
    await scanned(pond, of_store["code"], mei)
    by_scan = await why(pond, operator, await ordered(pond, mei))

    assert bound["reason"] == "BINDING"
    assert [one["reason"] for one in bound["explanation"]["findings"]] == ["BINDING", "CHANNEL"]
    store = {"id": id_of(Kind.STORE, store_id)}
    assert (by_code["reason"], by_code["guide"], by_code["store"]) == ("EXPLICIT_CODE", None, store)
    assert (before["reason"], before["store"]) == ("NONE", None)
    assert (by_scan["reason"], by_scan["guide"], by_scan["store"]) == ("SHARE_TOUCH", None, store)


async def test_an_order_without_a_guide_is_the_channels_at_no_statement_more(pond: Pond) -> None:
    hook = await a_hook(pond)
    mei, lin = await who_came_by(pond, hook["code"]), await who_came_by(pond, None)
    operator = await operating(pond)

    with statements() as by_channel:
        order_id = await ordered(pond, mei)
    with statements() as alone:
        await ordered(pond, lin)
    told = await why(pond, operator, order_id)

    assert len(by_channel) == len(alone)
    assert (told["reason"], told["guide"], told["store"]) == ("CHANNEL", None, None)
    assert told["explanation"]["findings"][0]["verdict"] == "CREDITED"


async def test_a_person_gets_the_incentive_once_under_whatever_account(pond: Pond) -> None:
    template = await a_template(pond, take_by=(TakeBy.SCAN,))
    given = {"couponTemplateId": id_of(Kind.COUPON_TEMPLATE, template.id), "points": 66}
    hook, user = await a_hook(pond, incentive=given), uuid4().hex
    mei = await who_came_by(pond, hook["code"], user)

    visitor = await scanned(pond, hook["code"])
    first, second = await scanned(pond, hook["code"], mei), await scanned(pond, hook["code"], mei, key="another")
    await pond.select("UPDATE member_identity SET member_id = $1", (await a_member(pond)).member_id)
    (row,) = await pond.select("SELECT member_id FROM member_identity WHERE member_id <> $1 LIMIT 1", mei.member_id)
    returned = await scanned(pond, hook["code"], Principal(row["member_id"], scopes=mei.scopes))

    assert visitor["incentive"] is None
    assert first["incentive"]["points"] == 66
    assert first["incentive"]["coupon"]["takeBy"] == "SCAN"
    assert (second["incentive"], second["hadIncentive"]) == (None, True)
    assert (returned["incentive"], returned["hadIncentive"]) == (None, True)


async def test_64_scans_of_one_member_at_once_give_the_incentive_once(pond: Pond) -> None:
    hook = await a_hook(pond, incentive={"points": 10})
    mei = await a_member(pond)

    answers = await asyncio.gather(*(scanned(pond, hook["code"], mei, key=f"phone-{n}") for n in range(64)))

    assert sum(one["incentive"] is not None for one in answers) == 1
    assert sum(one["hadIncentive"] for one in answers) == 63


async def test_64_persons_who_scan_at_once_share_as_many_incentives_as_there_are(pond: Pond) -> None:
    hook = await a_hook(pond, incentive={"points": 10, "limit": 7})
    members = [await a_member(pond) for _ in range(64)]

    answers = await asyncio.gather(*(scanned(pond, hook["code"], one) for one in members))

    assert sum(one["incentive"] is not None for one in answers) == 7
    assert [row[0] for row in await pond.select("SELECT given FROM hook WHERE code = $1", hook["code"])] == [7]


async def test_who_looked_first_and_counted_then_would_give_more_than_there_are(pond: Pond) -> None:
    """The negative control: without the condition in the statement, and without the constraint, the limit is lost."""
    hook = await a_hook(pond, incentive={"points": 10, "limit": 7})
    await pond.select("ALTER TABLE hook DROP CONSTRAINT ck_hook_no_more_is_given_than_may_be")
    seen = asyncio.Barrier(12)

    async def carelessly() -> bool:
        (row,) = await pond.select("SELECT given < most_given FROM hook WHERE code = $1", hook["code"])
        await seen.wait()
        if row[0]:
            await pond.select("UPDATE hook SET given = given + 1 WHERE code = $1", hook["code"])
        return bool(row[0])

    given = await asyncio.gather(*(carelessly() for _ in range(12)))
    await pond.select("UPDATE hook SET given = 7 WHERE code = $1", hook["code"])
    rule = "CHECK (given >= 0 AND given <= most_given)"
    await pond.select(f"ALTER TABLE hook ADD CONSTRAINT ck_hook_no_more_is_given_than_may_be {rule}")

    assert sum(given) == 12


async def test_a_coupon_that_has_run_out_is_no_reason_to_refuse_the_scan(pond: Pond) -> None:
    template = await a_template(pond, take_by=(TakeBy.SCAN,), total=1)
    hook = await a_hook(pond, incentive={"couponTemplateId": id_of(Kind.COUPON_TEMPLATE, template.id)})

    first = await scanned(pond, hook["code"], await a_member(pond))
    late = await a_member(pond)
    second, third = await scanned(pond, hook["code"], late), await scanned(pond, hook["code"], late)

    assert first["incentive"] is not None
    assert [(one["incentive"], one["hadIncentive"], one["userErrors"]) for one in (second, third)] == [
        (None, False, [])
    ] * 2


async def test_outside_of_its_time_a_hook_counts_and_brings_nothing(pond: Pond) -> None:
    hook = await a_hook(
        pond, incentive={"points": 10}, page="pages/hi", endsAt=(pond.time + timedelta(hours=1)).isoformat()
    )
    mei = await a_member(pond)
    pond.later(hours=2)

    answer = await scanned(pond, hook["code"], mei)

    assert (answer["incentive"], answer["hook"]["page"]) == (None, "pages/hi")
    assert await pond.select("SELECT FROM hook_scan WHERE member_id = $1", mei.member_id) == []
    assert await report(pond, "HOOK", hookId=hook["id"]) == []


async def test_what_came_of_a_hook_is_told_with_what_it_cost(pond: Pond) -> None:
    hook = await a_hook(pond, goal="ORDER", tool="AD_LANDING", campaign="双十一", creative="视频 A")
    guide, mei = await a_guide(pond), await who_came_by(pond, hook["code"])
    customer, operator = await a_member(pond), await operating(pond)
    for who in (VISITOR, mei, mei, customer):
        await scanned(pond, hook["code"], who)
    order_id = await bought(pond, mei, fen=200_00)
    await bought(pond, customer, fen=100_00)
    await refund(pond, order_id, amount=50_00)
    unionid = (await pond.select("SELECT unionid FROM member_identity WHERE member_id = $1", mei.member_id))[0][0]
    contact = {
        "guideId": id_of(Kind.GUIDE, (await guide_of(pond, guide)).id),
        "externalUserId": f"wm{uuid4().hex}",
        "unionId": unionid,
    }
    await pond.ask(ADD_CONTACT, operator, input=contact)
    day = pond.time.astimezone(pond.services.rules.time_zone).date().isoformat()
    costs = {"hookId": hook["id"], "costs": [{"day": day, "amount": {"minor": 100_00}}]}
    for _ in range(2):
        await pond.ask(COSTS, operator, input=costs)

    (row,) = await report(pond, "HOOK", hookId=hook["id"])
    (by_channel,) = await report(pond, "CHANNEL", channelId=hook["channel"]["id"], goal="ORDER", tool="AD_LANDING")
    (by_day,) = await report(pond, "DAY", hookId=hook["id"], kind="ECOMMERCE")
    with statements() as made:
        await pond.ask(REPORT, operator, by="CAMPAIGN", where={"hookId": hook["id"]})

    counted = [row[name] for name in ("scans", "uniqueScans", "registrations", "follows", "orders", "refunds")]
    assert counted == [4, 2, 1, 1, 2, 1]
    money = [row[name]["minor"] for name in ("revenue", "refunded", "net", "cost", "acquisitionCost", "conversionCost")]
    assert money == [300_00, 50_00, 250_00, 100_00, 100_00, 50_00]
    assert (row["conversions"], row["roiBp"], row["hook"]["id"]) == (2, 15_000, hook["id"])
    assert (by_channel["channel"], by_channel["roiBp"]) == (hook["channel"], 15_000)
    assert by_day["day"] == day
    assert len(made) == 1


async def test_a_link_for_a_message_carries_the_code(pond: Pond) -> None:
    hook, operator = await a_hook(pond, tool="SMS", page="pages/sms"), await operating(pond)

    for kind, beginning in (("URL_LINK", "https://wxaurl.cn/"), ("SCHEME", "weixin://dl/business/")):
        answer = await pond.ask(LINK, operator, input={"hookId": hook["id"], "kind": kind, "days": 7})
        url = answer["hookLinkCreate"]["url"]
        assert url.startswith(beginning)
        assert pond.wechat.links[url] == f"s={hook['code']}"
    pond.wechat.pages = frozenset({"pages/index"})
    wanted = {"hookId": hook["id"], "kind": "URL_LINK"}
    assert await pond.refused(LINK, operator, input=wanted) == [{"code": "PROVIDER_REFUSED", "path": []}]
    pond.wechat.code_errcode = 45009
    assert await pond.refused(LINK, operator, input=wanted) == [{"code": "RATE_LIMITED", "path": []}]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        pytest.param({"channelId": "chn_" + "0" * 32}, ("NOT_FOUND", ["input", "channelId"]), id="no such channel"),
        pytest.param({"storeId": "sto_" + "0" * 32}, ("NOT_FOUND", ["input", "storeId"]), id="no such store"),
        pytest.param({"guideId": "gde_" + "0" * 32}, ("NOT_FOUND", ["input", "guideId"]), id="no such guide"),
        pytest.param({"name": " "}, ("BAD_USER_INPUT", ["input", "name"]), id="no name"),
        pytest.param({"page": "pages/a?x=1"}, ("BAD_USER_INPUT", ["input", "page"]), id="a page with parameters"),
        pytest.param(
            {"startsAt": "2026-12-02T00:00:00Z", "endsAt": "2026-12-01T00:00:00Z"},
            ("BAD_USER_INPUT", ["input", "endsAt"]),
            id="over before it begins",
        ),
        pytest.param(
            {"incentive": {"points": -1}}, ("BAD_USER_INPUT", ["input", "incentive", "points"]), id="points away"
        ),
    ],
)
async def test_a_hook_that_cannot_be_is_refused(pond: Pond, change: Any, refusal: Any) -> None:
    wanted = {"channelId": await a_channel(pond), "tool": "POSTER", "goal": "REGISTER", "name": "海报", **change}

    refused = await pond.refused(SAVE_HOOK, await operating(pond), input=wanted)

    assert [(one["code"], one["path"]) for one in refused] == [refusal]


async def test_a_coupon_that_is_not_given_for_scans_is_no_incentive(pond: Pond) -> None:
    template = await a_template(pond, take_by=(TakeBy.USER,))
    given = {"couponTemplateId": id_of(Kind.COUPON_TEMPLATE, template.id)}
    wanted = {"channelId": await a_channel(pond), "tool": "POSTER", "goal": "REGISTER", "name": "海报"}

    refused = await pond.refused(SAVE_HOOK, await operating(pond), input={**wanted, "incentive": given})

    assert [one["path"] for one in refused] == [["input", "incentive", "couponTemplateId"]]


async def test_a_hook_is_changed_but_for_where_it_belongs(pond: Pond) -> None:
    hook, operator = await a_hook(pond, incentive={"points": 5, "limit": 2}), await operating(pond)
    wanted = {
        "id": hook["id"],
        "channelId": hook["channel"]["id"],
        "tool": "PACKAGE_CARD",
        "goal": "FOLLOW",
        "name": "新",
    }
    for _ in range(2):
        await scanned(pond, hook["code"], await a_member(pond))

    elsewhere = await pond.refused(SAVE_HOOK, operator, input={**wanted, "channelId": await a_channel(pond)})
    fewer = await pond.refused(SAVE_HOOK, operator, input={**wanted, "incentive": {"points": 5, "limit": 1}})
    changed = (await pond.ask(SAVE_HOOK, operator, input={**wanted, "expectedVersion": 1}))["hookSave"]
    stale = await pond.refused(SAVE_HOOK, operator, input={**wanted, "expectedVersion": 1})

    assert [one["code"] for one in (*elsewhere, *fewer, *stale)] == [
        "BAD_USER_INPUT",
        "INVALID_STATE",
        "STALE_VERSION",
    ]
    assert changed["hook"]["version"] == 2
    assert changed["hook"]["given"] == 2


async def test_names_of_departments_and_channels_are_their_own(pond: Pond) -> None:
    operator, name = await operating(pond), f"私域部 {uuid4().hex[:6]}"
    department = await a_department(pond, name)
    wanted = {"kind": "OFFLINE", "name": name, "departmentId": department}
    await pond.ask(CREATE_CHANNEL, operator, input=wanted)

    assert await pond.refused(SAVE_DEPARTMENT, operator, input={"name": name}) == [
        {"code": "CONFLICT", "path": ["input", "name"]}
    ]
    assert await pond.refused(CREATE_CHANNEL, operator, input=wanted) == [
        {"code": "CONFLICT", "path": ["input", "name"]}
    ]


async def test_channels_are_for_those_who_work_for_the_brand(pond: Pond) -> None:
    hook = await a_hook(pond)
    document = "query ($id: ID!) { node(id: $id) { id } }"

    assert (await pond.ask(document, await a_member(pond), id=hook["id"]))["node"] is None
    assert (await pond.ask(document, await staff(pond, Role.FINANCE), id=hook["channel"]["id"]))["node"] is not None
    assert await pond.errors("{ hooks(first: 1) { nodes { id } } }", await a_member(pond)) == ["FORBIDDEN"]
