"""Short ways to have channels, hooks and rules by which departments share."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from domain.identity import VISITOR, Principal, Role, scopes_of
from schema.ids import Kind, key_of
from tests.makers_members import staff, wx_code
from tests.pond import Pond

SAVE_DEPARTMENT = """mutation ($input: DepartmentSaveInput!) { departmentSave(input: $input) {
  department { id name version } userErrors { code path } } }"""
CREATE_CHANNEL = """mutation ($input: ChannelCreateInput!) { channelCreate(input: $input) {
  channel { id kind name department { name } } userErrors { code path } } }"""
SAVE_HOOK = """mutation ($input: HookSaveInput!) { hookSave(input: $input) {
  hook { id code scene qrUrl version channel { id } incentive { points limit } given } userErrors { code path } } }"""
SET_RULE = """mutation ($input: SplitRuleSetInput!) { splitRuleSet(input: $input) {
  rule { id effectiveFrom periodDays shares { bp department { name } } } userErrors { code path message } } }"""
SCAN = """mutation ($code: String!, $key: String!) { hookScan(input: {code: $code, visitorKey: $key}) {
  hook { tool page storeId guideId } incentive { points coupon { id takeBy } } hadIncentive
  userErrors { code path } } }"""
LOG_IN = """mutation ($code: String!, $shareCode: String) {
  memberLoginByWechat(input: {code: $code, shareCode: $shareCode}) {
    member { id } registered warnings { code } userErrors { code } } }"""


async def operating(pond: Pond) -> Principal:
    return await staff(pond, Role.OPERATOR)


async def a_department(pond: Pond, name: str | None = None) -> str:
    """The id of a new department."""
    answer = await pond.ask(SAVE_DEPARTMENT, await operating(pond), input={"name": name or f"部门 {uuid4().hex[:8]}"})
    assert answer["departmentSave"]["userErrors"] == [], answer
    return str(answer["departmentSave"]["department"]["id"])


async def a_channel(pond: Pond, kind: str = "ECOMMERCE", department: str | None = None) -> str:
    """The id of a new channel."""
    wanted = {
        "kind": kind,
        "name": f"渠道 {uuid4().hex[:8]}",
        "departmentId": department or await a_department(pond),
    }
    answer = await pond.ask(CREATE_CHANNEL, await operating(pond), input=wanted)
    assert answer["channelCreate"]["userErrors"] == [], answer
    return str(answer["channelCreate"]["channel"]["id"])


async def a_hook(pond: Pond, channel: str | None = None, **other: Any) -> Any:
    """A new hook, as `hookSave` answers it."""
    wanted = {
        "channelId": channel or await a_channel(pond),
        "tool": "PACKAGE_CARD",
        "goal": "REGISTER",
        "name": "双十一包裹卡",
        **other,
    }
    answer = await pond.ask(SAVE_HOOK, await operating(pond), input=wanted)
    assert answer["hookSave"]["userErrors"] == [], answer
    return answer["hookSave"]["hook"]


async def a_rule(pond: Pond, channel: str, *bps: int, departments: list[str] | None = None, **other: Any) -> Any:
    """The answer to `splitRuleSet`, with a department for each share."""
    ids = departments or [await a_department(pond) for _ in bps]
    shares = [{"departmentId": one, "bp": bp} for one, bp in zip(ids, bps, strict=True)]
    wanted = {"channelId": channel, "shares": shares, **other}
    return (await pond.ask(SET_RULE, await staff(pond, Role.FINANCE), input=wanted))["splitRuleSet"]


async def scanned(pond: Pond, code: str, who: Principal = VISITOR, key: str = "a-phone") -> Any:
    return (await pond.ask(SCAN, who, code=code, key=key))["hookScan"]


async def who_came_by(pond: Pond, code: str | None, user: str | None = None) -> Principal:
    """Somebody who registers with a code."""
    login = await wx_code(pond, user or uuid4().hex)
    answer = (await pond.ask(LOG_IN, code=login, shareCode=code))["memberLoginByWechat"]
    assert [*answer["userErrors"], *answer["warnings"]] == [], answer
    scopes = scopes_of(member=True, active_guide=False, duties=())
    return Principal(key_of(Kind.MEMBER, answer["member"]["id"]), scopes=scopes)
