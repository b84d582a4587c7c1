"""Landings: where a code leads that somebody scans in a browser."""

from __future__ import annotations

from uuid import UUID

from domain.records import record
from domain.shares import TargetKind


@record
class Coded:
    """What a code belongs to: a share of something, a guide, or a hook, which has no target but perhaps a page.

    `slug` is that of a product; `page` is one of the mini-program.
    """

    code: str
    target_kind: TargetKind | None = None
    target_id: UUID | None = None
    slug: str | None = None
    page: str = ""
