"""Short ways to give members to guides, and to look at whose customers they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from domain.bindings import BindingTerms
from domain.identity import Principal
from schema.ids import Kind, id_of
from tests.makers_guides import guide_of
from tests.pond import Pond

VISIT = """mutation($code: String!) { shareVisit(input: {code: $code, visitorKey: "a-phone"}) {
    share { id } userErrors { code } } }"""
MINE = """{ me { guide { displayName } binding {
    mode cause boundAt protectedUntil expiresAt endedAt guide { displayName } store { name } sourceShare { code } } } }"""
HISTORY = """query($where: BindingWhere, $at: DateTime) { bindings(first: 50, where: $where, at: $at) { nodes {
    guide { displayName } cause endReason boundAt endedAt reason actor { nickname } previous { guide { displayName } }
    sourceShare { code } } } }"""
TRANSFER = """mutation($input: BindingTransferInput!) { bindingTransfer(input: $input) {
    binding { mode cause guide { displayName } expiresAt } userErrors { code path } } }"""


def under(pond: Pond, terms: BindingTerms) -> None:
    """The brand binds like this from now on."""
    pond.services.rules = replace(pond.services.rules, binding=terms)


def member_id(member: Principal) -> str:
    assert member.member_id is not None
    return id_of(Kind.MEMBER, member.member_id)


async def guide_id(pond: Pond, guide: Principal) -> str:
    return id_of(Kind.GUIDE, (await guide_of(pond, guide)).id)


async def guide_now(pond: Pond, member: Principal) -> str | None:
    """The name of the guide whose customer the member is."""
    guide = (await pond.ask("{ me { guide { displayName } } }", member))["me"]["guide"]
    return guide and str(guide["displayName"])


async def history(pond: Pond, member: Principal, staff: Principal, at: Any = None) -> list[dict[str, Any]]:
    """The member's bindings as staff sees them, the newest first."""
    where = {"memberId": {"eq": member_id(member)}}
    data = await pond.ask(HISTORY, staff, where=where, at=at and at.isoformat())
    found: list[dict[str, Any]] = data["bindings"]["nodes"]
    return found
