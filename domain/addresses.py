"""Addresses: where a member has things sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from domain.records import record
from domain.refusals import ErrorCode, Refusal, text_within

MOST_ADDRESSES = 20


@record
class AddressDraft:
    """An address as its member describes it; saving one replaces what was there."""

    name: str
    phone: str
    province: str
    city: str
    district: str
    line: str
    is_default: bool


@record
class Address:
    """A place and the person who receives there; `phone` is E.164."""

    id: UUID
    member_id: UUID
    name: str
    phone: str
    province: str
    city: str
    district: str
    line: str
    is_default: bool


@dataclass(eq=False)
class TooManyAddresses(Refusal):
    """The member has as many addresses as anyone may have."""

    code = ErrorCode.CONFLICT


def check_draft(draft: AddressDraft) -> AddressDraft:
    """The address without surrounding space, held to the lengths that a parcel label takes.

    Raises:
        BadInput: a text is empty or too long.
    """
    most = {"name": 50, "province": 50, "city": 50, "district": 50, "line": 200}
    texts: dict[str, Any] = {name: text_within(getattr(draft, name), n, "input", name) for name, n in most.items()}
    return replace(draft, **texts)
