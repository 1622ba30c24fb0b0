"""What a member may do, and the role matrix on one screen."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from coursecove.accounts.roles import Role

_OWNER = frozenset({Role.SUPER_ADMIN})
_STAFF = frozenset({Role.SUPER_ADMIN, Role.TEACHER})
_ALL = frozenset(Role)


class Permission(StrEnum):
    """One thing that a page or a route asks for."""

    SEE_DASHBOARD = "dashboard:see"
    SEE_PEOPLE = "people:see"
    MANAGE_PEOPLE = "people:manage"
    LINK_GUARDIANS = "guardians:link"
    MANAGE_PROFILES = "profiles:manage"
    SEE_FAMILY = "family:see"
    LEAVE_SCHOOL = "school:leave"
    AUTHOR_COURSES = "courses:author"
    LEARN = "courses:learn"
    STUDY = "lessons:study"
    READ_LESSONS = "lessons:read"
    SEE_ACTIVITY = "activity:see"
    SEE_SCHOOL = "school:see"
    MANAGE_SCHOOL = "school:manage"
    MANAGE_ADDRESSES = "school:address"
    EXPORT_SCHOOL = "school:export"
    CLOSE_SCHOOL = "school:close"
    MANAGE_JOINING = "joining:manage"
    SEE_SUPPORT = "support:see"
    MANAGE_SCHEDULE = "schedule:manage"
    OFFER_LESSONS = "lessons:offer"
    BOOK_LESSONS = "lessons:book"
    MANAGE_ACCOUNT = "account:manage"
    MANAGE_TOKENS = "tokens:manage"


MATRIX: Mapping[Permission, frozenset[Role]] = MappingProxyType(
    {
        Permission.SEE_DASHBOARD: _ALL,
        Permission.SEE_PEOPLE: _STAFF,
        Permission.MANAGE_PEOPLE: _OWNER,
        Permission.LINK_GUARDIANS: _STAFF,
        Permission.MANAGE_PROFILES: _STAFF | {Role.GUARDIAN},
        Permission.SEE_FAMILY: frozenset({Role.GUARDIAN}),
        Permission.LEAVE_SCHOOL: _ALL,
        Permission.AUTHOR_COURSES: _STAFF,
        Permission.LEARN: frozenset({Role.STUDENT, Role.GUARDIAN}),
        Permission.STUDY: frozenset({Role.STUDENT}),
        Permission.READ_LESSONS: _ALL,
        Permission.SEE_ACTIVITY: _OWNER,
        Permission.SEE_SCHOOL: _ALL,
        Permission.MANAGE_SCHOOL: _OWNER,
        Permission.MANAGE_ADDRESSES: _OWNER,
        Permission.EXPORT_SCHOOL: _OWNER,
        Permission.CLOSE_SCHOOL: _OWNER,
        Permission.MANAGE_JOINING: _OWNER,
        Permission.SEE_SUPPORT: _OWNER,
        Permission.MANAGE_SCHEDULE: _OWNER,
        Permission.OFFER_LESSONS: _STAFF,
        Permission.BOOK_LESSONS: _ALL,
        Permission.MANAGE_ACCOUNT: _ALL,
        Permission.MANAGE_TOKENS: _STAFF,
    }
)

IN_PERSON = frozenset(
    {
        Permission.MANAGE_ADDRESSES,
        Permission.EXPORT_SCHOOL,
        Permission.CLOSE_SCHOOL,
        Permission.MANAGE_JOINING,
        Permission.MANAGE_ACCOUNT,
        Permission.MANAGE_TOKENS,
    }
)
"""Only for the person themselves: neither for support, nor for a session in which somebody acts as another."""


def may(role: Role, permission: Permission) -> bool:
    """Does the role include the permission?"""
    return role in MATRIX[permission]
