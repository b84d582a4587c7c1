"""Logging in: one person becomes one member, and nobody learns what is not theirs (R16)."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from sqlalchemy import text

import db.members
import db.sessions
from db.connection import Reading, Writing
from db.statements import prepared
from domain.identity import VISITOR, Principal, Role, Scope
from domain.members import Identity
from providers.sms import Sms
from providers.wechat import Wechat
from resolvers.members import forget, principal_of
from resolvers.sessions import clear
from tests.makers_members import a_member, appointed, code_sent_to, headquarters, wx_code
from tests.pond import Pond, statements

PHONE = "+8613812345678"
ASK_CODE = """mutation($phone: String!) { phoneCodeRequest(input: {phone: $phone}) {
    sent retryAfterSeconds userErrors { code ... on RateLimited { retryAfterSeconds } } } }"""
BY_PHONE = """mutation($phone: String!, $code: String!, $nickname: String, $shareCode: String) {
    memberLoginByPhone(input: {phone: $phone, code: $code, nickname: $nickname, shareCode: $shareCode}) {
        member { id nickname phone } registered warnings { code }
        tokens { accessToken accessExpiresAt refreshToken refreshExpiresAt } userErrors { code path } } }"""
BY_WECHAT = """mutation($code: String!, $phone: String, $phoneCode: String) {
    memberLoginByWechat(input: {code: $code, phone: $phone, phoneCode: $phoneCode}) {
        member { id nickname phone } registered tokens { accessToken refreshToken } userErrors { code path } } }"""
LINK = """mutation($phone: String!, $code: String!) { phoneLink(input: {phone: $phone, code: $code}) {
    member { id phone } userErrors { code } } }"""
REFRESH = """mutation($token: String!) { tokenRefresh(input: {refreshToken: $token}) {
    tokens { accessToken refreshToken } userErrors { code } } }"""
LOG_OUT = "mutation($everywhere: Boolean!) { memberLogout(input: {everywhere: $everywhere}) { loggedOut userErrors { code } } }"


async def ask_code(pond: Pond, phone: str = PHONE) -> str:
    """Have a code sent to a phone, and read it there."""
    data = await pond.ask(ASK_CODE, phone=phone)
    assert data["phoneCodeRequest"] == {"sent": True, "retryAfterSeconds": 60, "userErrors": []}
    return await code_sent_to(pond, phone)


async def log_in(pond: Pond, phone: str = PHONE, **other: Any) -> Any:
    """Log in by phone."""
    data = await pond.ask(BY_PHONE, phone=phone, code=await ask_code(pond, phone), **other)
    return data["memberLoginByPhone"]


async def wechat_in(pond: Pond, code: str, **other: Any) -> Any:
    return (await pond.ask(BY_WECHAT, code=code, **other))["memberLoginByWechat"]


async def refresh(pond: Pond, token: str) -> Any:
    return (await pond.ask(REFRESH, token=token))["tokenRefresh"]


async def holder_of(pond: Pond, access_token: str) -> Principal | None:
    return await principal_of(pond.database, access_token, pond.time)


async def facts(pond: Pond) -> list[str]:
    rows = await pond.database.reading().rows(prepared(text("SELECT kind FROM outbox ORDER BY id")))
    return [row["kind"] for row in rows]


# by phone


async def test_a_new_phone_registers_and_a_known_one_recognises(pond: Pond) -> None:
    first = await log_in(pond, nickname="Mei")
    pond.later(minutes=1)
    again = await log_in(pond, nickname="Not Mei")

    assert (first["registered"], first["member"]["nickname"], first["member"]["phone"]) == (True, "Mei", PHONE)
    assert (again["registered"], again["member"]) == (False, first["member"])
    assert await facts(pond) == ["MemberRegistered"]


async def test_however_a_phone_is_typed_it_is_the_same_member(pond: Pond) -> None:
    first = await log_in(pond)
    pond.later(minutes=1)
    await pond.ask(ASK_CODE, phone="138 1234 5678")
    again = await pond.ask(BY_PHONE, phone="+86 138-1234-5678", code=await code_sent_to(pond, PHONE))

    assert again["memberLoginByPhone"]["member"]["id"] == first["member"]["id"]


async def test_an_unknown_share_code_is_ignored_with_a_warning(pond: Pond) -> None:
    login = await log_in(pond, shareCode="nonsense00")

    assert login["warnings"] == [{"code": "SHARE_CODE_IGNORED"}]


async def test_a_code_is_sent_once_a_minute(pond: Pond) -> None:
    first = await ask_code(pond)
    refused = await pond.ask(ASK_CODE, phone=PHONE)
    pond.later(seconds=60)
    second = await ask_code(pond)

    (error,) = refused["phoneCodeRequest"]["userErrors"]
    assert error == {"code": "RATE_LIMITED", "retryAfterSeconds": 60}
    assert await pond.refused(BY_PHONE, phone=PHONE, code=first) != [] or first == second
    assert await pond.refused(BY_PHONE, phone=PHONE, code=second) == []


async def test_two_requests_at_once_send_one_code(pond: Pond) -> None:
    answers = await asyncio.gather(*(pond.ask(ASK_CODE, phone=PHONE) for _ in range(6)))

    assert sum(answer["phoneCodeRequest"]["sent"] for answer in answers) == 1


async def test_a_phone_gets_ten_codes_a_day(pond: Pond) -> None:
    for _ in range(10):
        await ask_code(pond)
        pond.later(minutes=1)

    assert [e["code"] for e in await pond.refused(ASK_CODE, phone=PHONE)] == ["RATE_LIMITED"]


async def test_requests_that_were_refused_do_not_use_up_the_codes_of_a_phone(pond: Pond) -> None:
    await ask_code(pond)
    for _ in range(15):
        await pond.refused(ASK_CODE, phone=PHONE)
    pond.later(minutes=1)

    await ask_code(pond)


async def test_codes_that_could_not_be_sent_do_not_use_up_the_codes_of_a_phone(pond: Pond) -> None:
    working = pond.services.sms
    pond.services.sms = Sms(pond.standins, "http://standins/nowhere")
    for _ in range(15):
        await pond.refused(ASK_CODE, phone=PHONE)
    pond.services.sms = working

    await ask_code(pond)


async def test_a_phone_over_its_day_keeps_the_code_that_it_has(pond: Pond) -> None:
    for _ in range(10):
        code = await ask_code(pond)
        pond.later(minutes=1)
    await pond.refused(ASK_CODE, phone=PHONE)

    assert await pond.refused(BY_PHONE, phone=PHONE, code=code) == []


async def test_one_client_tries_sixty_codes_an_hour(pond: Pond) -> None:
    for last in range(60):
        await pond.refused(BY_PHONE, phone=f"+861381234{last:04}", code="x")

    assert [e["code"] for e in await pond.refused(BY_PHONE, phone=PHONE, code="x")] == ["RATE_LIMITED"]
    assert [e["code"] for e in await pond.refused(BY_PHONE, phone="+8613812340001", code="x")] == ["RATE_LIMITED"]


async def test_one_client_has_thirty_codes_sent_an_hour(pond: Pond) -> None:
    for last in range(30):
        await ask_code(pond, f"+861381234{last:04}")

    assert [e["code"] for e in await pond.refused(ASK_CODE, phone="13912345678")] == ["RATE_LIMITED"]


async def test_a_code_request_does_not_tell_whether_the_phone_is_known(pond: Pond) -> None:
    await a_member(pond, phone=PHONE)
    with statements() as for_known:
        known = await pond.ask(ASK_CODE, phone=PHONE)
    with statements() as for_unknown:
        unknown = await pond.ask(ASK_CODE, phone="+8613900000000")

    assert known == unknown
    assert for_known == for_unknown


@pytest.mark.parametrize("phone", ["123", "not a phone", "021-62345678"])
async def test_what_cannot_receive_a_code_is_no_phone(pond: Pond, phone: str) -> None:
    assert [e["code"] for e in await pond.refused(ASK_CODE, phone=phone)] == ["BAD_USER_INPUT"]


async def test_a_code_works_once_even_for_many_at_once(pond: Pond) -> None:
    code = await ask_code(pond)
    answers = await asyncio.gather(*(pond.ask(BY_PHONE, phone=PHONE, code=code) for _ in range(5)))

    payloads = [answer["memberLoginByPhone"] for answer in answers]
    assert sum(payload["tokens"] is not None for payload in payloads) == 1
    refused = [payload["userErrors"] for payload in payloads if payload["tokens"] is None]
    assert refused == [[{"code": "CODE_INVALID", "path": ["input", "code"]}]] * 4


async def test_a_code_ends_after_five_minutes(pond: Pond) -> None:
    code = await ask_code(pond)
    pond.later(minutes=5)

    assert [e["code"] for e in await pond.refused(BY_PHONE, phone=PHONE, code=code)] == ["CODE_INVALID"]


async def test_the_fifth_wrong_guess_is_the_last_even_when_all_come_at_once(pond: Pond) -> None:
    code = await ask_code(pond)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    answers = await asyncio.gather(*(pond.refused(BY_PHONE, phone=PHONE, code=wrong) for _ in range(8)))

    assert all(errors[0]["code"] == "CODE_INVALID" for errors in answers)
    assert [e["code"] for e in await pond.refused(BY_PHONE, phone=PHONE, code=code)] == ["CODE_INVALID"]


async def test_after_four_wrong_guesses_the_right_one_still_works(pond: Pond) -> None:
    code = await ask_code(pond)
    for _ in range(4):
        await pond.refused(BY_PHONE, phone=PHONE, code="x")

    assert await pond.refused(BY_PHONE, phone=PHONE, code=code) == []


async def test_a_code_of_one_phone_is_worth_nothing_with_another(pond: Pond) -> None:
    code = await ask_code(pond)
    await ask_code(pond, "+8613900000000")

    refused = await pond.refused(BY_PHONE, phone="+8613900000000", code=code)
    assert refused == [{"code": "CODE_INVALID", "path": ["input", "code"]}]


async def test_a_refused_login_does_not_spend_the_code(pond: Pond) -> None:
    code = await ask_code(pond)
    refused = await pond.refused(BY_PHONE, phone=PHONE, code=code, nickname="x" * 33)

    assert [e["path"] for e in refused] == [["input", "nickname"]]
    assert await pond.refused(BY_PHONE, phone=PHONE, code=code, nickname="Mei") == []


async def test_when_the_gateway_fails_another_code_may_be_asked_for_at_once(pond: Pond) -> None:
    working = pond.services.sms
    pond.services.sms = Sms(pond.standins, "http://standins/nowhere")
    refused = await pond.refused(ASK_CODE, phone=PHONE)
    pond.services.sms = working

    assert [e["code"] for e in refused] == ["PROVIDER_UNAVAILABLE"]
    await ask_code(pond)


# by WeChat


async def test_a_new_person_registers_and_a_known_one_is_recognised(pond: Pond) -> None:
    first = await wechat_in(pond, await wx_code(pond, "mei"))
    again = await wechat_in(pond, await wx_code(pond, "mei"))
    other = await wechat_in(pond, await wx_code(pond, "lin"))

    assert (first["registered"], again["registered"]) == (True, False)
    assert again["member"] == first["member"]
    assert other["member"]["id"] != first["member"]["id"]


async def test_a_wechat_code_works_once_and_for_five_minutes(pond: Pond) -> None:
    used, old = await wx_code(pond, "mei"), await wx_code(pond, "mei")
    await wechat_in(pond, used)
    pond.later(minutes=5)

    for code in (used, old, "made-up", "", "x" * 1000):
        assert [e["code"] for e in await pond.refused(BY_WECHAT, code=code)] == ["CODE_INVALID"]


@pytest.mark.parametrize(
    ("errcode", "code"),
    [
        pytest.param(45011, "RATE_LIMITED", id="too often"),
        pytest.param(40226, "FORBIDDEN", id="a risk"),
        pytest.param(-1, "PROVIDER_UNAVAILABLE", id="busy"),
        pytest.param(40013, "PROVIDER_UNAVAILABLE", id="an app that WeChat does not know"),
    ],
)
async def test_what_wechat_refuses_is_refused(pond: Pond, errcode: int, code: str) -> None:
    refused = await pond.refused(BY_WECHAT, code=await wx_code(pond, "mei", errcode=errcode))

    assert [e["code"] for e in refused] == [code]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(httpx.Response(502), id="an error"),
        pytest.param(httpx.Response(200, text="<html>"), id="a page"),
        pytest.param(httpx.Response(200, json=[]), id="a list"),
        pytest.param(httpx.Response(200, json={}), id="nothing"),
        pytest.param(httpx.Response(200, json={"openid": 7}), id="an openid that is none"),
        pytest.param(httpx.ReadTimeout("slow"), id="no answer in time"),
    ],
)
async def test_when_wechat_answers_with_nonsense_nothing_happens(pond: Pond, answer: Any) -> None:
    def respond(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = httpx.AsyncClient(transport=httpx.MockTransport(respond))
    pond.services.wechat = Wechat(client, "wx-app", "wx-secret")

    assert [e["code"] for e in await pond.refused(BY_WECHAT, code="any")] == ["PROVIDER_UNAVAILABLE"]


def in_app(pond: Pond, app_id: str) -> None:
    """From now on logins come from this mini-program of the brand."""
    pond.services.wechat = Wechat(pond.standins, app_id, "wx-secret", "http://standins/wechat")


async def test_another_app_of_the_brand_knows_the_person_by_unionid(pond: Pond) -> None:
    first = await wechat_in(pond, await wx_code(pond, "mei"))
    in_app(pond, "wx-other")
    same = await wechat_in(pond, await wx_code(pond, "mei", appid="wx-other"))

    assert (same["registered"], same["member"]) == (False, first["member"])
    assert await facts(pond) == ["MemberRegistered", "MemberChanged"]


async def test_without_a_unionid_another_app_makes_another_member(pond: Pond) -> None:
    first = await wechat_in(pond, await wx_code(pond, "mei", unionid=False))
    in_app(pond, "wx-other")
    other = await wechat_in(pond, await wx_code(pond, "mei", appid="wx-other", unionid=False))

    assert other["member"]["id"] != first["member"]["id"]


async def test_a_code_of_another_app_is_worth_nothing(pond: Pond) -> None:
    code = await wx_code(pond, "mei", appid="wx-other")

    assert [e["code"] for e in await pond.refused(BY_WECHAT, code=code)] == ["CODE_INVALID"]


async def test_two_members_of_one_person_are_never_merged_unasked(pond: Pond) -> None:
    await wechat_in(pond, await wx_code(pond, "mei"))
    in_app(pond, "wx-other")
    await wechat_in(pond, await wx_code(pond, "mei", appid="wx-other", unionid=False))
    refused = await pond.refused(BY_WECHAT, code=await wx_code(pond, "mei", appid="wx-other"))
    in_app(pond, "wx-app")

    assert [e["code"] for e in refused] == ["CONFLICT"]
    assert (await wechat_in(pond, await wx_code(pond, "mei")))["registered"] is False


@pytest.mark.parametrize("with_unionid", [True, False])
async def test_the_same_person_logging_in_many_times_at_once_becomes_one_member(pond: Pond, with_unionid: bool) -> None:
    codes = [await wx_code(pond, "mei", unionid=with_unionid) for _ in range(6)]
    logins = await asyncio.gather(*(wechat_in(pond, code) for code in codes))

    assert len({login["member"]["id"] for login in logins}) == 1
    assert sum(login["registered"] for login in logins) == 1


async def log_in_to_both_apps_at_once(pond: Pond) -> set[str]:
    """The ids of the members that one person is, after logging in to two apps at the same time."""
    codes = {app_id: await wx_code(pond, "mei", appid=app_id) for app_id in ("wx-app", "wx-other")}

    async def enter(app_id: str) -> Any:
        in_app(pond, app_id)
        return await wechat_in(pond, codes[app_id])

    return {login["member"]["id"] for login in await asyncio.gather(enter("wx-app"), enter("wx-other"))}


async def test_logging_in_to_two_apps_at_once_makes_one_member(pond: Pond) -> None:
    assert len(await log_in_to_both_apps_at_once(pond)) == 1


async def test_without_the_lock_on_the_person_it_would_make_two(pond: Pond, monkeypatch: pytest.MonkeyPatch) -> None:
    both_have_looked, look = asyncio.Barrier(2), db.members.find_by_identity

    async def no_lock(tx: Writing, identity: Identity) -> None:
        pass

    async def look_together(reading: Reading, identity: Identity) -> Any:
        found = await look(reading, identity)
        await both_have_looked.wait()
        return found

    monkeypatch.setattr(db.members, "lock_person", no_lock)
    monkeypatch.setattr(db.members, "find_by_identity", look_together)

    assert len(await log_in_to_both_apps_at_once(pond)) == 2


async def test_a_proven_phone_leads_to_the_member_who_has_it(pond: Pond) -> None:
    by_phone = await log_in(pond)
    pond.later(minutes=1)
    code = await ask_code(pond)
    by_wechat = await wechat_in(pond, await wx_code(pond, "mei"), phone=PHONE, phoneCode=code)

    assert (by_wechat["registered"], by_wechat["member"]) == (False, by_phone["member"])
    assert (await wechat_in(pond, await wx_code(pond, "mei")))["member"] == by_phone["member"]


async def test_a_phone_that_is_only_claimed_leads_nowhere(pond: Pond) -> None:
    await log_in(pond)
    login = await pond.refused(BY_WECHAT, code=await wx_code(pond, "eve"), phone=PHONE, phoneCode="000000")
    alone = await pond.refused(BY_WECHAT, code=await wx_code(pond, "eve"), phone=PHONE)

    assert login == [{"code": "CODE_INVALID", "path": ["input", "phoneCode"]}]
    assert alone == [{"code": "BAD_USER_INPUT", "path": ["input", "phone"]}]


async def test_wechat_of_one_member_and_phone_of_another_are_refused(pond: Pond) -> None:
    await log_in(pond)
    await wechat_in(pond, await wx_code(pond, "eve"))
    pond.later(minutes=1)
    code = await ask_code(pond)
    refused = await pond.refused(BY_WECHAT, code=await wx_code(pond, "eve"), phone=PHONE, phoneCode=code)

    assert [e["code"] for e in refused] == ["CONFLICT"]


# linking a phone


async def test_a_member_gets_a_phone_that_they_hold(pond: Pond) -> None:
    mei = await a_member(pond)
    data = await pond.ask(LINK, mei, phone=PHONE, code=await ask_code(pond))

    assert data["phoneLink"]["member"]["phone"] == PHONE
    pond.later(minutes=1)
    assert (await log_in(pond))["member"]["id"] == data["phoneLink"]["member"]["id"]


async def test_a_phone_of_another_member_cannot_be_linked(pond: Pond) -> None:
    await log_in(pond)
    pond.later(minutes=1)
    eve = await a_member(pond, "Eve")

    assert await pond.refused(LINK, eve, phone=PHONE, code=await ask_code(pond)) == [{"code": "CONFLICT"}]
    assert await pond.errors(LINK, VISITOR, phone=PHONE, code="1") == ["UNAUTHENTICATED"]


# tokens


async def test_an_access_token_says_who_holds_it_for_two_hours(pond: Pond) -> None:
    tokens = (await log_in(pond))["tokens"]
    holder = await holder_of(pond, tokens["accessToken"])
    pond.later(hours=2)

    assert holder is not None
    assert holder.holds(Scope.MEMBER)
    assert not holder.holds(Scope.STAFF)
    assert await holder_of(pond, tokens["accessToken"]) is None


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 10_000, "令牌"])
async def test_an_unknown_token_is_nobodys(pond: Pond, token: str) -> None:
    assert await holder_of(pond, token) is None


async def test_a_refresh_token_gives_no_access(pond: Pond) -> None:
    assert await holder_of(pond, (await log_in(pond))["tokens"]["refreshToken"]) is None


async def test_a_token_is_looked_up_in_one_statement_and_remembered_for_30_seconds(pond: Pond) -> None:
    token = (await log_in(pond))["tokens"]["accessToken"]
    with statements() as first:
        await holder_of(pond, token)
    with statements() as second:
        await holder_of(pond, token)
    pond.later(seconds=30)
    with statements() as later:
        await holder_of(pond, token)

    assert (len(first), len(second), len(later)) == (1, 0, 1)


async def test_a_holder_is_all_that_they_are(pond: Pond) -> None:
    login = await log_in(pond)
    token = login["tokens"]["accessToken"]
    holder = await holder_of(pond, token)
    assert holder is not None
    await appointed(pond, holder, Role.MODERATOR, (await headquarters(pond)).id)
    assert holder.member_id is not None
    forget(holder.member_id)

    holder = await holder_of(pond, token)
    assert holder is not None
    assert [(duty.role, duty.path) for duty in holder.duties] == [(Role.MODERATOR, "hq.")]
    assert holder.holds(Scope.MODERATOR)


async def test_logging_out_ends_all_tokens_of_the_login_at_once(pond: Pond) -> None:
    tokens = (await log_in(pond))["tokens"]
    pond.later(minutes=1)
    elsewhere = (await log_in(pond))["tokens"]
    renewed = (await refresh(pond, tokens["refreshToken"]))["tokens"]
    holder = await holder_of(pond, renewed["accessToken"])
    assert holder is not None
    await pond.ask(LOG_OUT, holder, everywhere=False)

    assert await holder_of(pond, tokens["accessToken"]) is None
    assert await holder_of(pond, renewed["accessToken"]) is None
    assert (await refresh(pond, renewed["refreshToken"]))["userErrors"] == [{"code": "TOKEN_INVALID"}]
    assert await holder_of(pond, elsewhere["accessToken"]) is not None
    await pond.ask(LOG_OUT, holder, everywhere=True)
    assert await holder_of(pond, elsewhere["accessToken"]) is None


async def test_a_refresh_token_is_exchanged_for_a_new_pair(pond: Pond) -> None:
    tokens = (await log_in(pond))["tokens"]
    renewed = (await refresh(pond, tokens["refreshToken"]))["tokens"]
    again = (await refresh(pond, renewed["refreshToken"]))["tokens"]

    assert len({*tokens.values(), *renewed.values(), *again.values()}) == 8
    assert await holder_of(pond, again["accessToken"]) is not None


async def test_two_refreshes_at_once_get_the_same_pair(pond: Pond) -> None:
    token = (await log_in(pond))["tokens"]["refreshToken"]
    answers = await asyncio.gather(*(refresh(pond, token) for _ in range(8)))

    assert len({answer["tokens"]["accessToken"] for answer in answers}) == 1
    assert len({answer["tokens"]["refreshToken"] for answer in answers}) == 1
    assert await sessions_in(pond) == 2
    assert await holder_of(pond, answers[0]["tokens"]["accessToken"]) is not None


async def living_sessions_after_a_refresh_within_a_logout(
    pond: Pond, monkeypatch: pytest.MonkeyPatch, *, everywhere: bool
) -> int:
    """How many sessions outlive a logout that comes between what a refresh reads and what it commits."""
    tokens = (await log_in(pond))["tokens"]
    holder = await holder_of(pond, tokens["accessToken"])
    assert holder is not None
    replace, about_to_save = db.sessions.replace, asyncio.Event()

    async def slowly(*given: Any) -> None:
        about_to_save.set()
        await one_waits_for_a_lock(pond)
        await replace(*given)

    monkeypatch.setattr(db.sessions, "replace", slowly)
    renewing = asyncio.create_task(refresh(pond, tokens["refreshToken"]))
    await about_to_save.wait()
    await pond.ask(LOG_OUT, holder, everywhere=everywhere)
    await renewing
    return int((await pond.select("SELECT count(*) FROM session WHERE revoked_at IS NULL"))[0][0])


async def one_waits_for_a_lock(pond: Pond) -> None:
    async with asyncio.timeout(10):
        while not await pond.select("SELECT 1 FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110  it has no event
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("everywhere", [True, False])
async def test_a_session_that_is_renewed_during_a_logout_ends_too(
    pond: Pond, monkeypatch: pytest.MonkeyPatch, *, everywhere: bool
) -> None:
    assert await living_sessions_after_a_refresh_within_a_logout(pond, monkeypatch, everywhere=everywhere) == 0


@pytest.mark.parametrize("everywhere", [True, False])
async def test_without_the_lock_on_the_member_it_would_live_on(
    pond: Pond, monkeypatch: pytest.MonkeyPatch, *, everywhere: bool
) -> None:
    async def no_lock(tx: Writing, member_id: UUID) -> None:
        pass

    monkeypatch.setattr(db.sessions, "lock_all_of", no_lock)

    assert await living_sessions_after_a_refresh_within_a_logout(pond, monkeypatch, everywhere=everywhere) == 1


async def sessions_in(pond: Pond) -> int:
    return int(await pond.database.reading().value(prepared(text("SELECT count(*) FROM session"))))


async def test_a_refresh_token_used_again_later_ends_every_session_of_its_login(pond: Pond) -> None:
    stolen = (await log_in(pond))["tokens"]
    pond.later(minutes=1)
    elsewhere = (await log_in(pond))["tokens"]
    renewed = (await refresh(pond, stolen["refreshToken"]))["tokens"]
    assert await holder_of(pond, renewed["accessToken"]) is not None
    pond.later(seconds=11)

    assert (await refresh(pond, stolen["refreshToken"]))["userErrors"] == [{"code": "TOKEN_INVALID"}]
    assert await holder_of(pond, renewed["accessToken"]) is None
    assert (await refresh(pond, renewed["refreshToken"]))["userErrors"] == [{"code": "TOKEN_INVALID"}]
    assert await holder_of(pond, elsewhere["accessToken"]) is not None


async def test_a_refresh_token_ends_after_30_days(pond: Pond) -> None:
    token = (await log_in(pond))["tokens"]["refreshToken"]
    pond.later(days=30)

    assert (await refresh(pond, token))["userErrors"] == [{"code": "TOKEN_INVALID"}]
    assert (await refresh(pond, "made-up"))["userErrors"] == [{"code": "TOKEN_INVALID"}]


# what is kept and told


async def test_no_secret_is_stored_logged_or_told(pond: Pond, dsn: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    code = await ask_code(pond)
    login = (await pond.ask(BY_PHONE, phone=PHONE, code=code))["memberLoginByPhone"]
    renewed = (await refresh(pond, login["tokens"]["refreshToken"]))["tokens"]
    js_code = await wx_code(pond, "mei")
    await wechat_in(pond, js_code)
    secrets = [login["tokens"]["accessToken"], login["tokens"]["refreshToken"], *renewed.values(), js_code]

    kept = await everything_in(dsn)
    assert PHONE in kept  # the search finds what is there
    assert [secret for secret in [*secrets, "session_key"] if secret in kept] == []
    assert [secret for secret in [*secrets, "wx-secret", PHONE, PHONE[3:], f"'{code}'"] if secret in caplog.text] == []
    told = await everything_in(dsn, "outbox")
    assert [personal for personal in (PHONE, PHONE[3:], "openid", "unionid") if personal in told] == []


async def everything_in(dsn: str, table: str | None = None) -> str:
    """All rows of one table or of all, as text."""
    connection = await asyncpg.connect(dsn)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        names = [table] if table else [row["tablename"] for row in tables]
        rows = [await connection.fetch(f'SELECT t::text FROM "{name}" t') for name in names]
        return "\n".join(str(row[0]) for found in rows for row in found)
    finally:
        await connection.close()


async def test_old_sessions_and_codes_are_cleared_a_week_after_their_end(pond: Pond) -> None:
    await log_in(pond)
    pond.later(days=8)
    assert await clear(pond.context()) == 1  # the code
    pond.later(days=30)
    assert await clear(pond.context()) == 1  # the session
