"""The JSON API through its front door."""
