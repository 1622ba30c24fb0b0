"""What a call of the Backend API brings along: read by name and type, and nothing is passed over in silence."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from starlette.datastructures import QueryParams
from starlette.requests import Request

from coursecove_identity.faults import Fault, NotPossible, Refused, TooLarge, missing, wrong_type, wrong_value

LARGEST_BODY = 1024 * 1024
MOST_VALUES = 100
LARGEST_PAGE, USUAL_PAGE = 500, 10
T = TypeVar("T")


class Fields:
    """The object in a request's body. Null counts as not given; what nobody has read is refused by `done`."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given, self._read = given, set[str]()

    def has(self, name: str) -> bool:
        """Is it there, null included?"""
        return name in self._given

    def text(self, name: str) -> str | None:
        found: str | None = self._typed(name, "string", lambda value: isinstance(value, str))
        return found

    def needed(self, name: str) -> str:
        found = self.text(name)
        if found is None or not found.strip():
            raise missing(name)
        return found

    def number(self, name: str) -> int | None:
        found: int | None = self._typed(
            name, "integer", lambda value: type(value) is int and abs(value) < 2**31
        )
        return found

    def flag(self, name: str) -> bool | None:
        found: bool | None = self._typed(name, "boolean", lambda value: isinstance(value, bool))
        return found

    def mapping(self, name: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self._typed(name, "object", lambda value: isinstance(value, dict))
        return found

    def texts(self, name: str) -> list[str] | None:
        def is_texts(value: object) -> bool:
            return isinstance(value, list) and all(isinstance(each, str) for each in value)

        found: list[str] | None = self._typed(name, "array", is_texts)
        if found is not None and len(found) > MOST_VALUES:
            raise wrong_value(name, f"{name} should not exceed {MOST_VALUES} items.")
        return found

    def moment(self, name: str) -> int | None:
        """A time in RFC 3339 as milliseconds."""
        text = self.text(name)
        if text is None:
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            said = f"{name} must contain a datetime specified in RFC3339 format."
            raise Refused(Fault("form_param_invalid_time", "invalid format", said, name))
        return int(found.timestamp() * 1000)

    def ignored(self, *names: str) -> None:
        """Fields that Clerk has and that mean nothing here, whatever they say."""
        self._read.update(names)

    def done(self) -> None:
        """Everything was read; a field that is left over was meant to do something that would not happen."""
        left = sorted(
            name for name in self._given.keys() - self._read if self._given[name] not in (None, [], "", {})
        )
        if left:
            raise Refused(*(unknown(name) for name in left))

    def _typed(self, name: str, kind: str, fits: Callable[[Any], bool]) -> Any:
        self._read.add(name)
        value = self._given.get(name)
        if value is None:
            return None
        if not fits(value):
            raise wrong_type(name, kind)
        return value


class Query:
    """The parameters in a request's address."""

    def __init__(self, given: QueryParams) -> None:
        self._given, self._read = given, set[str]()
        if any("\x00" in value for _, value in given.multi_items()):
            raise malformed_request()

    def text(self, name: str) -> str | None:
        self._read.add(name)
        return self._given.get(name) or None

    def texts(self, name: str) -> list[str] | None:
        """A parameter that may be repeated; None where it is not there."""
        self._read.add(name)
        found = [value for value in self._given.getlist(name) if value]
        if len(found) > MOST_VALUES:
            said = f"{name} is included more than the maximum of {MOST_VALUES} times."
            raise Refused(Fault("form_param_duplicate", "is duplicate", said, name))
        return found or None

    def lower(self, name: str) -> list[str] | None:
        found = self.texts(name)
        return None if found is None else [value.lower() for value in found]

    def number(self, name: str, least: int = 0, most: int = 2**53) -> int | None:
        text = self.text(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) < 17):
            raise wrong_type(name, "integer")
        if not least <= int(text) <= most:
            raise wrong_value(name, f"{name} must be between {least} and {most}.")
        return int(text)

    def flag(self, name: str) -> bool | None:
        text = self.text(name)
        if text is None:
            return None
        if text.lower() not in ("true", "false", "1", "0"):
            raise wrong_type(name, "boolean")
        return text.lower() in ("true", "1")

    def page(self) -> tuple[int, int]:
        """How many, and after how many."""
        limit = self.number("limit", 1, LARGEST_PAGE)
        return limit or USUAL_PAGE, self.number("offset") or 0

    def order(self, allowed: Mapping[str, T], usual: str = "-created_at") -> tuple[T, bool]:
        """What to sort by, and whether from the end."""
        text = self.text("order_by") or usual
        name = text.lstrip("+- ")  # a plus in an address is a space
        if name not in allowed:
            raise wrong_value("order_by", f"{text} does not match one of: {', '.join(allowed)}.")
        return allowed[name], text.startswith("-")

    def split(self, name: str) -> tuple[list[str] | None, list[str] | None]:
        """Values to find and, with a dash in front, values to leave out."""
        found = [value.lstrip("+ ") for value in self.texts(name) or ()]
        wanted = [value for value in found if not value.startswith("-")]
        return wanted or None, [value[1:] for value in found if value.startswith("-")] or None

    def ignored(self, *names: str) -> None:
        self._read.update(names)

    def done(self) -> None:
        """A filter that was not read would give more than was asked for."""
        left = sorted({name for name, value in self._given.multi_items() if value} - self._read)
        if left:
            raise Refused(*(unknown(name) for name in left))


async def read_object(request: Request) -> Fields:
    """The JSON object in the body; an empty body is an empty object."""
    found = await read_json(request)
    if not isinstance(found, dict):
        raise malformed_request()
    return Fields(found)


async def read_objects(request: Request, most: int, name: str) -> Sequence[Fields]:
    """A list of objects."""
    found = await read_json(request)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise malformed_request()
    if not 1 <= len(found) <= most:
        raise wrong_value(name, f"Between 1 and {most} {name} can be sent at once.")
    return [Fields(each) for each in found]


async def read_json(request: Request) -> object:
    raw = await read_body(request, LARGEST_BODY)
    try:
        found: object = json.loads(raw) if raw.strip() else {}
        kept = json.dumps(found, ensure_ascii=False)
        kept.encode()  # a lone surrogate is no text
    except (ValueError, RecursionError) as problem:
        raise malformed_request() from problem
    if "\\u0000" in kept:
        raise malformed_request()
    return found


async def read_body(request: Request, most: int) -> bytes:
    read = bytearray()
    async for part in request.stream():
        read += part
        if len(read) > most:
            said = f"A request may be up to {most // 1024} KB long."
            raise TooLarge(Fault("request_body_too_large", "request body too large", said))
    return bytes(read)


def malformed_request() -> NotPossible:
    said = "The request parameters are malformed and could not be parsed"
    return NotPossible(Fault("malformed_request_parameters", "Malformed request parameters", said))


def unknown(name: str) -> Fault:
    said = f"{name} is not a valid parameter for this request."
    return Fault("form_param_unknown", "is unknown", said, name)
