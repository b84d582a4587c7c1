"""The demo: what is sown once is there once, every printed address answers, every printed token opens."""

from __future__ import annotations

import io
import json
import shlex
from pathlib import Path

import httpx
import pytest
from rich.console import Console

import db.wallets
from app.demo import content, greeting, media
from app.demo.goods import tinted
from app.demo.run import GUIDE, MEMBER, STAFF, _holders
from app.demo.sow import Sown, sow
from app.demo.tokens import ready_tokens
from db.connection import Database
from tests.site import Site, running

COUNTED = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
WHO = "{ me { id nickname guide { id } coinBalance } organisation { name } }"


async def counts(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    async with database._pool.acquire() as connection:
        names = [row[0] for row in await connection.fetch(COUNTED)]
        return {name: await connection.fetchval(f'SELECT count(*) FROM "{name}"') for name in names}


async def test_sowing_again_changes_nothing(database: Database) -> None:
    first = await sow(database)
    before = await counts(database)

    again = await sow(database)

    assert await counts(database) == before
    assert (again.products, again.posts, again.room_id) == (first.products, first.posts, first.room_id)


async def test_the_sample_brand_is_what_was_promised(database: Database) -> None:
    sown = await sow(database)
    many = await counts(database)

    assert len(sown.products) >= 40
    assert len(sown.guides) == 8
    assert len(sown.members) == 200
    assert (many["binding"], many["commission"]) > (100, 0)
    assert {"post_like", "comment", "share_visit", "reward", "live_product"} <= {name for name, n in many.items() if n}
    wallet = (await db.wallets.wallets_of(database.reading(), [sown.guides[sown.host].id])).popitem()[1]
    assert min(wallet.available.minor, wallet.withdrawing.minor, wallet.paid.minor) > 0
    kinds = {post["kind"] for post in content.read("posts")["post"]}
    assert kinds == {"TEXT", "IMAGE", "ARTICLE", "AUDIO", "VIDEO"}


async def test_what_an_interrupted_start_left_out_is_sown_by_the_next(database: Database) -> None:
    await sow(database)
    before = await counts(database)
    async with database._pool.acquire() as connection:
        await connection.execute("DELETE FROM post_like")
        await connection.execute("DELETE FROM comment")
        await connection.execute("UPDATE post SET like_count = 0, comment_count = 0")

    await sow(database)

    after = await counts(database)
    assert (after["comment"], after["post_like"]) == (before["comment"], before["post_like"])


async def test_tokens_stay_the_same_until_they_are_logged_out(database: Database, tmp_path: Path) -> None:
    sown = await sow(database)
    first = await ready_tokens(database, tmp_path, _holders(sown))
    async with database._pool.acquire() as connection:
        await connection.execute("UPDATE session SET revoked_at = now() WHERE member_id = $1", sown.members[0])

    again = await ready_tokens(database, tmp_path, _holders(sown))

    assert again[GUIDE] == first[GUIDE]
    assert again[MEMBER] != first[MEMBER]
    assert (tmp_path / "tokens.json").stat().st_mode & 0o077 == 0


@pytest.fixture
async def opened(dsn: str, database: Database, tmp_path: Path) -> object:
    """The demo, served: a site, what was sown, and the tokens."""
    sown = await sow(database)
    media.draw(tmp_path)
    tokens = await ready_tokens(database, tmp_path, _holders(sown))
    async with running(dsn, media_dir=tmp_path, graphiql=True) as site:
        yield site, sown, tokens


async def test_every_printed_address_answers(opened: tuple[Site, Sown, dict[str, str]]) -> None:
    site, sown, tokens = opened

    for name, address in greeting.addresses(site.url, sown, tokens).items():
        query = {"query": "{ __typename }"} if name == "GraphQL" else {}
        answer = await site.client.get(address.partition("#")[0], params=query or None)
        assert answer.status_code == 200, name


async def test_every_printed_token_opens_what_it_says(opened: tuple[Site, Sown, dict[str, str]]) -> None:
    site, sown, tokens = opened

    member = await site.ask("{ me { nickname coinBalance } }", token=tokens[MEMBER])
    guide = await site.ask("{ me { nickname } myGuide { displayName } }", token=tokens[GUIDE])
    staff = await site.ask("{ organisation { name } }", token=tokens[STAFF])

    assert member["me"] == {"nickname": content.nicknames()[0], "coinBalance": 8888}
    assert guide["myGuide"]["displayName"] == sown.host
    assert staff["organisation"]["name"] == "半亩总部"


async def test_the_printed_line_works_when_it_is_pasted(opened: tuple[Site, Sown, dict[str, str]]) -> None:
    site, sown, tokens = opened
    out = io.StringIO()
    greeting.show(Console(file=out, width=60), site.url, sown, tokens, live=False)

    (line,) = [line for line in out.getvalue().splitlines() if line.strip().startswith("curl")]
    _, _, address, _, header, _, body = shlex.split(line)
    answer = httpx.Request("POST", address, content=body, headers=dict([header.split(": ")]))

    sent = await site.client.send(answer)
    assert len(sent.json()["data"]["products"]["nodes"]) == 3
    assert json.loads(body)["query"] == greeting.FIRST_QUERY
    assert all(token in out.getvalue() for token in tokens.values())


async def test_every_picture_that_the_brand_shows_is_there(opened: tuple[Site, Sown, dict[str, str]]) -> None:
    site, _, tokens = opened
    document = """{
        products(first: 100) { nodes { media { url } variants { pictureUrl } } }
        posts(first: 50) { nodes { coverUrl blocks { ... on VideoBlock { url } ... on AudioBlock { url } ... on ImageBlock { url } } } }
        gifts { iconUrl }
        categories { pictureUrl children { pictureUrl } }
        liveRooms(first: 5) { nodes { coverUrl host { avatarUrl } } }
    }"""
    text = json.dumps(await site.ask(document, token=tokens[MEMBER]), ensure_ascii=False)
    paths = {part for part in text.split('"') if part.startswith("/media/")}

    assert len(paths) > 150
    for path in paths:
        assert path.isascii(), path
        assert (await site.client.get(path)).headers["content-type"].startswith(("image/", "audio/", "video/")), path


async def test_no_two_products_look_alike() -> None:
    products = [dict(media._of_product(one))[f"products/{one['slug']}"] for one in content.read("products")["product"]]

    assert len(set(products)) == len(products)


def test_every_colour_has_a_tint_and_every_price_its_value() -> None:
    for one in content.read("products")["product"]:
        values = list(one.get("options", {}).values())
        assert len(one["prices"]) in (1, len(values[-1]) if values else 1), one["slug"]
        assert tinted(one) in ([], values[0] if values else []), one["slug"]
