"""A stand-in for an SMS gateway: keeps the last message to each phone, to be read by whoever tries the product."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

MOST_PHONES = 10_000


class SmsStandIn:
    """The last message to each phone, of at most 10,000 phones."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._last: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/messages", self._take, methods=["POST"]),
                Route("/last", self._tell, methods=["GET"]),
            ]
        )

    async def _take(self, request: Request) -> Response:
        try:
            message = json.loads(await request.body())
            phone = str(message["phone"])
            kept = {"phone": phone, "template": str(message["template"]), "parameters": dict(message["parameters"])}
        except (ValueError, TypeError, KeyError):
            return JSONResponse({"error": "send a phone, a template and its parameters"}, status_code=400)
        self._last.pop(phone, None)
        self._last[phone] = {**kept, "at": self._now().isoformat()}
        if len(self._last) > MOST_PHONES:
            self._last.popitem(last=False)
        return JSONResponse({"taken": True}, status_code=202)

    async def _tell(self, request: Request) -> Response:
        """The last message to `?phone=…`, in E.164; a plus sign may arrive as the space that it means in a query."""
        phone = request.query_params.get("phone", "").replace(" ", "+")
        message = self._last.get(phone)
        return JSONResponse({"error": "no message"}, status_code=404) if message is None else JSONResponse(message)
