"""Downloads over HTTP: who may take what along, and how often."""

from __future__ import annotations

import zipfile
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import httpx
import pytest

from app.workbooks import MEDIA_TYPE
from domain.identity import Role
from schema.ids import Kind, id_of
from tests.app.test_followed import a_pond, a_token
from tests.makers_guides import a_guide
from tests.makers_members import staff
from tests.makers_tasks import a_region, a_task
from tests.site import Site


async def taken(site: Site, path: str, token: str | None) -> httpx.Response:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return await site.client.get(f"/exports/{path}.xlsx", headers=headers)


async def test_who_runs_those_it_is_about_takes_a_workbook_along_and_nobody_else_does(door: Site) -> None:
    pond = a_pond(door)
    (east, store_id), (south, _) = await a_region(pond), await a_region(pond, "华南")
    await a_guide(pond, "=小王", store_id=store_id)
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=east.id)
    now = pond.time
    pond.time = (now.astimezone(pond.services.rules.time_zone) - timedelta(days=1)).replace(hour=10)  # not at night
    task = await a_task(pond, manager, east.id, ("VISIT", 1, "EVIDENCE"))
    pond.time = now
    own = await a_token(pond, manager)
    runs_the_south = await a_token(pond, await staff(pond, Role.STORE_MANAGER, unit_id=south.id))
    others = [runs_the_south, await door.member_token("buys-only")]

    book = await taken(door, f"guide-tasks/{task}", own)
    refused = [(await taken(door, f"guide-tasks/{task}", token)).status_code for token in others]

    assert (book.status_code, book.headers["content-type"]) == (200, MEDIA_TYPE)
    assert book.headers["cache-control"] == "private, no-store"
    with zipfile.ZipFile(BytesIO(book.content)) as file:
        assert "=小王</t>" in file.read("xl/worksheets/sheet3.xml").decode()
    assert refused == [404, 404]
    assert (await taken(door, f"guide-tasks/{task}", None)).status_code == 401
    assert (await taken(door, f"guide-tasks/{task}", "forged")).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "guide-tasks/gdt_0",
        "settlement-bills/%00",
        "guide-payouts/2026-13",
        "guide-payouts/9999-12",
        f"guide-statements/{id_of(Kind.GUIDE, UUID(int=1))}/2026-01-01/2026-01-31",
        f"guide-statements/{id_of(Kind.GUIDE, UUID(int=1))}/9999-12-31/9999-12-31",
        f"guide-statements/{id_of(Kind.GUIDE, UUID(int=1))}/0001-01-01",
    ],
)
async def test_what_there_is_not_is_not_found(door: Site, path: str) -> None:
    token = await door.member_token("looks-around")

    assert (await taken(door, path, token)).status_code == 404


async def test_a_workbook_counts_for_many_requests(door: Site) -> None:
    token = await door.member_token("takes-all")

    answers = [await taken(door, "guide-tasks/none", token) for _ in range(60)]

    assert {one.status_code for one in answers} == {404, 429}
    assert int(answers[-1].headers["retry-after"]) >= 1
