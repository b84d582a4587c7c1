"""Short ways to have guides own money, take it out, and WeChat do what it does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import db.ledger
import db.members
import resolvers.withdrawal_sending
from domain.identity import Principal, Role
from domain.ledger import COMMISSION, Posting, available_commission
from domain.members import Identity, IdentityProvider
from domain.money import Money
from schema.ids import Kind, key_of
from tests.makers_guides import a_guide
from tests.makers_members import staff
from tests.pond import Pond

SEEN = """id state version amount { minor } fee { minor } transferred { minor } note failure confirmation { appId merchantId package } confirmBy
  reference decidedAt finishedAt"""
ERRORS = """userErrors { code path message ... on InsufficientBalance { balance { minor } needed { minor } }
  ... on AmountExceeded { left { minor } } ... on OpensLater { opensAt } ... on VersionConflict { currentVersion } }"""
REQUEST = f"""mutation ($input: WithdrawalRequestInput!) {{ withdrawalRequest(input: $input) {{
  withdrawal {{ {SEEN} }} replayed {ERRORS} }} }}"""
APPROVE = f"""mutation ($input: WithdrawalApproveInput!) {{ withdrawalApprove(input: $input) {{
  withdrawal {{ {SEEN} }} {ERRORS} }} }}"""
REJECT = f"""mutation ($input: WithdrawalRejectInput!) {{ withdrawalReject(input: $input) {{
  withdrawal {{ {SEEN} }} {ERRORS} }} }}"""
CANCEL = f"""mutation ($input: WithdrawalCancelInput!) {{ withdrawalCancel(input: $input) {{
  withdrawal {{ {SEEN} }} {ERRORS} }} }}"""
ONE = f"query ($id: ID!) {{ withdrawal(id: $id) {{ {SEEN} }} }}"
WALLET = """query ($id: ID) { myWallet(guideId: $id) { estimated { minor } pending { minor } frozen { minor }
  held { minor } available { minor } debt { minor } balance { minor } withdrawing { minor } paid { minor }
  fees { minor } } }"""
STATEMENT = """query ($id: ID, $from: Date!, $to: Date!) {
  guideStatement(guideId: $id, firstDay: $from, lastDay: $to) { opening { minor } closing { minor } downloadPath
    totals { kind lineCount amount { minor } }
    lines(first: 100) { nodes { at kind amount { minor } balance { minor } sourceId } pageInfo { hasNextPage } } } }"""


async def known_by_wechat(pond: Pond, who: Principal, openid: str | None = None, *, days: int = 30) -> str:
    """Let WeChat's mini-program know the member, since so many days."""
    assert who.member_id is not None
    openid = openid or f"o-{uuid4().hex}"
    identity = Identity(IdentityProvider.WX_MP, pond.services.wechat.app_id, openid, None)
    async with pond.database.writing() as tx:
        ctx = pond.context()
        await db.members.know_by(tx, who.member_id, identity, ctx.new_id(), ctx.now() - timedelta(days=days))
    return openid


async def owns(pond: Pond, guide_id: UUID | None, fen: int, key: str = "release") -> None:
    """Have so much of a guide's commission released."""
    assert guide_id is not None
    async with pond.database.writing() as tx:
        posting = Posting(COMMISSION, available_commission(guide_id), Money(fen))
        await db.ledger.post(tx, f"{key}:{uuid4().hex}", [posting], pond.context().now())


async def a_rich_guide(pond: Pond, fen: int = 100_00, **other: Any) -> Principal:
    """A guide who can take so much out, and whom WeChat knows."""
    guide = await a_guide(pond, **other)
    await known_by_wechat(pond, guide)
    await owns(pond, guide.guide_id, fen)
    return guide


def terms(pond: Pond, **other: Any) -> None:
    """Let money be taken out on other terms from now on."""
    rules = pond.services.rules
    pond.services.rules = replace(rules, withdrawal=replace(rules.withdrawal, **other))


def wish(fen: int, **other: Any) -> dict[str, Any]:
    return {"amount": {"minor": fen}, "idempotencyKey": uuid4().hex, **other}


async def take_out(pond: Pond, who: Principal, fen: int, **other: Any) -> Any:
    """The payload of a request to take so much out."""
    return (await pond.ask(REQUEST, who, input=wish(fen, **other)))["withdrawalRequest"]


async def taken_out(pond: Pond, who: Principal, fen: int, **other: Any) -> Any:
    """A withdrawal that was asked for."""
    answer = await take_out(pond, who, fen, **other)
    assert answer["userErrors"] == [], answer
    return answer["withdrawal"]


async def decided(pond: Pond, document: str, one: Any, by: Principal | None = None, **other: Any) -> Any:
    """The payload of a decision about a withdrawal."""
    wanted = {"withdrawalId": one["id"], "expectedVersion": one["version"], **other}
    (answer,) = (await pond.ask(document, by or await staff(pond, Role.FINANCE), input=wanted)).values()
    return answer


async def go_on(pond: Pond, minutes: int = 0) -> None:
    """Let the job do all that is due, now and in the next minutes, and WeChat be heard."""
    for _ in range(minutes + 1):
        while await resolvers.withdrawal_sending.send_due(pond.context()):
            pass
        await pond.wechat_pay.all_told()
        if minutes:
            pond.later(minutes=1)
    await pond.wechat_pay.all_told()


async def seen(pond: Pond, who: Principal, one: Any) -> Any:
    """A withdrawal as someone sees it now."""
    return (await pond.ask(ONE, who, id=one["id"]))["withdrawal"]


def bill_of(one: Any) -> str:
    """WeChat's book has the transfer under our number."""
    return key_of(Kind.WITHDRAWAL, one["id"]).hex


async def wallet_of(pond: Pond, who: Principal, **which: Any) -> dict[str, int]:
    """What somebody sees of their own wallet, in fen, without what is nothing."""
    found = (await pond.ask(WALLET, who, **which))["myWallet"]
    return {name: money["minor"] for name, money in found.items() if money["minor"]}


async def paid(pond: Pond, who: Principal, fen: int) -> Any:
    """A withdrawal that arrived."""
    one = await taken_out(pond, who, fen)
    if one["state"] == "REQUESTED":
        await decided(pond, APPROVE, one)
    await go_on(pond)
    pond.wechat_pay.transfers.confirm(bill_of(one))
    await pond.wechat_pay.all_told()
    found = await seen(pond, who, one)
    assert found["state"] == "PAID", found
    return found
