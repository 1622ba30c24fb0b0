"""Where somebody probably is, from what their browser says; they are asked all the same."""

from collections.abc import Iterator, Mapping
from functools import cache

from babel.core import get_global

from coursecove.accounts.actions import LOCALES, zones

NOWHERE = "UTC"
_LARGEST = {
    "AR": "America/Argentina/Buenos_Aires",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "ES": "Europe/Madrid",
    "GB": "Europe/London",
    "ID": "Asia/Jakarta",
    "MX": "America/Mexico_City",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "US": "America/New_York",
}
"""Where most people live, in countries with several zones."""

DEFAULT_LOCALE = "en-GB"


def guessed_locale(headers: Mapping[str, str]) -> str:
    """The first language of the browser that we have, else British English."""
    for tag in _tags(headers):
        if tag in LOCALES:
            return tag
        like = next((each for each in LOCALES if each.partition("-")[0] == tag), None)
        if like is not None:
            return like
    return DEFAULT_LOCALE


def guessed_zone(headers: Mapping[str, str]) -> str:
    """The zone of the country in the browser's language, where that country has one; script guesses better."""
    for tag in _tags(headers):
        country = tag.rpartition("-")[2].upper()
        if len(country) == 2 and "-" in tag and country in _zones_of_countries():
            return _zones_of_countries()[country]
    return NOWHERE


def _tags(headers: Mapping[str, str]) -> Iterator[str]:
    for part in headers.get("accept-language", "")[:200].split(","):
        tag = part.partition(";")[0].strip()
        if tag:
            language, _, region = tag.partition("-")
            yield f"{language.lower()}-{region.upper()}" if region else language.lower()


@cache
def _zones_of_countries() -> Mapping[str, str]:
    """Each country with the zone of most of its people."""
    chosen = dict(_LARGEST)
    for zone, country in sorted(get_global("zone_territories").items()):
        if zone in zones() and "/" in zone and not zone.startswith("Etc/"):
            chosen.setdefault(country, zone)
    return chosen
