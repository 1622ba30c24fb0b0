"""The declared state: every model, function and trigger of the product, in the order they are made."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.orm import Mapper

import coursecove.accounts.access
import coursecove.accounts.api_models
import coursecove.accounts.audit
import coursecove.accounts.membership_rules
import coursecove.accounts.models
import coursecove.accounts.person_access
import coursecove.accounts.row_context
import coursecove.accounts.support_models
import coursecove.accounts.sync.sql
import coursecove.accounts.sync_models
import coursecove.analytics.queries
import coursecove.courses.certificate_models
import coursecove.courses.certificate_rules
import coursecove.courses.content_models
import coursecove.courses.enrolment_models
import coursecove.courses.learning_models
import coursecove.courses.learning_rules
import coursecove.courses.models
import coursecove.courses.row_rules
import coursecove.kit.durable.models
import coursecove.notifications.models
import coursecove.people.models
import coursecove.people.profile_models
import coursecove.people.row_rules
import coursecove.scheduling.booking_models
import coursecove.scheduling.booking_rules
import coursecove.scheduling.hours_models
import coursecove.scheduling.models
import coursecove.scheduling.row_rules
import coursecove.scheduling.series_models
import coursecove.schools.database
import coursecove.schools.founding_models
import coursecove.schools.models
from coursecove.kit.db.models import Base
from coursecove.kit.db.row_security import RowSecurity
from coursecove.kit.db.sql_functions import SqlFunction, SqlTrigger

METADATA: MetaData = Base.metadata
FUNCTIONS: tuple[SqlFunction, ...] = (
    *coursecove.accounts.row_context.FUNCTIONS,
    *coursecove.accounts.access.FUNCTIONS,
    *coursecove.accounts.person_access.FUNCTIONS,
    *coursecove.analytics.queries.FUNCTIONS,
    *coursecove.accounts.audit.FUNCTIONS,
    *coursecove.accounts.membership_rules.FUNCTIONS,
    *coursecove.people.row_rules.FUNCTIONS,
    *coursecove.scheduling.row_rules.FUNCTIONS,
    *coursecove.scheduling.booking_rules.FUNCTIONS,
    *coursecove.courses.row_rules.FUNCTIONS,
    *coursecove.courses.certificate_rules.FUNCTIONS,
    *coursecove.courses.learning_rules.FUNCTIONS,
    *coursecove.accounts.sync.sql.FUNCTIONS,
    *coursecove.schools.database.FUNCTIONS,
    *coursecove.kit.durable.models.FUNCTIONS,
)
TRIGGERS: tuple[SqlTrigger, ...] = (
    *coursecove.accounts.audit.TRIGGERS,
    *coursecove.accounts.membership_rules.TRIGGERS,
    *coursecove.people.models.TRIGGERS,
    *coursecove.people.profile_models.TRIGGERS,
    *coursecove.scheduling.hours_models.TRIGGERS,
    *coursecove.courses.models.TRIGGERS,
    *coursecove.courses.enrolment_models.TRIGGERS,
    *coursecove.courses.learning_models.TRIGGERS,
    *coursecove.schools.models.TRIGGERS,
    *coursecove.kit.durable.models.TRIGGERS,
)
EXTENSIONS: tuple[str, ...] = (
    "create schema if not exists extensions",
    "create extension if not exists btree_gist with schema extensions",
)
"""What tables stand on: columns of a plain type beside a range in one exclusion constraint."""
EXTRA: tuple[str, ...] = ()


def mappers() -> list[Mapper[Any]]:
    """Every mapped class, by table."""
    return sorted(Base.registry.mappers, key=lambda mapper: mapper.class_.__tablename__)


def row_security() -> Iterator[tuple[str, RowSecurity]]:
    """Each table with its rules, by name."""
    for mapper in mappers():
        yield mapper.class_.__tablename__, mapper.class_.row_security
