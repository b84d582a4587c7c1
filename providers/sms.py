"""SMS: a gateway that sends a text made from a template, as every operator in China wants it."""

from __future__ import annotations

import logging

import httpx

from domain.refusals import ProviderUnavailable

LOGIN_CODE = "login_code"
_TIMEOUT = httpx.Timeout(5, connect=2)
_logger = logging.getLogger("yutang.sms")


class Sms:
    """A gateway that takes `POST {base_url}/messages` with a phone, a template and its parameters."""

    def __init__(self, client: httpx.AsyncClient, base_url: str, key: str = "") -> None:
        self._client, self._address = client, f"{base_url.rstrip('/')}/messages"
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def send_login_code(self, phone: str, code: str, minutes: int) -> None:
        """Send a code to a phone, given in E.164.

        Raises:
            ProviderUnavailable: the gateway did not take the message.
        """
        message = {"phone": phone, "template": LOGIN_CODE, "parameters": {"code": code, "minutes": minutes}}
        try:
            response = await self._client.post(self._address, json=message, headers=self._headers, timeout=_TIMEOUT)
            response.raise_for_status()
        except httpx.HTTPError as cause:
            _logger.warning("a message was not taken: %s", type(cause).__name__)
            raise ProviderUnavailable from None
