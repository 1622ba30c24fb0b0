"""Alembic migrations: frozen literal SQL."""
