"""Scheduling through the front door."""
