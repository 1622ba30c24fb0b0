"""A private PostgreSQL for development and tests: started, shared and ended without anybody's help."""

from coursecove.kit.postgres.errors import PostgresError
from coursecove.kit.postgres.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "PostgresError"]
