"""Logging in and out: codes, tokens and their renewal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from domain.identity import Scope
from domain.phone_codes import RESEND_AFTER
from domain.refusals import BadInput
from resolvers import logins, sessions
from resolvers.context import Context
from resolvers.logins import Login, Newcomer, PhoneProof
from schema.access import attribute, mutation, object_type
from schema.errors import Payload, Warning, WarningCode
from schema.members import Member


@object_type(scope=Scope.VISITOR, description="What a client holds to be known again. Keep it secret.")
class AuthTokens:
    access_token: str = attribute("Send it as `Authorization: Bearer …`, or as `token` in connection_init.")
    access_expires_at: datetime = attribute("Two hours from now.")
    refresh_token: str = attribute("Exchanges once for a new pair, by `tokenRefresh`.")
    refresh_expires_at: datetime = attribute("30 days from now.")


@strawberry.input(description="A phone to send a code to.")
class PhoneCodeRequestInput:
    phone: str = strawberry.field(description="A mobile number; without a country's code it is Chinese.")


@strawberry.input(description="A phone, and the code that was sent to it.")
class MemberLoginByPhoneInput:
    phone: str = strawberry.field(description="The number that the code was sent to.")
    code: str = strawberry.field(description="Six digits, good for 5 minutes, 5 tries and one use.")
    nickname: str | None = strawberry.field(default=None, description="For a new member: 1 to 32 characters.")
    share_code: str | None = strawberry.field(
        default=None, description="For a new member: the share that they came by."
    )


@strawberry.input(description="A code from wx.login.")
class MemberLoginByWechatInput:
    code: str = strawberry.field(description="What wx.login gave, good for 5 minutes and one use.")
    share_code: str | None = strawberry.field(
        default=None, description="For a new member: the share that they came by."
    )
    nickname: str | None = strawberry.field(default=None, description="For a new member: 1 to 32 characters.")
    phone: str | None = strawberry.field(
        default=None,
        description="With `phoneCode`: a phone that becomes the member's, or leads to who they are already.",
    )
    phone_code: str | None = strawberry.field(default=None, description="The code that was sent to `phone`.")

    def proof(self) -> PhoneProof | None:
        """The phone that is proven besides.

        Raises:
            BadInput: one of phone and code is missing.
        """
        if (self.phone is None) != (self.phone_code is None):
            raise BadInput(
                "both of phone and phoneCode, or none", "phone 与 phoneCode 必须同时提供", path=("input", "phone")
            )
        return None if self.phone is None or self.phone_code is None else PhoneProof(self.phone, self.phone_code)


@strawberry.input(description="A phone, and the code that was sent to it.")
class PhoneLinkInput:
    phone: str = strawberry.field(description="The number that the code was sent to.")
    code: str = strawberry.field(description="Six digits, good for 5 minutes, 5 tries and one use.")


@strawberry.input(description="A refresh token.")
class TokenRefreshInput:
    refresh_token: str = strawberry.field(description="The one that came with the access token. It is spent by this.")


@strawberry.input(description="Which sessions to end.")
class MemberLogoutInput:
    everywhere: bool = strawberry.field(default=False, description="Also those of the member's other logins.")


@object_type(scope=Scope.VISITOR, description="A code that was sent. Whether anyone has the phone is not told.")
class PhoneCodeRequestPayload(Payload):
    sent: bool = attribute("Whether it was sent.", default=False)
    retry_after_seconds: int | None = attribute("Whole seconds until another may be asked for.", default=None)


@object_type(scope=Scope.VISITOR, description="A member who logged in.")
class LoginPayload(Payload):
    member: Member | None = attribute("The member.", default=None)
    tokens: AuthTokens | None = attribute("By what they are known from now on.", default=None)
    registered: bool = attribute("Whether they became a member just now.", default=False)


@object_type(scope=Scope.VISITOR, description="A phone that was linked.")
class PhoneLinkPayload(Payload):
    member: Member | None = attribute("The member, with the phone.", default=None)


@object_type(scope=Scope.VISITOR, description="Tokens that were renewed.")
class TokenRefreshPayload(Payload):
    tokens: AuthTokens | None = attribute("The new pair.", default=None)


@object_type(scope=Scope.VISITOR, description="Sessions that were ended.")
class MemberLogoutPayload(Payload):
    logged_out: bool = attribute("Whether they were; their tokens are refused from now on.", default=False)


async def _request_code(ctx: Context, *, input: PhoneCodeRequestInput) -> Any:
    await logins.request_code(ctx, input.phone)
    return PhoneCodeRequestPayload(sent=True, retry_after_seconds=int(RESEND_AFTER.total_seconds()))


async def _by_phone(ctx: Context, *, input: MemberLoginByPhoneInput) -> Any:
    newcomer = Newcomer(input.nickname, input.share_code)
    return _payload(ctx, await logins.by_phone(ctx, PhoneProof(input.phone, input.code), newcomer))


async def _by_wechat(ctx: Context, *, input: MemberLoginByWechatInput) -> Any:
    newcomer = Newcomer(input.nickname, input.share_code)
    return _payload(ctx, await logins.by_wechat(ctx, input.code, input.proof(), newcomer))


def _payload(ctx: Context, login: Login) -> LoginPayload:
    member: Any = login.member
    tokens: Any = login.tokens
    warnings = [Warning.of(WarningCode.SHARE_CODE_IGNORED, ctx.locale)] if login.share_code_ignored else []
    return LoginPayload(member=member, tokens=tokens, registered=login.registered, warnings=warnings)


async def _link_phone(ctx: Context, *, input: PhoneLinkInput) -> Any:
    member: Any = await logins.link_phone(ctx, PhoneProof(input.phone, input.code))
    return PhoneLinkPayload(member=member)


async def _refresh(ctx: Context, *, input: TokenRefreshInput) -> Any:
    tokens: Any = await sessions.refresh(ctx, input.refresh_token)
    return TokenRefreshPayload(tokens=tokens)


async def _log_out(ctx: Context, *, input: MemberLogoutInput) -> Any:
    await sessions.log_out(ctx, everywhere=input.everywhere)
    return MemberLogoutPayload(logged_out=True)


@strawberry.type
class LoginMutation:
    phone_code_request: PhoneCodeRequestPayload | None = mutation(
        _request_code,
        PhoneCodeRequestPayload,
        "Send a code to a phone, whether or not it is known here: once a minute, 10 times a day.",
        scope=Scope.VISITOR,
    )
    member_login_by_phone: LoginPayload | None = mutation(
        _by_phone, LoginPayload, "Log in by a code that was sent to a phone, or register.", scope=Scope.VISITOR
    )
    member_login_by_wechat: LoginPayload | None = mutation(
        _by_wechat,
        LoginPayload,
        "Log in from a mini-program, or register. Who is known in another app of the brand, or by the phone, "
        "is the same member.",
        scope=Scope.VISITOR,
    )
    phone_link: PhoneLinkPayload | None = mutation(
        _link_phone,
        PhoneLinkPayload,
        "Give the member a phone, in place of the one before. One of another member is refused: members are never "
        "merged.",
        scope=Scope.MEMBER,
    )
    token_refresh: TokenRefreshPayload | None = mutation(
        _refresh,
        TokenRefreshPayload,
        "Exchange a refresh token for a new pair. Repeated within 10 seconds it gives the same pair; later it ends all "
        "sessions of its login, because the token must be in two hands.",
        scope=Scope.VISITOR,
    )
    member_logout: MemberLogoutPayload | None = mutation(
        _log_out, MemberLogoutPayload, "End the sessions of this login.", scope=Scope.MEMBER
    )
