"""What a key for programs may be allowed to do."""

from enum import StrEnum


class Scope(StrEnum):
    """One right of a key; its member's role still bounds all of them."""

    READ_PEOPLE = "people:read"
    WRITE_PEOPLE = "people:write"
    READ_COURSES = "courses:read"
    WRITE_COURSES = "courses:write"
    READ_LEARNING = "learning:read"
    WRITE_LEARNING = "learning:write"
    READ_SCHOOL = "school:read"
    WRITE_SCHOOL = "school:write"
    EXPORT_SCHOOL = "school:export"
    READ_SCHEDULE = "schedule:read"
    WRITE_SCHEDULE = "schedule:write"
    READ_EVENTS = "events:read"
    WRITE_ACCOUNT = "account:write"
    MANAGE_TOKENS = "tokens:manage"

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    Scope.READ_PEOPLE: "See people",
    Scope.WRITE_PEOPLE: "Invite, change and remove people; link guardians",
    Scope.READ_COURSES: "See courses and what is in them",
    Scope.WRITE_COURSES: "Make, change and publish courses",
    Scope.READ_LEARNING: "See who learns what, and how far they are",
    Scope.WRITE_LEARNING: "Enrol people in courses and remove them",
    Scope.READ_SCHOOL: "See the school",
    Scope.WRITE_SCHOOL: "Change the school's settings",
    Scope.EXPORT_SCHOOL: "Export all data of the school",
    Scope.READ_SCHEDULE: "See locations, appointment types, hours and lessons",
    Scope.WRITE_SCHEDULE: "Change locations, appointment types and hours; book, move and cancel lessons",
    Scope.READ_EVENTS: "See what happened",
    Scope.WRITE_ACCOUNT: "Change your own time zone and language",
    Scope.MANAGE_TOKENS: "Make and revoke keys",
}
