"""The numbers that decide how strict the provider is; composition may change each."""

from dataclasses import dataclass

from coursecove_identity.clock import DAY, HOUR, MINUTE, SECOND


@dataclass(frozen=True, slots=True)
class Policy:
    """Times in milliseconds."""

    session_lifetime: int = 7 * DAY
    idle: int = 24 * HOUR
    idle_of_staff: int = 8 * HOUR
    most_sessions: int = 10
    fresh: int = 10 * MINUTE
    """How long ago somebody may have proved who they are, to change what they prove it with."""

    grace: int = 3 * DAY
    """From the first sign-in of somebody who runs or teaches until a second factor must be set up."""

    password_length: int = 15
    password_length_with_second_factor: int = 8
    longest_password: int = 256
    pin_length: int = 6

    attempt_lifetime: int = 15 * MINUTE
    code_lifetime: int = 10 * MINUTE
    challenge_lifetime: int = 5 * MINUTE
    link_lifetime: int = 30 * MINUTE
    tries: int = 5

    failures: int = 5
    first_delay: int = SECOND
    longest_delay: int = 15 * MINUTE
    network_per_minute: int = 20
    account_per_hour: int = 100
    mails_per_hour: int = 5

    key_lead: int = 10 * MINUTE
    """How long a signing key is published before it is used."""

    key_overlap: int = HOUR
    """How long the key before it stays published."""

    told_within: int = 3 * SECOND
    """How long somebody who joins is kept waiting until whoever listens was told of it."""

    terms_version: str = "2026-01"
