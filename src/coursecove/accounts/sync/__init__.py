"""What the identity provider tells us, from signed bytes to rows: received, applied once, never lost."""
