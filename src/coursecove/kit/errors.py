"""One family of errors: the class says the status, the docstring is what people read."""

import inspect
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class ProblemError(Exception):
    """Something went wrong on our side. Nothing was changed."""

    status: ClassVar[int] = 500

    def __init__(self, detail: str | None = None, *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(detail or type(self).title())
        self.fields: Mapping[str, str] = MappingProxyType(dict(fields or {}))

    @classmethod
    def title(cls) -> str:
        """The docstring as one paragraph: the sentence that a person reads."""
        return " ".join((inspect.getdoc(cls) or cls.__name__).split("\n\n")[0].split())

    @classmethod
    def slug(cls) -> str:
        """The name in a problem's type address: `AlreadyCancelled` is `already-cancelled`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__.removesuffix("Error")).lower()

    @property
    def message(self) -> str:
        return str(self)


class Invalid(ProblemError):
    """Some of what was sent cannot be used. Nothing was changed."""

    status = 422


class BadRequest(ProblemError):
    """This request cannot be understood. Nothing was changed."""

    status = 400


class Unauthenticated(ProblemError):
    """Please sign in first."""

    status = 401


class Forbidden(ProblemError):
    """You may not do this here."""

    status = 403


class NotFound(ProblemError):
    """There is nothing at this address."""

    status = 404


class Conflict(ProblemError):
    """Somebody else changed this in the meantime. Nothing of yours was saved over it."""

    status = 409


class Gone(ProblemError):
    """This was here once, but is no more."""

    status = 410


class PreconditionFailed(ProblemError):
    """This was changed since you loaded it. Load it again and repeat your change."""

    status = 412


class TooLarge(ProblemError):
    """That is more than can be taken at once."""

    status = 413


class RateLimited(ProblemError):
    """That was too often in a short time. Please wait a little."""

    status = 429

    def __init__(self, detail: str | None = None, *, retry_after: int = 60) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(ProblemError):
    """The service is not ready to answer. Please try again in a moment."""

    status = 503
