"""Logging in: by WeChat, or by a code sent to a phone; one person becomes one member (R16)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from limits import RateLimitItemPerDay, RateLimitItemPerHour

import db.members
import db.outbox
import db.phone_codes
import db.sessions
from db.connection import Writing
from domain.identity import Principal, scopes_of
from domain.members import Identity, Member, MemberStatus, checked_nickname, the_one
from domain.phone_codes import LASTS, RESEND_AFTER, SALT_BYTES, CodeInvalid, PhoneCode, code_from, matches, phone_code
from domain.records import record
from domain.refusals import ProviderUnavailable, TooOften
from domain.sessions import SECRET_BYTES, Tokens, session_of, tokens_from
from providers import phones
from resolvers import contacts, coupons, rates
from resolvers.attributions import attribute_registration
from resolvers.context import Context
from resolvers.members import lock_self, save_changed


@record
class PhoneProof:
    """A phone as it was typed, and the code that was sent to it."""

    phone: str
    code: str


@record
class Newcomer:
    """How someone wants to be called and who brought them, in case that they are new."""

    nickname: str | None = None
    share_code: str | None = None


@record
class Login:
    """A member, known by these tokens from now on."""

    member: Member
    tokens: Tokens
    registered: bool
    share_code_ignored: bool


async def request_code(ctx: Context, typed: str) -> None:
    """Send a code to a phone, whether or not we know it.

    Raises:
        BadInput: it is no mobile number.
        TooOften: the last code was sent less than a minute ago, or too many were asked for.
        ProviderUnavailable: the code could not be sent; another may be asked for at once.
    """
    phone = phones.mobile(typed, "input", "phone")
    rules = ctx.services.rules
    await rates.take(ctx, RateLimitItemPerHour(rules.codes_per_client_an_hour), "codes of a client", ctx.client)
    a_day, whose = RateLimitItemPerDay(rules.codes_per_phone_a_day), ("codes of a phone", phone)
    code = code_from(ctx.chance(SALT_BYTES))
    kept = phone_code(phone, code, ctx.chance(SALT_BYTES), ctx.now())
    async with ctx.database.writing() as tx:
        if not await db.phone_codes.put(tx, kept):
            raise TooOften(retry_after_s=int(RESEND_AFTER.total_seconds()), path=("input", "phone"))
        # Only what is sent counts, or anybody could lock a phone out; no other is on its way, by the rule above.
        await rates.check(ctx, a_day, *whose)
    await _send(ctx, kept, code)
    await rates.take(ctx, a_day, *whose)


async def _send(ctx: Context, kept: PhoneCode, code: str) -> None:
    try:
        await ctx.services.sms.send_login_code(kept.phone, code, int(LASTS.total_seconds()) // 60)
    except ProviderUnavailable:
        async with ctx.database.writing() as tx:
            await db.phone_codes.take_back(tx, kept)
        raise


async def by_phone(ctx: Context, proof: PhoneProof, newcomer: Newcomer) -> Login:
    """Log the holder of a phone in, as a new member when the phone is new.

    Raises:
        BadInput: it is no mobile number, or the nickname is out of bounds.
        CodeInvalid: the code is wrong, used, expired, or was tried 5 times.
        TooOften: the caller's address tried too many codes.
        MemberClosed: the member closed their account.
    """
    proven = await proven_code(ctx, proof)
    async with ctx.database.writing() as tx:
        await spend_code(ctx, tx, proven)
        member = the_one([await db.members.find_by_phone(tx, proven.phone)])
        login = await _enter(ctx, tx, member, newcomer, phone=proven.phone)
    return _entered(ctx, login)


async def by_wechat(ctx: Context, code: str, proof: PhoneProof | None, newcomer: Newcomer) -> Login:
    """Log in whom WeChat vouches for: known by openid, else by unionid, else by a phone proven here and now.

    Raises:
        CodeInvalid: WeChat does not know the code, or the phone's code is wrong.
        TwoMembers: the proofs lead to different members.
        MemberClosed: the member closed their account.
        TooOften: WeChat says so.
        NotAllowed: WeChat blocks this person.
        ProviderUnavailable: WeChat does not answer.
    """
    proven = None if proof is None else await proven_code(ctx, proof, "phoneCode")
    identity = await ctx.services.wechat.identity_of(code)
    async with ctx.database.writing() as tx:
        await db.members.lock_person(tx, identity)
        known: list[Member | None] = [*await db.members.find_by_identity(tx, identity)]
        if proven is not None:
            await spend_code(ctx, tx, proven, "phoneCode")
            known.append(await db.members.find_by_phone(tx, proven.phone))
        phone = None if proven is None else proven.phone
        login = await _enter(ctx, tx, the_one(known), newcomer, phone=phone, identity=identity)
    return _entered(ctx, login)


async def link_phone(ctx: Context, proof: PhoneProof) -> Member:
    """Give the member who asks a phone that they hold, in place of the one that they had.

    Raises:
        CodeInvalid: the code is wrong, used, expired, or was tried 5 times.
        TooOften: the caller's address tried too many codes.
        TwoMembers: the phone belongs to another member.
    """
    proven = await proven_code(ctx, proof)
    async with ctx.database.writing() as tx:
        await spend_code(ctx, tx, proven)
        before = await lock_self(ctx, tx)
        the_one([before, await db.members.find_by_phone(tx, proven.phone)])
        return await save_changed(ctx, tx, before, replace(before, phone=proven.phone))


async def proven_code(ctx: Context, proof: PhoneProof, name: str = "code") -> PhoneCode:
    """The code of a phone, when it is the one given. Each try counts, so it is committed by itself.

    Raises:
        BadInput, CodeInvalid, TooOften: as `by_phone`.
    """
    phone = phones.mobile(proof.phone, "input", "phone")
    an_hour = RateLimitItemPerHour(ctx.services.rules.tries_per_client_an_hour)
    await rates.take(ctx, an_hour, "tries of a client", ctx.client)
    async with ctx.database.writing() as tx:
        kept = await db.phone_codes.attempt(tx, phone, ctx.now())
    if kept is None or not matches(kept, proof.code):
        raise CodeInvalid(path=("input", name))
    return kept


async def own_phone_code(ctx: Context, code: str, name: str) -> PhoneCode | None:
    """The code that was sent to the phone of the member who asks, when it is the one given; None without a phone.

    Raises:
        CodeInvalid: the code is wrong, used, expired, or was tried 5 times.
        TooOften: the caller's address tried too many codes.
    """
    phone = (await db.members.members_by_id(ctx.reading, [ctx.member_id]))[ctx.member_id].phone
    return None if phone is None else await proven_code(ctx, PhoneProof(phone, code), name)


async def spend_code(ctx: Context, tx: Writing, proven: PhoneCode, name: str = "code") -> None:
    """Use a code up, in the transaction of what it allows.

    Raises:
        CodeInvalid: it was used meanwhile.
    """
    if not await db.phone_codes.use(tx, proven, ctx.now()):
        raise CodeInvalid(path=("input", name))


async def _enter(
    ctx: Context,
    tx: Writing,
    member: Member | None,
    newcomer: Newcomer,
    *,
    phone: str | None,
    identity: Identity | None = None,
) -> Login:
    """Register or recognise the member, and begin a session."""
    if member is None:
        return await _register(ctx, tx, newcomer, phone, identity)
    before = await db.members.lock(tx, member.id)
    assert before is not None, f"member {member.id} vanished"
    news = ["identities"] if identity and await _know_by(ctx, tx, member.id, identity) else []
    if identity and news:
        await contacts.known(ctx, tx, before, identity)
    after = await save_changed(ctx, tx, before, replace(before, phone=phone or before.phone), also=news)
    return Login(after, await _begin(ctx, tx, member.id), registered=False, share_code_ignored=False)


async def _register(
    ctx: Context, tx: Writing, newcomer: Newcomer, phone: str | None, identity: Identity | None
) -> Login:
    id_ = ctx.new_id()
    nickname = f"会员{id_.hex[-6:]}" if newcomer.nickname is None else checked_nickname(newcomer.nickname)
    member = Member(id_, nickname, None, None, phone, MemberStatus.ACTIVE, ctx.now())
    await db.members.add(tx, member)
    if identity is not None:
        await _know_by(ctx, tx, id_, identity)
        await contacts.known(ctx, tx, member, identity)
    usable = await attribute_registration(ctx, tx, id_, newcomer.share_code)
    payload: dict[str, Any] = {"memberId": id_.hex, "by": identity.provider.value if identity else "PHONE"}
    payload |= await coupons.welcome(ctx, tx, id_)
    await db.outbox.tell(tx, "MemberRegistered", "member", id_, payload, ctx.now())
    ignored = newcomer.share_code is not None and not usable
    return Login(member, await _begin(ctx, tx, id_), registered=True, share_code_ignored=ignored)


async def _know_by(ctx: Context, tx: Writing, member_id: UUID, identity: Identity) -> bool:
    return await db.members.know_by(tx, member_id, identity, ctx.new_id(), ctx.now())


async def _begin(ctx: Context, tx: Writing, member_id: UUID) -> Tokens:
    """Begin a session: the first of its family."""
    salt, at, id_ = ctx.chance(SECRET_BYTES), ctx.now(), ctx.new_id()
    tokens = tokens_from(ctx.chance(SECRET_BYTES), salt, at)
    await db.sessions.add(tx, session_of(tokens, salt, id_, member_id, id_, at))
    return tokens


def _entered(ctx: Context, login: Login) -> Login:
    """From here on the caller is the member, for the fields of the answer."""
    scopes = scopes_of(member=True, active_guide=False, duties=())
    ctx.principal = Principal(login.member.id, expires_at=login.tokens.access_expires_at, scopes=scopes)
    return login
