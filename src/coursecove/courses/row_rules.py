"""What policies cannot say about courses: which of them the caller teaches, and what everybody may read."""

from coursecove.kit.db.sql_functions import SqlFunction

PEOPLE = ("authenticated", "coursecove_definer", "coursecove_service")

TAUGHT_COURSES = SqlFunction(
    "app.taught_course_ids",
    "",
    "setof uuid",
    """
begin
  return query
    select t.course_id from public.course_teachers t
     where t.organization_id = app.org_id() and t.member_id = app.member_id() and app.is_staff();
end""",
    execute=PEOPLE,
    definer=True,
)

PUBLISHED_COURSES = SqlFunction(
    "app.published_course_ids",
    "",
    "setof uuid",
    """
begin
  return query
    select c.id from public.courses c
     where c.organization_id = app.org_id() and c.status = 'published' and c.deleted_at is null;
end""",
    execute=PEOPLE,
    definer=True,
)

PREVIEW_LESSONS = SqlFunction(
    "app.preview_lesson_ids",
    "",
    "setof uuid",
    """
begin
  return query
    select l.id from public.course_lessons l
      join public.courses c on c.organization_id = l.organization_id and c.id = l.course_id
      join public.course_modules m on m.organization_id = l.organization_id and m.id = l.module_id
     where l.organization_id = app.org_id() and l.is_preview and l.status = 'published' and l.deleted_at is null
       and c.status = 'published' and c.deleted_at is null and m.deleted_at is null;
end""",
    execute=PEOPLE,
    definer=True,
)

AUTHOR_TEACHES = SqlFunction(
    "app.author_teaches",
    "",
    "trigger",
    """
begin
  if new.created_by = app.member_id() then
    insert into public.course_teachers (organization_id, id, course_id, member_id)
    values (new.organization_id, app.new_id(), new.id, new.created_by);
  end if;
  return null;
end""",
    definer=True,
    volatility="volatile",
)

FUNCTIONS = (TAUGHT_COURSES, PUBLISHED_COURSES, PREVIEW_LESSONS, AUTHOR_TEACHES)
