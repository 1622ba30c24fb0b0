"""A database with the cast, in which nothing waits."""

from collections.abc import AsyncIterator

import pytest

from coursecove.kit.db import Database
from coursecove.providers.mail.resend import ResendMail
from tests.notifications.postroom import Postroom, calm
from tests.providers.resend_server import API_KEY, ResendServer, resend_server


@pytest.fixture
async def resend() -> AsyncIterator[ResendServer]:
    async with resend_server() as server:
        yield server


@pytest.fixture
async def postroom(database: Database, resend: ResendServer) -> Postroom:
    async with database.service() as db:
        await calm(db)
    return Postroom(database, ResendMail(API_KEY, resend.url))
