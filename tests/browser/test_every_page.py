"""Every place of the URL map as everybody who may see it: axe, outline, overflow, targets, motion."""

import pytest

from tests.browser.cast import Cast, visit
from tests.browser.conftest import Shoot
from tests.browser.looking import faults
from tests.browser.places import PLACES, Place, not_looked_at

pytestmark = pytest.mark.browser


def test_every_page_of_the_url_map_is_looked_at() -> None:
    assert not_looked_at() == set()


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_page_is_fit_for_everybody(cast: Cast, shoot: Shoot, place: Place) -> None:
    page = cast.desk(place.who)
    visit(page, cast.address(place.host, place.path), place.status)
    found = faults(page)
    shoot(page, str(place))
    assert not found, "\n".join(found)
