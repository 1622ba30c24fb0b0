"""The texts that founders agree to: which there are, their versions, and the digest of what was shown."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final

TEXTS = Path(__file__).parent / "templates" / "legal"


@dataclass(frozen=True, slots=True)
class Document:
    """A text in one version; a changed text is another version."""

    key: str
    version: str
    path: str

    @property
    def digest(self) -> str:
        """Of the text as it lies in the installation; a test holds it to the version."""
        return sha256((TEXTS / self.path).read_bytes()).hexdigest()


DOCUMENTS: Final = MappingProxyType(
    {
        key: Document(key, version, f"{key}.html")
        for key, version in (("terms", "1.0"), ("privacy", "1.0"), ("dpa", "1.0"))
    }
)
