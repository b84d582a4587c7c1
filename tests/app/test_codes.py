"""Codes over HTTP: their pictures for whoever has one, where they lead, and the codes of a batch as a workbook."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from io import BytesIO
from uuid import uuid4

import pytest

import app.codes
from domain.codes import CodeTerms, PageNotPublished
from domain.identity import Role
from domain.refusals import ProviderUnavailable, TooOften
from domain.shares import TargetKind
from resolvers import codes
from schema.ids import Kind, id_of
from tests.app.test_followed import a_pond, a_token
from tests.makers_catalogue import a_product
from tests.makers_channels import a_hook
from tests.makers_guides import a_guide, a_share, guide_of
from tests.makers_live import a_room
from tests.makers_members import a_member, a_store, staff
from tests.pond import Pond
from tests.site import Site

PNG = b"\x89PNG\r\n\x1a\n"
BATCH = """mutation ($input: HookBatchCreateInput!) { hookBatchCreate(input: $input) { batch { id } } }"""


async def test_whoever_has_a_code_has_its_picture_and_is_led_to_what_it_shows(door: Site) -> None:
    pond = a_pond(door)
    guide, product = await a_guide(pond), await a_product(pond)
    share = await a_share(pond, await a_member(pond), product.id, kind=TargetKind.PRODUCT)
    own, hook = await guide_of(pond, guide), await a_hook(pond)
    room, _ = await a_room(pond, guide)
    shown = await a_share(pond, guide, room.id, kind=TargetKind.LIVE_ROOM)

    for code in (share.code, own.share_code, hook["code"]):
        picture = await door.client.get(f"/qr/{code}.png")
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
        assert picture.content.startswith(PNG)
        assert picture.headers["cache-control"] == "public, max-age=86400"
    led = [(await door.client.get(f"/s/{code}")).headers["location"] for code in (share.code, shown.code, hook["code"])]

    assert led == [
        f"/shop/?product={product.slug}&share={share.code}",
        f"/live/?room={id_of(Kind.LIVE_ROOM, room.id)}&share={shown.code}",
        f"/shop/?share={hook['code']}",
    ]
    for path in ("/qr/0000000000.png", "/qr/x.png", "/s/0000000000", f"/qr/{share.code}.wechat.png"):
        assert (await door.client.get(path)).status_code == 404


async def test_the_codes_of_a_batch_are_for_those_who_run_hooks(door: Site) -> None:
    pond = a_pond(door)
    hook, operator = await a_hook(pond), await staff(pond, Role.OPERATOR)
    wanted = {"hookId": hook["id"], "name": "一号仓", "count": 3, "idempotencyKey": uuid4().hex}
    batch = (await pond.ask(BATCH, operator, input=wanted))["hookBatchCreate"]["batch"]["id"]

    book = await door.client.get(
        f"/exports/hook-batches/{batch}.xlsx", headers={"authorization": f"Bearer {await a_token(pond, operator)}"}
    )
    finance = await a_token(pond, await staff(pond, Role.FINANCE))
    refused = await door.client.get(
        f"/exports/hook-batches/{batch}.xlsx", headers={"authorization": f"Bearer {finance}"}
    )

    (code, *_) = [row[0] for row in await pond.select("SELECT code FROM hook_code WHERE number = 1")]
    with zipfile.ZipFile(BytesIO(book.content)) as file:
        sheet = file.read("xl/worksheets/sheet1.xml").decode()
    assert f"s={code}</t>" in sheet
    assert f"/qr/{code}.png</t>" in sheet
    assert refused.status_code == 404


@pytest.fixture
def with_a_page(pond: Pond) -> Pond:
    """A brand whose codes open a page of its mini-program."""
    terms = CodeTerms("https://pond.example", page="pages/index")
    pond.services.rules = replace(pond.services.rules, codes=terms)
    return pond


async def test_a_mini_program_code_is_made_once_and_kept(with_a_page: Pond) -> None:
    pond = with_a_page
    share = await a_share(pond, await a_member(pond), await a_store(pond))
    pictures, coded = app.codes._Pictures(), await codes.find(pond.context(), share.code)
    assert coded is not None

    first, second = [await pictures.picture(pond.context(), coded) for _ in range(2)]

    assert first is not None
    assert first.startswith(PNG)
    assert second is first
    assert list(pond.wechat.scenes) == [("pages/index", f"s={share.code}")]
    document = "query ($code: String!) { share(code: $code) { qrUrl scene } }"
    told = (await pond.ask(document, code=share.code))["share"]
    assert told == {"qrUrl": f"https://pond.example/qr/{share.code}.wechat.png", "scene": f"s={share.code}"}


@pytest.mark.parametrize(
    ("errcode", "refusal"),
    [
        pytest.param(41030, PageNotPublished, id="no such page"),
        pytest.param(45009, TooOften, id="too many a minute"),
        pytest.param(-1, ProviderUnavailable, id="something else"),
    ],
)
async def test_what_wechat_refuses_is_told_by_its_kind(
    with_a_page: Pond, errcode: int, refusal: type[Exception]
) -> None:
    pond = with_a_page
    share = await a_share(pond, await a_member(pond), await a_store(pond))
    coded = await codes.find(pond.context(), share.code)
    assert coded is not None
    pond.wechat.code_errcode = errcode

    with pytest.raises(refusal):
        await codes.mini_program_code(pond.context(), coded)


async def test_a_token_that_wechat_forgot_is_renewed(with_a_page: Pond) -> None:
    pond = with_a_page
    share = await a_share(pond, await a_member(pond), await a_store(pond))
    coded = await codes.find(pond.context(), share.code)
    assert coded is not None
    await codes.mini_program_code(pond.context(), coded)
    pond.wechat._tokens.clear()

    assert await codes.mini_program_code(pond.context(), coded)
