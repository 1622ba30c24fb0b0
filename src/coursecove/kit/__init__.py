"""Technique that could serve another product; imports nothing of the product."""
