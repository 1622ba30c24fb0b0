"""The operator's pages: every school at once, through the service client, audited."""
