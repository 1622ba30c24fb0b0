"""What the letters say. Each tells what happened, and what to do if it was somebody else."""

from html import escape

from coursecove_identity.mail import Mail
from coursecove_identity.provider import Provider
from coursecove_identity.visitor import Visitor
from coursecove_identity.words import gettext as _


def sign_up_code(to: str, code: str, key: str) -> Mail:
    return _letter(
        to,
        _("{code} is your CourseCove code").format(code=code),
        [
            _("Type this code to finish signing up:"),
            code,
            _("It is good for ten minutes. If you did not sign up, ignore this letter."),
        ],
        key,
        strong=1,
    )


def already_here(provider: Provider, to: str, key: str) -> Mail:
    return _letter(
        to,
        _("You already have a CourseCove account"),
        [
            _("Somebody just tried to sign up with this address, and it has an account already."),
            _("If it was you, sign in instead: {link}").format(link=f"{provider.issuer}/sign-in"),
            _("If you forgot your password: {link}").format(link=f"{provider.issuer}/reset"),
            _("If it was not you, nothing was changed."),
        ],
        key,
    )


def email_code(to: str, code: str, key: str) -> Mail:
    return _letter(
        to,
        _("{code} is your CourseCove code").format(code=code),
        [
            _("Type this code to add this address to your account:"),
            code,
            _("It is good for ten minutes. If you did not ask for it, ignore this letter."),
        ],
        key,
        strong=1,
    )


def address_taken(to: str, key: str) -> Mail:
    return _letter(
        to,
        _("This address belongs to a CourseCove account already"),
        [
            _("Somebody just tried to add this address to another account."),
            _("If it was you, remove it from the account that has it first. If not, nothing was changed."),
        ],
        key,
    )


def reset_link(to: str, link: str, key: str) -> Mail:
    return _letter(
        to,
        _("A new password for CourseCove"),
        [
            _("Choose a new password here: {link}").format(link=link),
            _("The link is good for half an hour and works once."),
            _("If you did not ask for it, ignore this letter; your password stays as it is."),
        ],
        key,
    )


def no_account(provider: Provider, to: str, key: str) -> Mail:
    return _letter(
        to,
        _("There is no CourseCove account with this address"),
        [
            _("Somebody asked for a new password for this address, and no account has it."),
            _("Perhaps you signed up with another one, or not yet: {link}").format(
                link=f"{provider.issuer}/sign-up"
            ),
        ],
        key,
    )


def new_sign_in(provider: Provider, to: str, visitor: Visitor, key: str) -> Mail:
    return _letter(
        to,
        _("A new sign-in to your CourseCove account"),
        [
            _("Your account was just used in a browser that it had not been used in before:"),
            f"{visitor.browser}, {visitor.ip_address or _('address unknown')}",
            _("If it was you, there is nothing to do."),
            _("If it was not, choose a new password at once: {link}").format(link=f"{provider.issuer}/reset"),
        ],
        key,
        strong=1,
    )


def credentials_changed(provider: Provider, to: str, what: str, visitor: Visitor, *, key: str) -> Mail:
    return _letter(
        to,
        _("The way you sign in to CourseCove was changed"),
        [
            what,
            f"{visitor.browser}, {visitor.ip_address or _('address unknown')}",
            _("If it was you, there is nothing to do."),
            _("If it was not, choose a new password at once: {link}").format(link=f"{provider.issuer}/reset"),
        ],
        key,
        strong=0,
    )


def conversion_link(to: str, link: str, school: str, key: str) -> Mail:
    return _letter(
        to,
        _("Your own CourseCove account"),
        [
            _("{school} has managed your profile until now. Make it your own here: {link}").format(
                school=school, link=link
            ),
            _("The link is good for half an hour and works once."),
        ],
        key,
    )


def invitation(to: str, school: str, inviter: str, link: str, key: str) -> Mail:
    asked = _("{name} invites you to join {school}.") if inviter else _("You are invited to join {school}.")
    return _letter(
        to,
        _("Join {school}").format(school=school),
        [
            asked.format(name=inviter, school=school),
            _("Accept the invitation here: {link}").format(link=link),
            _("It is for you alone. If you did not expect it, ignore this letter."),
        ],
        key,
    )


def _letter(to: str, subject: str, lines: list[str], key: str, *, strong: int | None = None) -> Mail:
    text = "\n\n".join([*lines, "CourseCove"]) + "\n"
    return Mail(to, subject, text, _html(lines, strong), key)


def _html(lines: list[str], strong: int | None) -> str:
    """As plain as the text: no pictures, nothing loaded from anywhere."""
    parts = []
    for number, line in enumerate(lines):
        said = _linked(line)
        parts.append(f"<p><strong>{said}</strong></p>" if number == strong else f"<p>{said}</p>")
    return "".join([*parts, "<p>CourseCove</p>"])


def _linked(line: str) -> str:
    words = []
    for word in line.split(" "):
        plain = escape(word)
        words.append(f'<a href="{plain}">{plain}</a>' if word.startswith(("https://", "http://")) else plain)
    return " ".join(words)
