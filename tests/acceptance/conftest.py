"""What the scenarios of commerce share: two workers over one database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from app.gateways import gateways_of
from app.settings import Settings
from db.connection import Database
from tests.databases import Databases
from tests.deployments import Shop, deployed
from tests.makers_gateways import APP_ID, in_environment, outside
from tests.pond import Pond


@pytest.fixture(scope="session")
async def shop(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """Two workers on a database of their own. No scenario may count on what another has left there."""
    async with (
        databases.one() as dsn,
        outside(tmp_path_factory.mktemp("keys")) as (gateways, settings),
        deployed(
            dsn, **in_environment(settings), YUTANG_WEBHOOKS__LOOPBACK="true", YUTANG_WECHAT_APP_ID=APP_ID
        ) as deployment,
    ):
        database = await Database.connect(dsn)
        pond = Pond(database)
        pond.time = datetime.now(UTC)
        most = httpx.Limits(max_connections=128)
        async with httpx.AsyncClient(base_url=deployment.url, timeout=30, limits=most) as client:
            # Jobs that scenarios run go to the same providers as the workers.
            asked = Settings(_env_file=None, port=deployment.port, **settings)
            theirs = gateways_of(asked, client, lambda: datetime.now(UTC))
            pond.services.payments, pond.services.transfers = theirs.payments, theirs.transfers
            yield Shop(deployment.url, client, pond, gateways, dsn)
        await database.close()
