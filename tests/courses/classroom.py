"""A course laid out in the database, as authors would have made it, and the ways to what its learners see."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg

from tests.conftest import School, Someone

Admin = asyncpg.Connection
COURSE = """
    insert into courses (organization_id, id, title, sort_title, summary, status, published_at, created_by)
    values ($1, $2, $3, lower($3), 'From the first note on.', 'published', now(), $4)"""
TEACHER = """
    insert into course_teachers (organization_id, id, course_id, member_id) values ($1, gen_random_uuid(), $2, $3)"""
MODULE = """
    insert into course_modules (organization_id, id, course_id, title, position) values ($1, $2, $3, $4, $5)"""
LESSON = """
    insert into course_lessons (organization_id, id, course_id, module_id, title, position, status, is_preview,
           current_version_id)
    values ($1, $2, $3, $4, $5, $6, 'published', $7, $8)"""
VERSION = """
    insert into lesson_versions (organization_id, id, course_id, lesson_id, number, content)
    values ($1, $2, $3, $4, $5, $6)"""


@dataclass(frozen=True)
class Classroom:
    """A course of two modules with two lessons each."""

    school: School
    course: UUID
    modules: tuple[UUID, ...]
    lessons: tuple[UUID, ...]
    versions: tuple[UUID, ...]

    @property
    def home(self) -> str:
        return f"/learning/{self.course}"

    @property
    def learners(self) -> str:
        return f"/courses/{self.course}/learners"

    def lesson(self, number: int, *more: str) -> str:
        return "/".join((f"/learning/lessons/{self.lessons[number]}", *more))


async def classroom(
    admin: "Admin[asyncpg.Record]", school: School, teacher: Someone, title: str = "Piano from the start"
) -> Classroom:
    """Published, with a preview as its very first lesson only where a test makes one."""
    course = uuid4()
    await admin.execute(COURSE, school.id, course, title, teacher.member_id)
    await admin.execute(TEACHER, school.id, course, teacher.member_id)
    modules, lessons, versions = [], [], []
    for number, module in enumerate(("Posture", "Scales")):
        modules.append(uuid4())
        await admin.execute(MODULE, school.id, modules[-1], course, module, f"a{number}")
        for place, name in enumerate(("first", "second")):
            lessons.append(uuid4())
            versions.append(uuid4())
            place_of = (f"{module} {name}", f"a{place}", False, versions[-1])
            await admin.execute(LESSON, school.id, lessons[-1], course, modules[-1], *place_of)
            text = f"# {module}\n\nWhat *{name}* says.\n\nhttps://youtu.be/dQw4w9WgXcQ"
            await admin.execute(VERSION, school.id, versions[-1], course, lessons[-1], 1, text)
    return Classroom(school, course, tuple(modules), tuple(lessons), tuple(versions))
