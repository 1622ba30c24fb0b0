"""The real product from a fresh clone: it starts for everybody, answers, ends, and loses nothing however it is killed."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.product import Product, Visitor, clone, passing_account, until
from tests.test_refusals import free_port

pytestmark = pytest.mark.deep
ACCOUNTS = ("this account", "an ordinary user") if os.geteuid() == 0 else ("this account",)
PARTS = {"web": " -m coursecove web", "worker": " -m coursecove worker", "PostgreSQL": "bin/postgres -D"}


@pytest.fixture(
    scope="module", params=[pytest.param(each, marks=pytest.mark.xdist_group(each)) for each in ACCOUNTS]
)
def product(request: pytest.FixtureRequest) -> Iterator[Product]:
    with ExitStack() as ends:
        account = ends.enter_context(passing_account()) if request.param != "this account" else None
        yield ends.enter_context(clone(account))


def test_it_starts_answers_ends_and_keeps_what_was_done(
    product: Product, record_property: Callable[[str, object], None]
) -> None:
    port = free_port()
    music, yoga = (f"http://{name}.coursecove.localhost:{port}" for name in ("musicschool", "yogastudio"))
    running = product.start("dev", port)
    first = running.until_ready()
    owner, other = Visitor(), Visitor()
    at_home = owner.get(running.link_of("owner", "Harbour Music School"))
    assert (str(at_home.url), at_home.status_code) == (f"{music}/dashboard", 200)
    assert "Amara Osei" in at_home.text
    assert str(other.get(running.link_of("owner", "Stillwater Yoga Studio")).url) == f"{yoga}/dashboard"
    assert owner.get(f"{yoga}/people").status_code == 403
    owner.make_token(music, "made before")
    assert running.end(signal.SIGTERM) == 0
    assert product.processes() == set()

    running = product.start("dev", port)
    second = running.until_ready()
    assert owner.tokens(music) == ["made before"]
    for part, words in PARTS.items():
        killed = product.kill(words)
        assert killed, part
        until(lambda words=words, killed=killed: bool(product.processes(words) - killed))
        until(lambda: "made before" in owner.tokens(music))
        owner.make_token(music, part)
    running.end(signal.SIGKILL)
    until(lambda: not product.processes())

    running = product.start("dev", port)
    running.until_ready()
    assert set(owner.tokens(music)) == {"made before", *PARTS}
    assert running.end(signal.SIGINT) == 0
    doctor = product.run(".venv/bin/coursecove", "doctor", COURSECOVE_DATA=str(product.project / "dev"))
    assert doctor.code == 0, doctor.said
    said = f"ready after {first:.1f} s from a fresh clone, {second:.1f} s the second time"
    record_property("measured", f"{said}, as {product.account or 'this account'}")


@pytest.mark.parametrize("moment", ["Migrated", "Two demo schools", "  CourseCove "])
def test_killed_while_it_starts_it_starts_again(product: Product, moment: str) -> None:
    data, port = f"killed-{moment.split(maxsplit=1)[0].lower()}", free_port()
    product.start(data, port).until_it_says(moment).end(signal.SIGKILL)
    until(lambda: not product.processes())
    running = product.start(data, port)
    running.until_ready()
    arrived = Visitor().get(running.link_of("owner", "Harbour Music School"))
    assert (arrived.url.path, arrived.status_code) == ("/dashboard", 200)
    assert running.end() == 0
