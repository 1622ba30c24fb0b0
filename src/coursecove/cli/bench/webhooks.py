"""Webhooks as the identity provider sends them, each of another person, and the same statement alone as the floor.

No worker runs, so no commit has one to wake, and those of the floor share their waits for the disk as far as they can.
"""

import json
import re
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from coursecove.accounts.sync.parsing import parse
from coursecove.accounts.sync.taking import Arrival, arguments
from coursecove.cli.bench.comparing import Comparison
from coursecove.cli.bench.figures import Goal
from coursecove.cli.bench.floor import Script
from coursecove.cli.bench.stage import Site
from coursecove.kit.ids import new_id
from coursecove_identity.delivering import signed_headers

PATH: Final = "/api/webhooks/clerk"
ONE: Final = "01933f0e-7c1a-7b6e-9f00-0000000000aa"
"""Stands for the id of message, row and person in the floor's statement; every call puts another one there."""

UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

STATEMENT: Final = """
    with fresh as (select uuidv7()::text as id)
    select taken.status
      from fresh, app.take_webhooks(
          array['msg_' || fresh.id], replace(:batch, :one, fresh.id)::jsonb,
          array[convert_to(replace(:body, :one, fresh.id), 'UTF8')], null) taken"""


def webhooks(name: str, connections: int, least: float, rate: float) -> Comparison:
    """Received, verified, applied and committed; the floor commits each event by itself."""

    def requests(site: Site, needed: int) -> Sequence[str]:
        return list(_requests(site, needed))

    def floor(_: Site) -> Sequence[Script]:
        body = _created(ONE)
        _, batch, _, _ = arguments([Arrival(parse(f"msg_{ONE}", body, datetime.now(UTC)), body)], None)
        return [Script(STATEMENT, {"one": ONE, "batch": UUID.sub(ONE, batch), "body": body.decode()})]

    return Comparison(
        name,
        "webhooks/s",
        Goal("ratio", least),
        requests,
        floor,
        connections=connections,
        rate=rate,
        fastest=8_000,
        as_service=True,
    )


def _requests(site: Site, needed: int) -> Iterator[str]:
    host, secrets = site.root.netloc(site.root.name), site.settings.webhook_secrets[:1]
    now = datetime.now(UTC)
    for _ in range(needed):
        one = str(new_id())
        body = _created(one).decode()
        lines = [f"POST {PATH} HTTP/1.1", f"Host: {host}", "Content-Type: application/json"]
        lines += [f"Content-Length: {len(body)}"]
        lines += [
            f"{key}: {value}" for key, value in signed_headers(f"msg_{one}", body, secrets, now).items()
        ]
        yield "\r\n".join(lines) + "\r\n\r\n" + body


def _created(one: str) -> bytes:
    """A person who has just signed up, as compact as the provider writes it; ASCII, so that characters are bytes."""
    now = int(time.time() * 1000)
    address = {
        "id": f"idn_{one}",
        "object": "email_address",
        "email_address": f"{one}@bench.example",
        "verification": {"status": "verified", "strategy": "email_code"},
        "linked_to": [],
    }
    person = {
        "id": f"user_{one}",
        "object": "user",
        "first_name": "Mara",
        "last_name": "Lindqvist",
        "primary_email_address_id": f"idn_{one}",
        "email_addresses": [address],
        "image_url": "https://img.example/one",
        "public_metadata": {},
        "created_at": now,
        "updated_at": now,
    }
    envelope = {"data": person, "object": "event", "type": "user.created", "timestamp": now}
    return json.dumps(envelope, separators=(",", ":")).encode()
