"""The JSON API under arbitrary input."""
