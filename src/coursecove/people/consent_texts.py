"""What guardians consent to, word for word and by version. A version that anybody saw is never changed."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from coursecove.people.profile_models import Purpose


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One text as it is shown; its digest goes into the record."""

    purpose: Purpose
    version: str
    title: str
    text: str

    @property
    def paragraphs(self) -> tuple[str, ...]:
        return tuple(" ".join(part.split()) for part in self.text.strip().split("\n\n"))

    @property
    def digest(self) -> bytes:
        return sha256("\n".join((self.title, *self.paragraphs)).encode()).digest()


TEXTS: Final = (
    ConsentText(
        Purpose.PROFILE,
        "2026-11",
        "A profile for your child at this school",
        """
I stand for this child and agree that the school keeps a profile of them: first name, family name, date of birth,
a name to sign in with, their lessons, and what they and their teachers write about their learning.

The child signs in with the school's code, that name and a number. The profile has no email address, and nothing is
sent to the child.

The school uses this to teach. I see what the child sees. I can take this consent back at any time; the child can
then no longer sign in, and the school stops using the profile.""",
    ),
    ConsentText(
        Purpose.THIRD_PARTIES,
        "2026-11",
        "Passing on to others",
        """
The school may pass the child's name and progress on to others outside the school, such as an examination board or
the organiser of a concert, each time for that purpose only. Nothing hangs on this: the profile works without it.""",
    ),
)
"""Every text that was ever shown; the last of each purpose is the one that is shown now."""


def current(purpose: Purpose) -> ConsentText:
    return [text for text in TEXTS if text.purpose == purpose][-1]
