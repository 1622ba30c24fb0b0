"""What no template may do, and what stands built must be current."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from coursecove.web.look import FOLDERS

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "src/coursecove/web"
TEMPLATES = sorted(path for folder in FOLDERS.values() for path in folder.rglob("*.html"))
FORBIDDEN = {
    "a value that skips escaping": r"\|\s*safe\b|autoescape",
    "an inline style": r"\sstyle\s*=",
    "an inline handler": r"[\s\"']on[a-z]+\s*=\s*[\"']",
    "an htmx handler": r"hx-on",
    "script in a value": r"[\"']\s*js:|javascript:",
    "an htmx filter, which needs eval": r"hx-trigger=\"[^\"]*\[",
}


def _code(path: Path) -> str:
    return re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_template_keeps_the_rules(path):
    code = _code(path)
    for what, pattern in FORBIDDEN.items():
        if path.parent.name == "mail" and what == "an inline style":
            continue  # mail programs draw no other
        assert not re.search(pattern, code), what
    for tag in re.findall(r"<button\b[^>]*", code):
        assert "type=" in tag, tag
    for tag in re.findall(r"<img\b[^>]*", code):
        assert "alt=" in tag, tag
    for tag in re.findall(r"<script\b[^>]*", code):
        assert 'nonce="{{ nonce }}"' in tag, tag
    assert len(path.read_text().splitlines()) <= 400


def test_forms_that_post_carry_the_token():
    for path in TEMPLATES:
        code = _code(path)
        assert code.count('method="post"') == code.count("csrf_field()"), path.name


def test_stylesheet_is_current():
    done = subprocess.run(
        [sys.executable, ROOT / "bin/css", "--check"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_vendored_files_are_the_pinned_ones():
    lock = json.loads((WEB / "assets/vendor.lock.json").read_text())
    pinned = {name: digest for package in lock["packages"] for name, digest in package["files"].items()}
    for name, digest in pinned.items():
        assert hashlib.sha256((WEB / name).read_bytes()).hexdigest() == digest, name
    vendored = [*(WEB / "static/vendor").iterdir(), *(WEB / "assets/basecoat").rglob("*.css")]
    assert {path.relative_to(WEB).as_posix() for path in vendored} <= set(pinned)


def test_every_vendored_package_has_its_notice():
    notices = (ROOT / "THIRD_PARTY_NOTICES.md").read_text()
    for package in json.loads((WEB / "assets/vendor.lock.json").read_text())["packages"]:
        assert f"## {package['name']} {package['version']}" in notices
