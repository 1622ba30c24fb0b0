"""Browsers that signed in: what the issuer remembers of them lies in signed cookies, and what ended in a folder."""

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt

from coursecove_identity.signing import Secrets, new_session_id

LIFETIME = timedelta(days=7)
SESSION_ID = re.compile(r"sess_[0-9A-Za-z]{27}")


@dataclass(frozen=True, slots=True)
class Client:
    """One browser's session."""

    person_id: str
    session_id: str
    started_at: int

    @property
    def ends_at(self) -> int:
        return self.started_at + int(LIFETIME.total_seconds())

    @property
    def minutes_old(self) -> int:
        return max(0, int(time.time()) - self.started_at) // 60


class Clients:
    """Starts, recognises and ends sessions."""

    def __init__(self, secrets: Secrets, folder: Path) -> None:
        self._client_key, self._refresh_key = secrets.key("client"), secrets.key("refresh")
        self._ended = folder / "ended"
        self._ended.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._forget_long_ended()

    def start(self, person_id: str) -> Client:
        return Client(person_id, new_session_id(), int(datetime.now(UTC).timestamp()))

    def cookie(self, client: Client) -> str:
        return self._seal(self._client_key, client, None)

    def refresh_token(self, client: Client, origin: str) -> str:
        return self._seal(self._refresh_key, client, origin)

    def by_cookie(self, cookie: str) -> Client | None:
        return self._open(self._client_key, cookie, None)

    def by_refresh_token(self, token: str, origin: str) -> Client | None:
        return self._open(self._refresh_key, token, origin)

    def end(self, session_id: str) -> None:
        if SESSION_ID.fullmatch(session_id):
            (self._ended / session_id).touch(mode=0o600)

    def _seal(self, key: bytes, client: Client, origin: str | None) -> str:
        claims: dict[str, Any] = {
            "sub": client.person_id,
            "sid": client.session_id,
            "iat": client.started_at,
            "exp": client.ends_at,
        }
        if origin is not None:
            claims["aud"] = origin
        return jwt.encode(claims, key, algorithm="HS256")

    def _open(self, key: bytes, token: str, origin: str | None) -> Client | None:
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=["HS256"],
                audience=origin,
                options={"require": ["sub", "sid", "iat", "exp"]},
            )
        except jwt.PyJWTError:
            return None
        client = Client(claims["sub"], claims["sid"], claims["iat"])
        return None if self._has_ended(client.session_id) else client

    def _has_ended(self, session_id: str) -> bool:
        return SESSION_ID.fullmatch(session_id) is None or (self._ended / session_id).exists()

    def _forget_long_ended(self) -> None:
        """Once a session would be over anyway, nothing is left to remember."""
        limit = time.time() - LIFETIME.total_seconds() - 3600
        for marker in self._ended.iterdir():
            if marker.stat().st_mtime < limit:
                marker.unlink(missing_ok=True)
