"""One member of the crowd, who knows the product only from outside: GraphQL over HTTP and a websocket."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
from websockets.asyncio.client import connect

LOGIN = """mutation($code: String!) {
  memberLoginByWechat(input: { code: $code }) { tokens { accessToken } userErrors { code } } }"""
WATCH = "subscription($room: ID!) { liveRoomEvents(roomId: $room) { seq } }"
WATCHES_S = 1800


class Client:
    """Speaks GraphQL to a server, with a token."""

    def __init__(self, http: httpx.AsyncClient, token: str | None = None) -> None:
        self._http = http
        self.token = token

    async def log_in(self, user: str) -> None:
        """Become the member who is known to the stand-in for WeChat by this name."""
        code = (await self._http.post("/standins/wechat/login", json={"user": user})).json()["code"]
        answer = await self.ask(LOGIN, code=code)
        self.token = answer["memberLoginByWechat"]["tokens"]["accessToken"]

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer; empty when there is none, as for a token that has expired."""
        headers = {} if self.token is None else {"authorization": f"Bearer {self.token}"}
        body = {"query": document, "variables": variables}
        answer = (await self._http.post("/graphql", json=body, headers=headers)).json()
        return answer.get("data") or {}

    async def act(self, document: str, **given: Any) -> tuple[dict[str, Any], set[str]]:
        """The payload of a document's one mutation, and the codes of its refusals."""
        data = await self.ask(document, input=given)
        payload = next(iter(data.values()), None) or {}
        return payload, {error["code"] for error in payload.get("userErrors", ())}

    async def confirm(self, address: str) -> None:
        """Say yes in the payment sheet."""
        await self._http.post(address)

    async def watch(self, room: str) -> None:
        """Hold a websocket open on the room, for half an hour, and listen."""
        address = str(self._http.base_url.join("/graphql")).replace("http", "ws", 1)
        async with asyncio.timeout(WATCHES_S), connect(address, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
            await socket.send(json.dumps({"type": "connection_init", "payload": {"token": self.token}}))
            await socket.recv()
            payload = {"query": WATCH, "variables": {"room": room}}
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
            async for message in socket:
                if json.loads(message)["type"] == "ping":
                    await socket.send('{"type":"pong"}')
