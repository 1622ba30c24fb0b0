"""A small reader of Containerfiles: instructions with their text, continuation lines joined."""

import re
from dataclasses import dataclass
from pathlib import Path

KNOWN = {
    "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "RUN", "SHELL",
    "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
}  # fmt: skip


@dataclass(frozen=True)
class Instruction:
    """One line of the file, as the builder sees it."""

    word: str
    text: str
    stage: int


def instructions(path: Path) -> list[Instruction]:
    found: list[Instruction] = []
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"^\s*#.*\n", "", path.read_text(), flags=re.MULTILINE))
    stage = -1
    for line in joined.splitlines():
        if line.strip():
            word, _, text = line.strip().partition(" ")
            stage += word == "FROM"
            found.append(Instruction(word, text.strip(), stage))
    return found


def ignored(project: Path, path: str) -> bool:
    """Is the path kept out of the build's context?"""
    patterns = (project / ".dockerignore").read_text().split()
    return any(path == pattern or path.startswith(f"{pattern}/") for pattern in patterns)
