"""The base of every model: naming, keys and the school that a row belongs to."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy import Uuid as SqlUuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from coursecove.kit.db.row_security import SERVICE_ONLY, RowSecurity
from coursecove.kit.ids import new_id

NAMES = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}


class Base(DeclarativeBase):
    """Every model declares who may see its rows; without a declaration only the service client may."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        str: Text,
        UUID: SqlUuid,
        dict[str, Any]: JSONB,
        list[str]: ARRAY(Text),
    }
    row_security: ClassVar[RowSecurity] = SERVICE_ONLY

    @classmethod
    def table(cls) -> Table:
        if not isinstance(cls.__table__, Table):
            raise TypeError(f"{cls.__name__} is not mapped to a table")
        return cls.__table__


class TenantOwned:
    """A row of one school: the key starts with the school, and so does every reference."""

    organization_id: Mapped[UUID] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), server_default=text("app.org_id()")
    )
    id: Mapped[UUID] = mapped_column(default=new_id)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805 - SQLAlchemy passes the class
        return (PrimaryKeyConstraint("organization_id", "id"), *getattr(cls, "constraints", ()))


class Timed:
    """When a row was made and last changed."""

    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"), server_onupdate=text("now()"))


def tenant_reference(column: str, table: str, **options: Any) -> ForeignKeyConstraint:
    """A reference that cannot leave the school: it pairs `organization_id` with `column`."""
    return ForeignKeyConstraint(
        ["organization_id", column], [f"{table}.organization_id", f"{table}.id"], **options
    )
