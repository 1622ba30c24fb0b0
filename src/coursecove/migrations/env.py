"""Alembic's entry: runs the migrations on the connection that `coursecove.migrations.run` opened."""

from alembic import context

from coursecove.migrations.declared import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table_schema="app",
    include_schemas=False,
    transaction_per_migration=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
