"""Moderation, wherever members write something."""

from __future__ import annotations

from domain.moderation import Moderation
from schema.enums import described

__all__ = ["Moderation"]

described(
    Moderation,
    "What was decided about something that a member wrote.",
    PENDING="It waits for a moderator; its author alone sees it.",
    APPROVED="All see it.",
    REJECTED="Nobody but moderators sees it.",
)
