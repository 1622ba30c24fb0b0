"""Users, schools and memberships: who belongs where, and what they may do."""
