"""The roles of an organisation's members, as Clerk names and describes them."""

from dataclasses import dataclass

from coursecove_identity.faults import wrong_value

ADMIN = "org:admin"


@dataclass(frozen=True, slots=True)
class Role:
    """What a role is called, and which of Clerk's own permissions it has."""

    name: str
    permissions: tuple[str, ...] = ()


ROLES = {
    ADMIN: Role(
        "Admin",
        (
            "org:sys_profile:manage",
            "org:sys_profile:delete",
            "org:sys_memberships:read",
            "org:sys_memberships:manage",
            "org:sys_domains:read",
            "org:sys_domains:manage",
            "org:sys_billing:read",
            "org:sys_billing:manage",
        ),
    ),
    "org:teacher": Role("Teacher", ("org:sys_memberships:read",)),
    "org:guardian": Role("Guardian"),
    "org:student": Role("Student"),
    "org:member": Role("Member", ("org:sys_memberships:read", "org:sys_billing:read")),
}


def known(role: str) -> str:
    """The role if there is one of this name."""
    if role not in ROLES:
        allowed = ", ".join(ROLES)
        raise wrong_value(
            "role",
            f"{role} does not match the allowed values for parameter role. Allowed values: {allowed}",
        )
    return role
