"""Mail handed to Resend's HTTP API, which sends a message with the same key once within 24 hours."""

import ssl
from collections.abc import Mapping
from typing import Any

import httpx

from coursecove.providers.mail import MailRefused, MailUnavailable, Message, reason

API = "https://api.resend.com"
DEADLINE = httpx.Timeout(15, connect=5)
ABOUT_THE_MESSAGE = frozenset({400, 409, 413, 422})
"""Statuses that speak of this message; every other one (key, quota, rate, their own trouble) may pass."""

STILL_AT_WORK = "concurrent_idempotent_requests"


class ResendMail:
    """Speaks `POST /emails` with an API key."""

    def __init__(self, api_key: str, api: str = API) -> None:
        self._api, self._headers = api, {"authorization": f"Bearer {api_key}"}
        self._tls = ssl.create_default_context()

    async def send(self, message: Message, idempotency_key: str) -> str:
        headers = self._headers | {"idempotency-key": idempotency_key}
        try:
            async with httpx.AsyncClient(base_url=self._api, timeout=DEADLINE, verify=self._tls) as client:
                answer = await client.post("/emails", json=_body(message), headers=headers)
        except httpx.HTTPError as trouble:
            raise MailUnavailable(reason(type(trouble).__name__, trouble)) from None
        said = _object(answer)
        if answer.is_success and isinstance(said.get("id"), str):
            return str(said["id"])
        raise _judged(answer, said)


def _body(message: Message) -> dict[str, Any]:
    body: dict[str, Any] = {
        "from": str(message.sender),
        "to": [message.to],
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
    }
    if message.reply_to:
        body["reply_to"] = message.reply_to
    if message.headers:
        body["headers"] = dict(message.headers)
    return body


def _judged(answer: httpx.Response, said: Mapping[str, Any]) -> MailRefused | MailUnavailable:
    name = str(said.get("name", ""))
    text = reason(answer.status_code, name, said.get("message", ""))
    if answer.status_code in ABOUT_THE_MESSAGE and name != STILL_AT_WORK:
        return MailRefused(text)
    return MailUnavailable(text, _seconds(answer.headers.get("retry-after", "")))


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None


def _object(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
