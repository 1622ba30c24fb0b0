"""The worker's map: every background function, and the engine that runs them."""

import coursecove.accounts.functions
from coursecove.kit.db import Database
from coursecove.kit.durable import Functions
from coursecove.kit.durable.embedded import Embedded
from coursecove.kit.durable.inngest import Inngest, InngestConfig
from coursecove.settings import Settings

FUNCTIONS = Functions([coursecove.accounts.functions.forget_answered_requests])


def build_engine(
    settings: Settings, database: Database, functions: Functions = FUNCTIONS
) -> Embedded | Inngest:
    """Inngest where its keys are set, the embedded engine otherwise."""
    config = inngest_config(settings)
    return Inngest(functions, database, config) if config else Embedded(functions, database)


def inngest_config(settings: Settings) -> InngestConfig | None:
    """What Inngest needs, or None where its keys are not set."""
    inngest = settings.inngest
    if inngest.event_key is None or inngest.signing_key is None:
        return None
    places = {"api_url": inngest.base_url, "event_url": inngest.base_url} if inngest.base_url else {}
    return InngestConfig(
        event_key=inngest.event_key.get_secret_value(),
        signing_key=inngest.signing_key.get_secret_value(),
        dev=bool(inngest.dev),
        production=not settings.in_development,
        **places,
    )
