"""What people read about changes, problems and relations, and what they may write for a role."""

from collections.abc import Mapping

from coursecove.accounts.roles import Relation, Role
from coursecove.accounts.wording import role_word
from coursecove.kit.web.language import gettext as _
from coursecove.people.lists import LineProblem
from coursecove.people.models import ChangeKind


def role_words() -> Mapping[str, Role]:
    """What a list may say for a role: our words in the reader's language, and the commonest others in English."""
    own = {role_word(role).casefold(): role for role in Role}
    return {
        "teacher": Role.TEACHER,
        "teachers": Role.TEACHER,
        "instructor": Role.TEACHER,
        "student": Role.STUDENT,
        "students": Role.STUDENT,
        "pupil": Role.STUDENT,
        "guardian": Role.GUARDIAN,
        "guardians": Role.GUARDIAN,
        "parent": Role.GUARDIAN,
        "owner": Role.SUPER_ADMIN,
        "admin": Role.SUPER_ADMIN,
        "super_admin": Role.SUPER_ADMIN,
        **own,
    }


def relation_word(relation: str) -> str:
    """What a guardian is to a student, as people say it."""
    return {
        Relation.MOTHER: _("Mother"),
        Relation.FATHER: _("Father"),
        Relation.PARENT: _("Parent"),
        Relation.GRANDPARENT: _("Grandparent"),
        Relation.RELATIVE: _("Relative"),
        Relation.CARER: _("Carer"),
        Relation.GUARDIAN: _("Guardian"),
    }[Relation(relation)]


def problem_words(problem: str | None) -> str:
    """Why a line was not or will not be carried out; the provider's own sentence is shown as it came."""
    known = {
        LineProblem.NO_EMAIL: _("There is no address in this line."),
        LineProblem.BAD_EMAIL: _("This is not an email address."),
        LineProblem.UNKNOWN_ROLE: _("We do not know this role. Write teacher, student, guardian or owner."),
        LineProblem.REPEATED: _("This address stands further up already."),
        LineProblem.ALREADY_MEMBER: _("This person is a member already."),
        LineProblem.ALREADY_INVITED: _("This person has an open invitation already."),
        LineProblem.WAS_REMOVED: _(
            "This person was removed lately. Restore them, so that they keep what is theirs."
        ),
        "last_owner": _("A school keeps at least one owner."),
        "yourself": _("This is you. Leave the school from your own account."),
        "same_role": _("This person has that role already."),
        "not_removed": _("This person is a member."),
        "not_allowed": _("Whoever asked for this may not do so any more."),
        "unreachable": _("The sign-in service could not be reached for too long."),
        "gone": _("This is not there any more."),
    }
    return known.get(problem or "", problem or "")


def kind_words(kind: str) -> str:
    """What a list does, as a heading."""
    return {
        ChangeKind.INVITATION: _("Invite people"),
        ChangeKind.REVOCATION: _("Take invitations back"),
        ChangeKind.RESENDING: _("Send invitations again"),
        ChangeKind.ROLE: _("Change roles"),
        ChangeKind.REMOVAL: _("Remove people"),
        ChangeKind.LEAVING: _("Leave the school"),
        ChangeKind.RESTORATION: _("Restore people"),
    }[ChangeKind(kind)]
