"""Who holds a websocket: it is looked up again and again, and what it may do holds as long as it is true."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from domain.identity import Scope
from tests.app.tiny import served
from tests.app.watching import EVENTS, audience, heard_seq
from tests.site import Site
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("both_ways")


async def test_who_logged_out_can_do_nothing_more() -> None:
    async with served() as site, site.socket(token="mei") as talk:
        site.tiny.mei = None
        await talk.subscribe("mutation { slowly(seconds: 0) }")

        assert await talk.closed() == (4401, "The token is unknown, expired or revoked")


async def test_who_logged_out_hears_nothing_more() -> None:
    async with served(identity_s=0.05) as site, site.socket(token="mei") as talk:
        await talk.subscribe(EVENTS, room="all")
        await audience(site, 1)
        site.tiny.mei = None

        assert (await talk.closed())[0] == 4401
        assert site.tiny.hub.audience() == {}


@pytest.mark.parametrize("document", [EVENTS, 'subscription { events(room: "all") { seq waits } }'])
async def test_a_subscription_ends_when_its_client_may_do_less(document: str) -> None:
    async with served(identity_s=0.05) as site, site.socket(token="mei") as talk:
        await talk.subscribe(document, **({"room": "all"} if document is EVENTS else {}))
        await until(lambda: site.tiny.hub._rooms)
        assert site.tiny.mei is not None
        site.tiny.mei = replace(site.tiny.mei, scopes=frozenset({Scope.VISITOR}))

        ended = await talk.hear()

        assert (ended["id"], ended["type"]) == ("1", "error")
        assert ended["payload"][0]["extensions"]["code"] == "FORBIDDEN"
        await until(lambda: not site.tiny.hub._rooms)
        await talk.subscribe(EVENTS, room="all")
        await audience(site, 1)
        site.tiny.publish()
        assert await heard_seq(talk) == 1


async def test_a_subscription_goes_on_when_its_client_may_do_more() -> None:
    async with served(identity_s=0.05) as site, site.socket(token="mei") as talk:
        await talk.subscribe(EVENTS, room="all")
        await audience(site, 1)
        assert site.tiny.mei is not None
        site.tiny.mei = replace(site.tiny.mei, scopes=site.tiny.mei.scopes | {Scope.GUIDE})

        await asyncio.sleep(0.2)
        site.tiny.publish()

        assert await heard_seq(talk) == 1


async def test_while_the_database_is_away_what_runs_goes_on_and_nothing_new_begins() -> None:
    async with served(identity_s=0.05) as site, site.socket(token="mei") as talk:
        await talk.subscribe(EVENTS, room="all")
        await audience(site, 1)
        site.tiny.away = True

        await talk.subscribe("{ here }", "2")
        refused = await talk.hear()
        await asyncio.sleep(0.2)
        site.tiny.publish()

        assert (refused["id"], refused["payload"][0]["extensions"]["code"]) == ("2", "OVERLOADED")
        assert await heard_seq(talk) == 1


async def test_logging_out_ends_the_sessions_connections(door: Site) -> None:
    token = await door.member_token("who leaves")
    async with door.socket(token=token) as talk:
        await talk.subscribe("{ me { id } }")
        assert (await talk.hear())["payload"]["data"]["me"]
        await talk.hear()
        await door.ask("mutation { memberLogout(input: {}) { userErrors { message } } }", token=token)
        await talk.subscribe("{ me { id } }")

        assert (await talk.closed())[0] == 4401
