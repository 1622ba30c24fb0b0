"""A browser on the provider's host, and the letters that its person gets."""

import re
from dataclasses import dataclass, field

import httpx
from starlette.types import ASGIApp

from coursecove_identity.mail import Mail
from coursecove_identity.provider import Provider

ROOT = "http://coursecove.localhost:8000"
ISSUER = "http://id.coursecove.localhost:8000"
MUSIC = "http://musicschool.coursecove.localhost:8000"
PASSWORD = "violet anchors hum quietly"


@dataclass
class Browser:
    """Keeps the provider's cookies; asks from one address."""

    app: ASGIApp
    address: str = "203.0.113.7"
    agent: str = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
    cookies: dict[str, str] = field(default_factory=dict)

    async def send(self, method: str, path: str, **kwargs) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, client=(self.address, 1))
        headers = {"user-agent": self.agent} | kwargs.pop("headers", {})
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER, cookies=self.cookies) as client:
            answer = await client.request(method, path, headers=headers, **kwargs)
        for line in answer.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0]
            if value and "Max-Age=0" not in line:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return answer

    async def get(self, path: str, **kwargs) -> httpx.Response:
        return await self.send("GET", path, **kwargs)

    async def post(self, path: str, form: dict[str, str] | None = None, **kwargs) -> httpx.Response:
        """A form of the provider's own page."""
        headers = {"origin": ISSUER, "sec-fetch-site": "same-origin"} | kwargs.pop("headers", {})
        return await self.send("POST", path, data=form or {}, headers=headers, **kwargs)

    async def follow(self, answer: httpx.Response) -> httpx.Response:
        """To the end of the redirects on this host."""
        while answer.is_redirect:
            where = answer.headers["location"]
            if not where.startswith(("/", ISSUER)):
                return answer
            answer = await self.get(where)
        return answer

    async def sign_in(self, identifier: str, password: str = PASSWORD) -> httpx.Response:
        return await self.post("/sign-in", {"identifier": identifier, "password": password})

    @property
    def is_signed_in(self) -> bool:
        return any(name.startswith("__client_") and "uat" not in name for name in self.cookies)

    def value(self, start: str) -> str:
        return next((value for name, value in self.cookies.items() if name.startswith(start)), "")


async def code_in(provider: Provider, letters: list[Mail], to: str) -> str:
    """The code of the newest letter to an address."""
    mail = await newest(provider, letters, to)
    found = re.search(r"\b(\d{6})\b", mail.text)
    assert found, mail.text
    return found[1]


async def link_in(provider: Provider, letters: list[Mail], to: str) -> str:
    """The path of the first link in the newest letter."""
    mail = await newest(provider, letters, to)
    found = re.search(r"http://id\.coursecove\.localhost:8000(/\S+)", mail.text)
    assert found, mail.text
    return found[1]


async def newest(provider: Provider, letters: list[Mail], to: str) -> Mail:
    await provider.letters.settled()
    return next(mail for mail in reversed(letters) if mail.to.lower() == to.lower())


def said(answer: httpx.Response) -> str:
    """The words of a page, without what differs each time."""
    text = re.sub(r'nonce="[^"]*"', "", answer.text)
    return re.sub(r"\s+", " ", text)
