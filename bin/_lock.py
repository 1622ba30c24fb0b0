"""Writes requirements.lock, requirements-dev.lock and bin/_uv.lock; run by bin/lock."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "bin"))

import _environment as made  # noqa: E402  # beside this file, and -I hides it

OPTIONS = ("pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes")


def main() -> None:
    uv = made.find_uv() or made.install_uv()
    compile_lock(uv, "requirements.lock", "pyproject.toml")
    compile_lock(uv, "requirements-dev.lock", "pyproject.toml", "--group", "dev")
    compile_lock(uv, "bin/_uv.lock", "-", wanted=f"uv>={made.OLDEST_UV[0]}.{made.OLDEST_UV[1]}\n")


def compile_lock(uv: str, lock: str, *source: str, wanted: str = "") -> None:
    command = [
        uv,
        *OPTIONS,
        "--custom-compile-command",
        "bin/lock",
        "--output-file",
        lock,
        *source,
        *sys.argv[1:],
    ]
    subprocess.run(command, cwd=PROJECT, env=made.environment(), input=wanted, text=True, check=True)


if __name__ == "__main__":
    main()
