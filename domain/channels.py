"""Channels: where members come from, and the department that each belongs to (R30)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from domain.records import record
from domain.refusals import same_version, text_within

LONGEST_NAME = 60


class ChannelKind(Enum):
    ECOMMERCE = "ECOMMERCE"
    OFFLINE = "OFFLINE"
    CONTENT = "CONTENT"
    ADS = "ADS"
    REFERRAL = "REFERRAL"


@record
class Department:
    """Who within the brand has a part in what orders bring: a name in the books, no unit of the organisation."""

    id: UUID
    name: str
    created_at: datetime
    version: int = 1


@record
class Channel:
    """Where members come from. Its department owns it; what others get of its orders is a matter of split rules."""

    id: UUID
    kind: ChannelKind
    name: str
    department_id: UUID
    created_at: datetime
    version: int = 1


@record
class Acquisition:
    """By which hook a member came, for good."""

    member_id: UUID
    hook_id: UUID
    channel_id: UUID
    at: datetime
    followed_at: datetime | None = None
    """When the member was first known to be a friend of a guide on WeCom."""


def rename_department(before: Department, name: str, expected_version: int | None) -> Department:
    """A department under another name.

    Raises:
        BadInput: the name is empty or longer than 60 characters.
        StaleVersion: somebody changed it in between.
    """
    same_version(before.version, expected_version)
    return replace(before, name=checked_name(name), version=before.version + 1)


def edit_channel(before: Channel, name: str, department_id: UUID, expected_version: int | None) -> Channel:
    """A channel under another name, or of another department. What was split before stays as it was.

    Raises:
        BadInput: the name is empty or longer than 60 characters.
        StaleVersion: somebody changed it in between.
    """
    same_version(before.version, expected_version)
    return replace(before, name=checked_name(name), department_id=department_id, version=before.version + 1)


def checked_name(name: str) -> str:
    return text_within(name, LONGEST_NAME, "input", "name")


def fact_of_department(one: Department) -> Mapping[str, Any]:
    return {"department": one.id.hex, "name": one.name, "version": one.version}


def fact_of(one: Channel) -> Mapping[str, Any]:
    """What the outbox tells of a channel."""
    return {
        "channel": one.id.hex,
        "kind": one.kind.value,
        "name": one.name,
        "department": one.department_id.hex,
        "version": one.version,
    }
