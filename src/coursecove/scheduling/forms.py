"""What was typed into scheduling's forms, and what it means."""

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID

from babel.numbers import format_currency, get_currency_precision, is_currency
from starlette.datastructures import FormData, QueryParams

from coursecove.accounts.actions import zones
from coursecove.kit.errors import Invalid
from coursecove.kit.web.formats import reading
from coursecove.kit.web.language import gettext as _
from coursecove.schools.editing import Difference, Values

CURRENCIES: Final = (
    "AUD", "BRL", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "INR", "JPY", "KRW", "MXN", "NOK",
    "NZD", "PLN", "RON", "SEK", "SGD", "THB", "TRY", "UAH", "USD", "ZAR",
)  # fmt: skip


def words(given: Mapping[str, object], name: str, *, longest: int = 600) -> str:
    """What was typed into a field, as one line."""
    value = given.get(name, "")
    return " ".join(value.replace("\0", "").split())[:longest] if isinstance(value, str) else ""


def lines(given: Mapping[str, object], name: str) -> str:
    """What was typed into a field of several lines."""
    value = given.get(name, "")
    return value.replace("\0", "").replace("\r\n", "\n").strip()[:6000] if isinstance(value, str) else ""


def given_of(form: FormData, *names: str) -> dict[str, str]:
    return {name: words(form, name) for name in names}


def sent(query: QueryParams, form: FormData) -> dict[str, object]:
    """A form whose fields an address may carry: so a way back needs no page."""
    return {**query, **form}


def ids_of(form: FormData, name: str) -> frozenset[UUID]:
    """The chosen rows; what is no id is passed over, since no form of ours sends it."""
    found = set()
    for value in form.getlist(name)[:500]:
        one = id_of(value)
        if one is not None:
            found.add(one)
    return frozenset(found)


def id_of(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


class Reading:
    """Reads fields one by one and gathers what is wrong, so that all of it is said at once."""

    def __init__(self, given: Mapping[str, object]) -> None:
        self.given = given
        self.problems: dict[str, str] = {}

    def whole(self, name: str, *, otherwise: int | None = None) -> int | None:
        """A whole number; nothing typed is `otherwise`."""
        typed = words(self.given, name)
        if not typed:
            return otherwise
        if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
            self.problems[name] = _("Write a whole number.")
            return otherwise
        return int(typed)

    def number(self, name: str, *, otherwise: int) -> int:
        """A whole number that has to be there."""
        found = self.whole(name)
        if found is None:
            self.problems.setdefault(name, _("Write a whole number."))
        return otherwise if found is None else found

    def hours(self, name: str) -> int:
        """Hours, with a part behind the point, as minutes."""
        try:
            minutes = Decimal(words(self.given, name).replace(",", ".") or "0") * 60
            if not minutes.is_finite() or abs(minutes) > 10_000_000 or minutes != int(minutes):
                raise InvalidOperation
        except InvalidOperation:
            self.problems[name] = _("Write hours as a number, like 12 or 1.5.")
            return 0
        return int(minutes)

    def price(self, name: str, currency: str | None) -> int | None:
        """An amount in the currency's smallest unit; nothing typed is no price."""
        typed = words(self.given, name).replace(",", ".")
        if not typed:
            return None
        digits = get_currency_precision(currency) if currency and is_currency(currency) else 2
        try:
            minor = Decimal(typed).scaleb(digits)
            if not minor.is_finite() or minor != int(minor) or not 0 <= minor <= 1_000_000_000:
                raise InvalidOperation
        except InvalidOperation:
            self.problems[name] = _("Write an amount, like 25 or 25.50.")
            return None
        return int(minor)

    def day(self, name: str) -> date:
        try:
            return date.fromisoformat(words(self.given, name))
        except ValueError:
            self.problems[name] = _("Choose a date.")
            return date(2000, 1, 1)

    def clock(self, name: str) -> time | None:
        typed = words(self.given, name)
        try:
            return time.fromisoformat(typed) if typed else None
        except ValueError:
            self.problems[name] = _("Write a time, like 09:30.")
            return None

    def finish(self) -> None:
        if self.problems:
            raise Invalid(next(iter(self.problems.values())), fields=self.problems)


def amount(minor: int | None, currency: str | None) -> str:
    """A price as a form takes it."""
    if minor is None or currency is None:
        return ""
    digits = get_currency_precision(currency)
    return f"{Decimal(minor).scaleb(-digits):.{digits}f}"


def price_words(minor: int | None, currency: str | None) -> str:
    if minor is None or currency is None:
        return ""
    value = Decimal(minor).scaleb(-get_currency_precision(currency))
    return str(format_currency(value, currency, locale=reading.get().locale.replace("-", "_")))


def hour_words(minutes: int) -> str:
    return f"{Decimal(minutes) / 60:.2f}".rstrip("0").rstrip(".")


def zone_choices() -> tuple[tuple[str, str], ...]:
    """Every time zone, by the name of its city."""
    return tuple((zone, zone.replace("_", " ")) for zone in sorted(zones()))


def differences(
    theirs: Values, yours: Mapping[str, object], labels: Mapping[str, str]
) -> tuple[Difference, ...]:
    """Field by field, where two editors disagree."""
    return tuple(
        Difference(label, _said(theirs.get(name)), _said(yours.get(name)))
        for name, label in labels.items()
        if _said(theirs.get(name)) != _said(yours.get(name))
    )


def _said(value: object) -> str:
    return str(value) if value not in (None, "") else _("nothing")


def address(path: str, cursor: str | None = None, **asked: str) -> str | None:
    """Where another page of a list is; None where there is none."""
    if cursor is None:
        return None
    return (
        f"{path}?{QueryParams({name: value for name, value in {**asked, 'cursor': cursor}.items() if value})}"
    )


def version_of(form: FormData) -> int | None:
    """The version that a form was made for; without one, whatever is there is changed."""
    typed = words(form, "version")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None
