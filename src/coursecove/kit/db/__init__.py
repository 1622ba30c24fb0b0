"""PostgreSQL under row-level security: the two clients, sealed context, models, policies."""

from coursecove.kit.db.clients import Database, DatabaseConfig
from coursecove.kit.db.context import Claims, SealKey
from coursecove.kit.db.models import Base, TenantOwned, Timed, tenant_reference
from coursecove.kit.db.reading import ReadDb, Reads
from coursecove.kit.db.row_security import SERVICE_ONLY, RowSecurity
from coursecove.kit.db.writing import ServiceDb, UserDb

__all__ = [
    "SERVICE_ONLY",
    "Base",
    "Claims",
    "Database",
    "DatabaseConfig",
    "ReadDb",
    "Reads",
    "RowSecurity",
    "SealKey",
    "ServiceDb",
    "TenantOwned",
    "Timed",
    "UserDb",
    "tenant_reference",
]
