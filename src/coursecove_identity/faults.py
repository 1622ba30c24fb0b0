"""What the provider refuses, in Clerk's codes: the Backend API sends them, pages show their sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that was wrong: a code for programs, a sentence for people, and the field it is about."""

    code: str
    message: str
    long_message: str = ""
    param: str | None = None

    def json(self) -> dict[str, object]:
        return {
            "message": self.message,
            "long_message": self.long_message or self.message,
            "code": self.code,
            "meta": {"param_name": self.param} if self.param else {},
        }


class Refused(Exception):
    """Nothing was changed; each fault says why."""

    status: ClassVar[int] = 422

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(fault.long_message or fault.message for fault in faults))
        self.faults = faults

    @property
    def headers(self) -> Mapping[str, str]:
        return MappingProxyType({})


class NotPossible(Refused):
    """The object is not in a state for this."""

    status = 400


class Unauthorized(Refused):
    """Nobody that we know asked."""

    status = 401


class Forbidden(Refused):
    """Whoever asked may not do this."""

    status = 403


class NotFound(Refused):
    """There is no such object."""

    status = 404


class TooLarge(Refused):
    """More was sent than is taken at once."""

    status = 413


class NotNow(Refused):
    """The database does not answer, or not in time; the same call may succeed in a moment."""

    status = 503


class TooOften(Refused):
    """It was asked too often; it may be asked again after so many seconds."""

    status = 429

    def __init__(self, *faults: Fault, retry_after: int) -> None:
        super().__init__(*faults)
        self.retry_after = retry_after

    @property
    def headers(self) -> Mapping[str, str]:
        return MappingProxyType({"retry-after": str(self.retry_after)})


def not_found(what: str, name: str = "") -> NotFound:
    """For example `not_found("user", "user_2a")`."""
    said = f"No {what} was found with id {name}" if name else f"Given {what} not found."
    return NotFound(Fault("resource_not_found", "not found", said))


def missing(param: str) -> Refused:
    return Refused(Fault("form_param_missing", "is missing", f"{param} must be included.", param))


def malformed(param: str, sentence: str) -> Refused:
    return Refused(Fault("form_param_format_invalid", "is invalid", sentence, param))


def wrong_type(param: str, kind: str) -> Refused:
    return Refused(Fault("form_param_type_invalid", "is invalid", f"`{param}` must be a `{kind}`.", param))


def wrong_value(param: str, sentence: str) -> Refused:
    return Refused(Fault("form_param_value_invalid", "is invalid", sentence, param))


def too_long(param: str, most: int) -> Refused:
    sentence = f"{param} should not exceed {most} characters."
    return Refused(Fault("form_param_max_length_exceeded", "exceeds maximum length", sentence, param))


def taken(param: str, sentence: str = "") -> Refused:
    said = sentence or f"That {param.replace('_', ' ')} is taken. Please try another."
    return Refused(Fault("form_identifier_exists", "is taken", said, param))
