"""Guides: what the database keeps true, whoever comes first."""

from __future__ import annotations

import pytest

from domain.guides import (
    GuideStatus,
)
from tests.makers_guides import a_guide
from tests.pond import Pond


async def test_a_member_is_an_open_guide_once(pond: Pond) -> None:
    guide = await a_guide(pond, status=GuideStatus.FROZEN)

    with pytest.raises(AssertionError):
        await a_guide(pond, member=guide)
