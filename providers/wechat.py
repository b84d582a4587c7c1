"""WeChat: who holds a login code of a mini-program (code2Session)."""

from __future__ import annotations

import json
import logging
from typing import Any

import httpx

from domain.members import Identity, IdentityProvider
from domain.phone_codes import CodeInvalid
from domain.refusals import NotAllowed, ProviderUnavailable, Refusal, TooOften

WECHAT = "https://api.weixin.qq.com"
LONGEST_CODE = 128
_TIMEOUT = httpx.Timeout(5, connect=2)
_logger = logging.getLogger("yutang.wechat")

# httpx logs the address of each request, and ours holds the app's secret and the member's code.
logging.getLogger("httpx").setLevel(logging.WARNING)


class Wechat:
    """One mini-program at WeChat. `client` is kept open by whoever made it."""

    def __init__(self, client: httpx.AsyncClient, app_id: str, secret: str, base_url: str = WECHAT) -> None:
        self._client, self._app_id, self._secret = client, app_id, secret
        self._address = f"{base_url.rstrip('/')}/sns/jscode2session"

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
