"""What `coursecove dev` prints when it is ready: where to look, and a link for each person to sign in with."""

from urllib.parse import quote

from coursecove.accounts.roles import Role
from coursecove.demo import LEADS, OPERATOR, SCHOOLS, DemoPerson, DemoSchool
from coursecove.kit.web.names import MAIL
from coursecove.settings import Settings
from coursecove.web.identity_demo import PASSWORD

ROLE_NAMES = {"SUPER_ADMIN": "owner", "TEACHER": "teacher", "STUDENT": "student", "GUARDIAN": "guardian"}


def welcome(settings: Settings) -> str:
    lines = [
        "",
        f"  CourseCove        {settings.origin()}",
        f"  Operator's pages  {settings.origin('operator')}",
        f"    {'operator':9} {OPERATOR.name:16} {_link(settings, OPERATOR, settings.origin('operator'))}",
    ]
    if settings.has_mailbox:
        lines.append(f"  Mailbox           {settings.origin(MAIL)}")
    for school in SCHOOLS:
        lines += ["", f"  {school.name}  {settings.origin(school.label)}"]
        lines += _people(settings, school)
    lines += ["", "  Each link signs somebody in at one click. With a form: their address, for example"]
    lines.append(f"  {LEADS[0].email}, and the password of all demo people: {PASSWORD}")
    return "\n".join([*lines, ""])


def _people(settings: Settings, school: DemoSchool) -> list[str]:
    """One of each role: the rest of the cast is on the sign-in page."""
    lines: dict[Role, str] = {}
    for person in LEADS:
        role = person.role_in(school.label)
        if role is not None and role not in lines:
            link = _link(settings, person, settings.origin(school.label))
            lines[role] = f"    {ROLE_NAMES[role.name]:9} {person.name:16} {link}"
    return [lines[role] for role in Role if role in lines]


def _link(settings: Settings, person: DemoPerson, origin: str) -> str:
    """Signs the person in and leads to the first page of that address."""
    target = quote(f"{origin}/", safe="")
    return f"{settings.origin('id')}/sign-in/{person.external_id}?redirect_url={target}"
