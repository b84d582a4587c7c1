"""A stand-in for WeChat: wx.login, code2Session, messages and mini-program codes, as api.weixin.qq.com has them."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import segno
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CODE_LASTS = timedelta(minutes=5)
MOST_CODES = 100_000
MOST_MESSAGES = 1_000
MOST_LINK_DAYS = 30
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
ANSWERS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40003: "invalid openid",
    40013: "invalid appid",
    40029: "invalid code",
    40129: "invalid scene",
    40125: "invalid appsecret",
    40163: "code been used",
    40226: "code blocked",
    41030: "invalid page",
    43101: "user refuse to accept the msg",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit  mustslower  retry next minute",
    85401: "time limit between 1min and 1year",
}


@dataclass
class _Login:
    app_id: str
    user: str
    with_unionid: bool
    errcode: int
    expires_at: datetime
    used: bool = False


class WechatStandIn:
    """The codes that were given out. The same user has the same openid in one app, and one unionid in all.

    `apps` are the brand's mini-programs: the secret of each, by its id. The first is meant where none is named.
    """

    def __init__(self, apps: Mapping[str, str], now: Callable[[], datetime]) -> None:
        self._apps, self._now = dict(apps), now
        self._logins: OrderedDict[str, _Login] = OrderedDict()
        self._tokens: dict[str, str] = {}
        self.messages: deque[dict[str, Any]] = deque(maxlen=MOST_MESSAGES)
        """What was sent, the oldest first."""
        self.refusals: dict[str, int] = {}
        """By openid, with which errcode the next messages to a person are refused."""
        self.pages: frozenset[str] | None = None
        """The pages of the mini-program that are published; None: any."""
        self.code_errcode = 0
        """With which errcode the next codes and links are refused."""
        self.scenes: deque[tuple[str, str]] = deque(maxlen=MOST_MESSAGES)
        """The pages and scenes of codes that were made, the oldest first."""
        self.links: dict[str, str] = {}
        """The query that each link carries."""

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/login", self._log_in, methods=["POST"]),
                Route("/sns/jscode2session", self._code_to_session, methods=["GET"]),
                Route("/cgi-bin/stable_token", self._stable_token, methods=["POST"]),
                Route("/cgi-bin/message/subscribe/send", self._take_message, methods=["POST"]),
                Route("/wxa/getwxacodeunlimit", self._scene_code, methods=["POST"]),
                Route("/wxa/generate_urllink", self._url_link, methods=["POST"]),
                Route("/wxa/generatescheme", self._scheme, methods=["POST"]),
                Route("/messages", self._tell_messages, methods=["GET"]),
            ]
        )

    async def _log_in(self, request: Request) -> Response:
        """What wx.login does on a phone: `{"user": "…"}` gives `{"code": "…"}`.

        `"appid"` names the mini-program; `"unionid": false` plays one that is not joined to an open platform;
        `"errcode"` plays a failure to come when the code is exchanged.
        """
        try:
            given = json.loads(await request.body())
            login = _Login(
                str(given.get("appid", next(iter(self._apps)))),
                str(given["user"]),
                bool(given.get("unionid", True)),
                int(given.get("errcode", 0)),
                self._now() + CODE_LASTS,
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            return JSONResponse({"error": 'send {"user": "…"}'}, status_code=400)
        code = secrets.token_urlsafe(24)
        self._logins[code] = login
        if len(self._logins) > MOST_CODES:
            self._logins.popitem(last=False)
        return JSONResponse({"code": code, "errMsg": "login:ok"})

    async def _code_to_session(self, request: Request) -> Response:
        # WeChat sends its JSON as text/plain.
        return Response(json.dumps(self._answer(request.query_params.get)), media_type="text/plain")

    def _answer(self, given: Callable[[str], str | None]) -> dict[str, object]:
        app_id = given("appid")
        if app_id not in self._apps:
            return _failure(40013)
        if given("secret") != self._apps[app_id]:
            return _failure(40125)
        login = self._logins.get(given("js_code") or "")
        if (
            login is None
            or login.app_id != app_id
            or login.expires_at <= self._now()
            or given("grant_type") != "authorization_code"
        ):
            return _failure(40029)
        if login.used:
            return _failure(40163)
        login.used = True
        return _failure(login.errcode) if login.errcode else self._session(login)

    async def _stable_token(self, request: Request) -> Response:
        given = json.loads(await request.body())
        app_id = given.get("appid")
        if self._apps.get(app_id) is None:
            return JSONResponse(_failure(40013))
        if given.get("secret") != self._apps[app_id]:
            return JSONResponse(_failure(40125))
        token = self._tokens.setdefault(app_id, secrets.token_urlsafe(32))
        return JSONResponse({"access_token": token, "expires_in": 7200})

    async def _take_message(self, request: Request) -> Response:
        if request.query_params.get("access_token") not in self._tokens.values():
            return JSONResponse(_failure(40001))
        message = json.loads(await request.body())
        errcode = self.refusals.get(message.get("touser"), 0)
        if errcode:
            return JSONResponse(_failure(errcode))
        self.messages.append(message)
        return JSONResponse({"errcode": 0, "errmsg": "ok"})

    async def _scene_code(self, request: Request) -> Response:
        """A picture that holds the page and the scene; JSON where there is none."""
        asked = json.loads(await request.body())
        errcode = self._code_errcode(request, str(asked.get("page", "")))
        if not errcode and not _SCENE.fullmatch(str(asked.get("scene", ""))):
            errcode = 40129
        if errcode:
            return JSONResponse(_failure(errcode))
        self.scenes.append((asked["page"], asked["scene"]))
        return Response(_picture(f"{asked['page']}?scene={asked['scene']}"), media_type="image/png")

    async def _url_link(self, request: Request) -> Response:
        return self._linked(request, json.loads(await request.body()), "url_link", "https://wxaurl.cn/")

    async def _scheme(self, request: Request) -> Response:
        asked = json.loads(await request.body())
        return self._linked(request, asked | asked.get("jump_wxa", {}), "openlink", "weixin://dl/business/?t=")

    def _linked(self, request: Request, asked: dict[str, Any], name: str, beginning: str) -> Response:
        errcode = self._code_errcode(request, str(asked.get("path", "")).lstrip("/"))
        if not errcode and not 1 <= int(asked.get("expire_interval", 0)) <= MOST_LINK_DAYS:
            errcode = 85401
        if errcode:
            return JSONResponse(_failure(errcode))
        link = beginning + secrets.token_urlsafe(9)
        self.links[link] = str(asked.get("query", ""))
        return JSONResponse({"errcode": 0, "errmsg": "ok", name: link})

    def _code_errcode(self, request: Request, page: str) -> int:
        if request.query_params.get("access_token") not in self._tokens.values():
            return 40001
        if self.code_errcode:
            return self.code_errcode
        return 41030 if self.pages is not None and page and page not in self.pages else 0

    async def _tell_messages(self, _: Request) -> Response:
        """What members would see on their phones."""
        return JSONResponse(list(self.messages))

    def _session(self, login: _Login) -> dict[str, object]:
        session: dict[str, object] = {
            "openid": "o" + _digest(login.app_id, login.user),
            "session_key": secrets.token_urlsafe(16),
        }
        if login.with_unionid:
            session["unionid"] = unionid_of(login.user)
        return session


def _picture(text: str) -> bytes:
    picture = BytesIO()
    segno.make(text, micro=False).save(picture, kind="png", scale=8)
    return picture.getvalue()


def unionid_of(user: str) -> str:
    """By which a user is known in all apps of the brand."""
    return "u" + _digest("", user)


def _failure(errcode: int) -> dict[str, object]:
    return {"errcode": errcode, "errmsg": ANSWERS.get(errcode, "error")}


def _digest(app_id: str, user: str) -> str:
    return hashlib.sha256(f"{app_id}\0{user}".encode()).hexdigest()[:27]
