"""Which Python type a value of PostgreSQL arrives as, and which a parameter takes."""

import types
import typing
from dataclasses import is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from uuid import UUID

from tests.security.statements.source import UNKNOWN

ARRIVES_AS: dict[str, type] = {
    "uuid": UUID,
    "text": str,
    "varchar": str,
    "name": str,
    "bool": bool,
    "int2": int,
    "int4": int,
    "int8": int,
    "float4": float,
    "float8": float,
    "numeric": Decimal,
    "bytea": bytes,
    "timestamptz": datetime,
    "date": date,
    "time": time,
    "interval": timedelta,
    "void": types.NoneType,
}
DOCUMENTS = ("json", "jsonb")


def fits_column(annotation: object, kind: str, *, through_json: bool) -> bool:
    """May a field with this annotation hold what a column of this type gives? JSON knows more shapes."""
    if annotation in (UNKNOWN, typing.Any, object) or kind in DOCUMENTS:
        return True
    options = _options(annotation)
    if kind.endswith("[]"):
        return any(_is_list(option, kind[:-2], through_json=through_json) for option in options)
    expected = ARRIVES_AS.get(kind)
    if through_json and expected is str:
        return any(isinstance(option, type) and issubclass(option, str) for option in options)
    return expected in options


def fits_parameter(given: object, kind: str) -> bool:
    """May an argument of this type be handed over for a parameter of this type?"""
    options = [option for option in _options(given) if option is not types.NoneType]
    if given in (UNKNOWN, typing.Any, object) or not options:
        return True
    if kind.endswith("[]"):
        return all(_sequence_of(option, kind[:-2]) for option in options)
    expected = str if kind in DOCUMENTS else ARRIVES_AS.get(kind)
    if expected is None:
        return False
    return all(_accepts(option, expected) for option in options)


def _accepts(option: object, expected: type) -> bool:
    if option is bool:
        return expected is bool
    if expected is float and option is int:
        return True
    return isinstance(option, type) and issubclass(option, expected)


def _sequence_of(option: object, element: str) -> bool:
    origin = typing.get_origin(option) or option
    parts = [part for part in typing.get_args(option) if part is not Ellipsis]
    return (
        isinstance(origin, type)
        and issubclass(origin, list | tuple)
        and all(fits_parameter(part, element) for part in parts)
    )


def _is_list(option: object, element: str, *, through_json: bool) -> bool:
    """The driver gives lists; JSON gives whatever the decoder is told."""
    allowed = (list, tuple) if through_json else (list,)
    parts = [part for part in typing.get_args(option) if part is not Ellipsis]
    return typing.get_origin(option) in allowed and all(
        fits_column(part, element, through_json=through_json) for part in parts
    )


def _options(annotation: object) -> tuple[object, ...]:
    """The members of a union; what an alias, a literal or a class variable stands for."""
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return tuple(each for part in typing.get_args(annotation) for each in _options(part))
    if origin is typing.ClassVar or origin is typing.Annotated:
        return _options(typing.get_args(annotation)[0])
    if origin is typing.Literal:
        return tuple({type(value) for value in typing.get_args(annotation)})
    return (annotation,)


def holds(annotation: object, value: object) -> bool:
    """Is this value, as the driver gave it, what the annotation says?"""
    if annotation in (typing.Any, object) or isinstance(value, dict | list):
        return True
    bases = [typing.get_origin(option) or option for option in _options(annotation)]
    plain = [base for base in bases if isinstance(base, type) and not is_dataclass(base)]
    return isinstance(value, tuple(base for base in plain if not issubclass(base, Enum)))
