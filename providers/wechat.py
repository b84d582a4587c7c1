"""WeChat: who holds a login code of a mini-program (code2Session), messages, and codes and links that lead into it."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from typing import Any

import httpx

from domain.codes import LONGEST_SCENE, PageNotPublished
from domain.members import Identity, IdentityProvider
from domain.phone_codes import CodeInvalid
from domain.refusals import NotAllowed, ProviderUnavailable, Refusal, TooOften

WECHAT = "https://api.weixin.qq.com"
LONGEST_CODE = 128
RENEW_TOKEN_S = 300
"""An access token is not used any more for so long before it expires."""
_NOT_DELIVERABLE = frozenset({40003, 41030, 43101, 43107, 43108, 47003})
"""Nobody can send this message to this person: not known, no authorisation left, or not as the template wants it."""
_TOKEN_GONE = frozenset({40001, 40014, 42001})
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_TIMEOUT = httpx.Timeout(5, connect=2)
_logger = logging.getLogger("yutang.wechat")

# httpx logs the address of each request, and ours holds the app's secret and the member's code.
logging.getLogger("httpx").setLevel(logging.WARNING)


class Wechat:
    """One mini-program at WeChat. `client` is kept open by whoever made it."""

    def __init__(self, client: httpx.AsyncClient, app_id: str, secret: str, base_url: str = WECHAT) -> None:
        self._client, self._app_id, self._secret = client, app_id, secret
        self._base_url = base_url.rstrip("/")
        self._address = f"{self._base_url}/sns/jscode2session"
        self._token, self._token_until = "", 0.0
        self._renewing = asyncio.Lock()

    async def identity_of(self, code: str) -> Identity:
        """Exchange the one-time code of wx.login, at most 5 minutes old, for who holds it.

        The session key that comes with the answer is dropped: nothing of ours needs it.

        Raises:
            CodeInvalid: WeChat does not know the code, or it was used.
            TooOften: this person logs in more than 100 times a minute.
            NotAllowed: WeChat holds this person for a risk.
            ProviderUnavailable: WeChat does not answer, or not as its documentation says.
        """
        if not 0 < len(code) <= LONGEST_CODE:
            raise CodeInvalid(path=("input", "code"))
        answer = await self._ask(code)
        openid, unionid = answer.get("openid"), answer.get("unionid")
        if answer.get("errcode") or not isinstance(openid, str) or not openid:
            raise _refusal(answer.get("errcode"))
        return Identity(IdentityProvider.WX_MP, self._app_id, openid, unionid if isinstance(unionid, str) else None)

    @property
    def app_id(self) -> str:
        return self._app_id

    async def send(self, openid: str, template_id: str, page: str, data: Mapping[str, str]) -> bool:
        """Send one message of a template that the person subscribed to; it uses up one authorisation.

        False when it was not delivered, or nobody knows: it is not to be sent again.

        Raises:
            ProviderUnavailable: it was surely not sent, and may be later.
        """
        message = {"touser": openid, "template_id": template_id, "page": page}
        filled = {name: {"value": value} for name, value in data.items()}
        path = f"/cgi-bin/message/subscribe/send?access_token={await self._access_token()}"
        try:
            answer = await self._post(path, {**message, "data": filled})
        except httpx.ConnectError:
            raise ProviderUnavailable from None
        except (httpx.HTTPError, ValueError, TypeError) as cause:
            _logger.warning("nobody knows whether a message was sent: %s", type(cause).__name__)
            return False
        errcode = answer.get("errcode")
        if errcode in _TOKEN_GONE:
            self._token = ""
        if errcode and errcode not in _NOT_DELIVERABLE:
            _logger.warning("errcode %s", errcode)
            raise ProviderUnavailable
        return not errcode

    async def scene_code(self, page: str, scene: str, version: str = "release") -> bytes:
        """A picture of a code that opens a page with this scene, for good (getwxacodeunlimit). PNG or JPEG.

        `page` is without a slash before it and without parameters; `version` is release, trial or develop.

        Raises:
            PageNotPublished: the mini-program has no such page.
            TooOften: more than 5,000 were asked for within a minute.
            ProviderUnavailable: WeChat does not answer, or not as its documentation says.
        """
        assert len(scene) <= LONGEST_SCENE, f"a scene of {len(scene)} characters"
        # A page that is not published yet can be named for a version that is not either.
        asked = {"scene": scene, "page": page, "check_path": version == "release", "env_version": version}
        answer = await self._with_token("/wxa/getwxacodeunlimit", asked)
        if not answer.startswith((_PNG, _JPEG)):
            raise ProviderUnavailable
        return answer

    async def url_link(self, page: str, query: str, days: int) -> str:
        """A link for browsers and messages that opens a page of the mini-program, for 30 days at most.

        Raises:
            PageNotPublished, TooOften, ProviderUnavailable: as `scene_code`.
        """
        asked = {"path": f"/{page}" if page else "", "query": query, "expire_type": 1, "expire_interval": days}
        return self._text_in(await self._with_token("/wxa/generate_urllink", asked), "url_link")

    async def scheme(self, page: str, query: str, days: int) -> str:
        """A link of the form weixin://… that opens a page of the mini-program, for 30 days at most.

        Raises:
            PageNotPublished, TooOften, ProviderUnavailable: as `scene_code`.
        """
        jump = {"path": f"/{page}" if page else "", "query": query}
        asked = {"jump_wxa": jump, "is_expire": True, "expire_type": 1, "expire_interval": days}
        return self._text_in(await self._with_token("/wxa/generatescheme", asked), "openlink")

    def _text_in(self, answer: bytes, name: str) -> str:
        try:
            text = json.loads(answer)[name]
        except (ValueError, KeyError, TypeError):
            raise ProviderUnavailable from None
        if not isinstance(text, str) or not text:
            raise ProviderUnavailable
        return text

    async def _with_token(self, path: str, body: dict[str, Any], *, again: bool = True) -> bytes:
        """What WeChat answers to a request that says who we are; with a new token where it knows ours no more."""
        address = f"{self._base_url}{path}?access_token={await self._access_token()}"
        try:
            response = await self._client.post(address, json=body, timeout=_TIMEOUT)
            answer = response.raise_for_status().content
        except httpx.HTTPError as cause:
            _logger.warning("no proper answer: %s", type(cause).__name__)
            raise ProviderUnavailable from None
        errcode = _errcode_of(answer)
        if errcode in _TOKEN_GONE:
            self._token = ""
            if again:
                return await self._with_token(path, body, again=False)
        if errcode:
            raise _code_refusal(errcode)
        return answer

    async def _access_token(self) -> str:
        """The token of the app (stable_token: all processes are given the same one until it expires).

        Raises:
            ProviderUnavailable: WeChat does not give one.
        """
        async with self._renewing:
            if not self._token or time.monotonic() >= self._token_until:
                self._token, self._token_until = await self._new_token()
            return self._token

    async def _new_token(self) -> tuple[str, float]:
        asked = {"grant_type": "client_credential", "appid": self._app_id, "secret": self._secret}
        try:
            answer = await self._post("/cgi-bin/stable_token", asked)
            token, lasts_s = str(answer["access_token"]), int(answer["expires_in"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as cause:
            _logger.warning("no access token: %s", type(cause).__name__)
            raise ProviderUnavailable from None
        return token, time.monotonic() + lasts_s - RENEW_TOKEN_S

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = await self._client.post(self._base_url + path, json=body, timeout=_TIMEOUT)
        answer = json.loads(response.raise_for_status().content)
        if not isinstance(answer, dict):
            raise TypeError("no object")
        return answer

    async def _ask(self, code: str) -> dict[str, Any]:
        parameters = {
            "appid": self._app_id,
            "secret": self._secret,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        try:
            response = await self._client.get(self._address, params=parameters, timeout=_TIMEOUT)
            answer = json.loads(response.raise_for_status().content)
        except (httpx.HTTPError, ValueError) as cause:
            _logger.warning("no proper answer: %s", type(cause).__name__)
            # The cause names the address, and with it the secret; it ends here.
            raise ProviderUnavailable from None
        if not isinstance(answer, dict):
            raise ProviderUnavailable
        return answer


def _refusal(errcode: object) -> Refusal:
    match errcode:
        case 40029 | 40163:
            return CodeInvalid(path=("input", "code"))
        case 45011:
            return TooOften(retry_after_s=60)
        case 40226:
            return NotAllowed()
    _logger.warning("errcode %s", errcode)
    return ProviderUnavailable()


def _errcode_of(answer: bytes) -> object:
    """The errcode of an answer that may be a picture; 0 when all is well."""
    if not answer.startswith(b"{"):
        return 0
    try:
        return json.loads(answer).get("errcode", 0)
    except ValueError:
        raise ProviderUnavailable from None


def _code_refusal(errcode: object) -> Refusal:
    match errcode:
        case 41030 | 40165 | 85079:
            return PageNotPublished()
        case 45009 | 44990:
            return TooOften(retry_after_s=60)
    _logger.warning("errcode %s", errcode)
    return ProviderUnavailable()
