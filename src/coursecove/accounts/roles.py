"""The roles people have in a school, and the words people read for them."""

from enum import StrEnum


class Role(StrEnum):
    """What a member is in one school."""

    SUPER_ADMIN = "SUPER_ADMIN"
    TEACHER = "TEACHER"
    STUDENT = "STUDENT"
    GUARDIAN = "GUARDIAN"


class Status(StrEnum):
    """Whether a person, school or membership counts."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    DELETED = "DELETED"


class Relation(StrEnum):
    """What a guardian is to a student."""

    MOTHER = "mother"
    FATHER = "father"
    PARENT = "parent"
    GRANDPARENT = "grandparent"
    RELATIVE = "relative"
    CARER = "carer"
    GUARDIAN = "guardian"
