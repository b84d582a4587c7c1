"""The guide's page as a guide uses it all day: in a browser on a phone, against the real product."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from tests.browsing import needs_chromium, needs_packages, visit


class GuideSite(Protocol):
    """What the `guide_site` fixture offers: a running product with a guide who has customers, tasks and money."""

    base_url: str
    guide_token: str
    customer_token: str
    operator_token: str
    share_code: str
    variant_id: str


@needs_packages
@needs_chromium
async def test_a_guide_sees_figures_hands_in_a_task_shares_goes_live_and_takes_out_what_adds_up(
    guide_site: GuideSite, tmp_path: Path
) -> None:
    await visit(
        "guide_page.mjs",
        tmp_path / "guide.png",
        BASE_URL=guide_site.base_url,
        GUIDE_TOKEN=guide_site.guide_token,
        CUSTOMER_TOKEN=guide_site.customer_token,
        OPERATOR_TOKEN=guide_site.operator_token,
        SHARE_CODE=guide_site.share_code,
        VARIANT_ID=guide_site.variant_id,
    )
