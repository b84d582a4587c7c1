"""The live room as a viewer meets it: in a browser on a phone, against the real product."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from tests.browsing import needs_chromium, needs_packages, visit


class LiveSite(Protocol):
    """What the `live_site` fixture offers: a running product with a room that is live."""

    base_url: str
    room_id: str
    member_token: str
    host_token: str
    friend_token: str


@needs_packages
@needs_chromium
async def test_a_viewer_takes_part_in_all_that_happens_in_a_room_and_survives_a_lost_network(
    live_site: LiveSite, tmp_path: Path
) -> None:
    await visit(
        "live_page.mjs",
        tmp_path / "live-room.png",
        BASE_URL=live_site.base_url,
        ROOM_ID=live_site.room_id,
        MEMBER_TOKEN=live_site.member_token,
        HOST_TOKEN=live_site.host_token,
        FRIEND_TOKEN=live_site.friend_token,
    )
