"""The embedded identity provider: speaks Clerk's shapes, imports nothing of the product."""
