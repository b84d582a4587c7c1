"""What members do to their addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from uuid import UUID

import db.addresses
from db.connection import Writing
from domain.addresses import MOST_ADDRESSES, Address, AddressDraft, TooManyAddresses, check_draft
from domain.members import Member
from domain.refusals import NotFound
from providers import phones
from resolvers.context import Context
from resolvers.members import lock_self, save_changed


async def addresses_of(ctx: Context, members: Sequence[Member]) -> list[list[Address]]:
    """The addresses of whichever of the members asks; nobody sees those of others."""
    own = ctx.principal.member_id
    asked = [own] if own is not None and any(member.id == own for member in members) else []
    found = await db.addresses.addresses_of(ctx.reading, asked) if asked else {}
    return [found.get(member.id, []) for member in members]


async def addresses_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Address]:
    """Those of the addresses that are the caller's."""
    own = ctx.principal.member_id
    return {} if own is None else await db.addresses.addresses_by_id(ctx.reading, own, list(dict.fromkeys(ids)))


async def save(ctx: Context, draft: AddressDraft, address_id: UUID | None) -> Address:
    """Add an address, or replace one. The first one is the default; a new default takes the place of the old.

    Raises:
        BadInput: a text is out of bounds, or the phone is none.
        NotFound: the member has no such address.
        TooManyAddresses: the member has 20.
    """
    draft = replace(check_draft(draft), phone=phones.any_phone(draft.phone, "input", "phone"))
    async with ctx.database.writing() as tx:
        member = await lock_self(ctx, tx)
        is_first = await _check_room(tx, member.id, address_id)
        is_default = draft.is_default or is_first
        values = asdict(draft) | {"is_default": is_default}
        address = Address(address_id or ctx.new_id(), member.id, **values)
        if is_default:
            await db.addresses.unset_default(tx, member.id)
        await (db.addresses.save if address_id else db.addresses.add)(tx, address)
        await save_changed(ctx, tx, member, member, also=["addresses"])
    return address


async def _check_room(tx: Writing, member_id: UUID, address_id: UUID | None) -> bool:
    """Whether the address will be the member's first; the one to be replaced must be there, a new one have room."""
    if address_id is not None:
        if not await db.addresses.addresses_by_id(tx, member_id, [address_id]):
            raise NotFound(path=("input", "addressId"))
        return False
    number = await db.addresses.how_many(tx, member_id)
    if number >= MOST_ADDRESSES:
        raise TooManyAddresses
    return number == 0


async def remove(ctx: Context, address_id: UUID) -> None:
    """Delete an address; orders keep a copy of theirs.

    Raises:
        NotFound: the member has no such address.
    """
    async with ctx.database.writing() as tx:
        member = await lock_self(ctx, tx)
        if not await db.addresses.remove(tx, member.id, address_id):
            raise NotFound(path=("input", "addressId"))
        await save_changed(ctx, tx, member, member, also=["addresses"])
