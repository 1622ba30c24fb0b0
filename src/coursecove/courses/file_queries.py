"""Reads about the files of lessons."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coursecove.kit.db import Reads


@dataclass(frozen=True, slots=True)
class File:
    """A file of a lesson."""

    id: UUID
    lesson_id: UUID
    name: str
    type: str
    size: int
    digest: str
    created_at: datetime


FILE = """
    select f.id, f.lesson_id, f.name, f.type, f.size, f.digest, f.created_at from lesson_files f
     where f.organization_id = (select app.org_id()) and f.id = $1 and f.deleted_at is null"""
FILES = """
    select f.id, f.lesson_id, f.name, f.type, f.size, f.digest, f.created_at from lesson_files f
     where f.organization_id = (select app.org_id()) and f.course_id = $1 and f.lesson_id = $2 and f.deleted_at is null
     order by f.id limit 200"""


async def file(db: Reads, file_id: UUID) -> File:
    """One that the caller may see: whoever may read what the lesson says."""
    return await db.one(File, FILE, file_id)


async def files(db: Reads, course_id: UUID, lesson_id: UUID) -> list[File]:
    return await db.fetch(File, FILES, course_id, lesson_id)
