"""PostgreSQL under row-level security: the two clients, sealed context, models, policies."""
