"""The worker's map: every background function, and the engine that runs them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

import coursecove.accounts.functions
import coursecove.backoffice.functions
import coursecove.courses.functions
import coursecove.notifications.functions
import coursecove.people.functions
import coursecove.schools.functions
from coursecove.accounts.outside import Learn
from coursecove.accounts.sync.keeping import Keep
from coursecove.kit.db import Database
from coursecove.kit.durable import Functions
from coursecove.kit.durable.embedded import Embedded
from coursecove.kit.web.hosts import PublicRoot
from coursecove.people.carrying_out import Provider
from coursecove.providers.dns.system import SystemResolver
from coursecove.providers.identity import IdentityProvider
from coursecove.providers.storage.embedded import FolderStorage
from coursecove.schools.functions.office import Office
from coursecove.settings import BadSettings, Settings
from coursecove.web.mail import build_post

if TYPE_CHECKING:
    from coursecove.kit.durable.inngest import Inngest


def background(settings: Settings, database: Database, identity: IdentityProvider, learn: Learn) -> Functions:
    """Every background function, with what it needs of the outside world."""
    root = PublicRoot.parse(settings.origin())
    office = Office(database, identity, SystemResolver(settings.name_servers), root.name)
    return Functions(
        [
            *coursecove.accounts.functions.functions(_keep(settings)),
            *coursecove.courses.functions.functions(FolderStorage(settings.files_folder)),
            *coursecove.people.functions.FUNCTIONS,
            *coursecove.people.functions.provider_functions(Provider(identity, learn, root.origin)),
            *coursecove.notifications.functions.functions(build_post(settings, database)),
            *coursecove.schools.functions.functions(office),
            *coursecove.backoffice.functions.functions(database, identity),
        ]
    )


def _keep(settings: Settings) -> Keep:
    chosen = settings.webhooks
    return Keep(chosen.redact_after_days, chosen.keep_days, chosen.school_grace_days)


def build_engine(settings: Settings, database: Database, functions: Functions) -> "Embedded | Inngest":
    """Inngest where its keys are set, the embedded engine otherwise."""
    if settings.inngest.event_key is None:
        return Embedded(functions, database)
    return _inngest(settings, database, functions)


def inngest_endpoint(
    settings: Settings, database: Database, identity: IdentityProvider, learn: Learn
) -> Mapping[str, ASGIApp]:
    """What Inngest calls, by its exact path; nothing where its keys are not set."""
    if settings.inngest.event_key is None:
        return {}
    functions = background(settings, database, identity, learn)
    return {"/api/inngest": _inngest(settings, database, functions).app}


def _inngest(settings: Settings, database: Database, functions: Functions) -> "Inngest":
    from coursecove.kit.durable import inngest  # noqa: PLC0415 - half a second that most installations save

    keys = settings.inngest
    if keys.event_key is None or keys.signing_key is None:
        raise BadSettings("INNGEST_EVENT_KEY and INNGEST_SIGNING_KEY belong together: set both or neither")
    places = {"api_url": keys.base_url, "event_url": keys.base_url} if keys.base_url else {}
    config = inngest.InngestConfig(
        event_key=keys.event_key.get_secret_value(),
        signing_key=keys.signing_key.get_secret_value(),
        dev=bool(keys.dev),
        production=not settings.in_development,
        **places,
    )
    return inngest.Inngest(functions, database, config)
