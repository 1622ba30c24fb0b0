"""What happened, told: every fact in words, the newest first, with the reader's own times."""

import re
from dataclasses import fields
from datetime import UTC, datetime
from typing import get_type_hints
from uuid import UUID

import pytest

from coursecove.accounts import events
from coursecove.accounts.queries import Happened
from coursecove.accounts.roles import Role
from coursecove.accounts.wording import told
from coursecove.kit.durable import Event
from coursecove.kit.ids import NIL
from tests.pages.stage import Site, make_key

FACTS = [
    fact
    for fact in vars(events).values()
    if isinstance(fact, type) and issubclass(fact, Event) and fact is not Event
]
EXAMPLES = {
    UUID: str(NIL),
    str: "TEACHER",
    bool: True,
    datetime: "2026-11-24T14:20:00Z",
    tuple[str, ...]: ["joining"],
}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_every_fact_is_told_in_words(fact: type[Event]) -> None:
    hints = get_type_hints(fact)
    data = {field.name: EXAMPLES[hints[field.name]] for field in fields(fact)}
    happening = told(Happened(NIL, fact.name, data, datetime.now(UTC), "Amara", None, None))
    assert "/" not in happening.text
    assert re.fullmatch(r"[a-z][\w' ]+(: TEACHER)?", happening.text)


async def test_the_owner_reads_it_newest_first(site: Site) -> None:
    owner = site.world.music.one(Role.SUPER_ADMIN)
    await make_key(site, owner)
    text = (await site.member(owner).get("/activity")).text
    assert text.index("made a key for programs") < text.index("linked a guardian to")
    assert "times in London (GMT)" in text or "times in London (BST)" in text


async def test_leafing_ends_at_the_beginning(site: Site) -> None:
    owner = site.member(site.world.yoga.one(Role.SUPER_ADMIN))
    path, told_in_all = "/activity", 0
    while path:
        text = (await owner.get(path)).text
        told_in_all += text.count('<li class="flex gap-3">')
        found = re.search(r'rel="next" href="([^"]+)"', text)
        path = found[1] if found else ""
    assert told_in_all == 1 + 35 + 1
    assert "founded the school" in text
