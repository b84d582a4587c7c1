"""A stand-in for the product's own `live_site`: a site that already runs, named by the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pytest


@dataclass(frozen=True, slots=True)
class LiveSite:
    """Where the live room is served, which one to enter, and as whom."""

    base_url: str
    room_id: str
    member_token: str


@pytest.fixture
def live_site() -> LiveSite:
    names = ("LIVE_SITE_BASE_URL", "LIVE_SITE_ROOM_ID", "LIVE_SITE_MEMBER_TOKEN")
    values = [os.environ.get(name, "") for name in names]
    if not all(values):
        pytest.skip(f"no running site: set {', '.join(names)}")
    return LiveSite(*values)
