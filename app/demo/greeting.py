"""What the demo says when it is ready: addresses, tokens, and one line to paste."""

from __future__ import annotations

import json

from rich.console import Console
from rich.panel import Panel

from app.demo.content import nicknames
from app.demo.sow import Sown
from schema.ids import Kind, id_of

FIRST_QUERY = "{ products(first: 3) { nodes { name priceRange { minimum { amount } } } } }"


def room_address(url: str, room: str, token: str) -> str:
    return f"{url}/live/?room={room}#token={token}"


def shop_address(url: str, token: str) -> str:
    return f"{url}/shop/#token={token}"


def guide_address(url: str, token: str) -> str:
    return f"{url}/guide/#token={token}"


def addresses(url: str, sown: Sown, tokens: dict[str, str]) -> dict[str, str]:
    """What can be opened, by what it shows."""
    room = id_of(Kind.LIVE_ROOM, sown.room_id)
    return {
        "直播间 · live room": room_address(url, room, tokens["member"]),
        "商城 · shop": shop_address(url, tokens["member"]),
        "导购 · a guide's phone": guide_address(url, tokens["guide"]),
        "GraphiQL": f"{url}/graphiql/",
        "GraphQL": f"{url}/graphql",
    }


def curl(url: str) -> str:
    """One line that works when it is pasted."""
    body = json.dumps({"query": FIRST_QUERY})
    return f"curl -s {url}/graphql -H 'content-type: application/json' -d '{body}'"


def show(console: Console, url: str, sown: Sown, tokens: dict[str, str], *, live: bool) -> None:
    """Print everything; addresses, tokens and the line to paste unbroken, so that they can be copied."""
    said = "半亩方塘已开 · The pond is open" + ("，正在热闹 · and lively" if live else "")
    console.print(Panel.fit(f"[bold]{said}[/]", border_style="green", subtitle="Ctrl-C 结束 · ends it"))
    for name, address in addresses(url, sown, tokens).items():
        console.print(f"[bold]{name}[/]")
        console.print(f"  {address}", soft_wrap=True, style="cyan", markup=False)
    console.print("\n[bold]令牌 · tokens[/]  (Authorization: Bearer …)")
    console.print("  访客无需令牌 · a visitor needs none")
    people = {
        "member": f"会员 · member「{nicknames()[0]}」",
        "guide": f"导购 · guide「{sown.host}」，直播间的主播 · the host",
        "staff": "店员 · staff，总部运营 · operator of all",
    }
    for name, whose in people.items():
        console.print(f"  {whose}")
        console.print(f"    {tokens[name]}", soft_wrap=True, style="yellow", markup=False)
    console.print("\n[bold]试一试 · try[/]")
    console.print(f"  {curl(url)}", soft_wrap=True, markup=False)
