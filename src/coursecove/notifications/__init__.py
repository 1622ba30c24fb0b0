"""What people are told: mail today, written into the outbox and delivered from there."""
