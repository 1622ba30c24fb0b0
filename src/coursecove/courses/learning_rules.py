"""What policies cannot say about learning: places are counted, lessons open in their time, progress follows."""

from coursecove.kit.db.sql_functions import SqlFunction

PEOPLE = ("authenticated", "coursecove_definer", "coursecove_service")

FINISHED_COURSE = SqlFunction(
    "app.finished_course",
    "school uuid, learner uuid, course uuid",
    "boolean",
    """
begin
  return exists (select from public.course_lessons l join public.course_modules m
                   on m.organization_id = l.organization_id and m.id = l.module_id
                  where l.organization_id = school and l.course_id = course and l.status = 'published'
                    and l.deleted_at is null and m.deleted_at is null)
     and not exists (
       select from public.course_lessons l join public.course_modules m
           on m.organization_id = l.organization_id and m.id = l.module_id
        where l.organization_id = school and l.course_id = course and l.status = 'published'
          and l.deleted_at is null and m.deleted_at is null
          and not exists (select from public.lesson_progress p
                           where p.organization_id = school and p.member_id = learner and p.lesson_id = l.id
                             and p.completed_at is not null));
end""",
    execute=("coursecove_definer",),
    definer=True,
)

OPEN_LESSONS = SqlFunction(
    "app.open_lesson_ids",
    "",
    "setof uuid",
    """
begin
  return query
    with mine as materialized (
      select e.course_id, e.started_at,
             not exists (select from public.course_prerequisites q
                           join public.courses r on r.organization_id = q.organization_id and r.id = q.required_id
                          where q.organization_id = e.organization_id and q.course_id = e.course_id
                            and r.status = 'published' and r.deleted_at is null
                            and not app.finished_course(e.organization_id, e.member_id, q.required_id)) as ready
        from public.enrolments e
        join public.courses c on c.organization_id = e.organization_id and c.id = e.course_id
       where e.organization_id = app.org_id() and e.member_id = app.member_id() and e.status = 'active'
         and c.status = 'published' and c.deleted_at is null)
    select l.id from mine
      join public.course_modules m on m.organization_id = app.org_id() and m.course_id = mine.course_id
      join public.course_lessons l on l.organization_id = app.org_id() and l.course_id = m.course_id
       and l.module_id = m.id
     where m.deleted_at is null and l.deleted_at is null and l.status = 'published'
       and ((mine.ready and coalesce(m.release_at <= now(), true)
             and coalesce(mine.started_at + make_interval(days => m.release_after_days) <= now(), true))
            or exists (select from public.lesson_progress p
                        where p.organization_id = app.org_id() and p.member_id = app.member_id()
                          and p.lesson_id = l.id));
end""",
    execute=PEOPLE,
    definer=True,
)

GUARD_ENROLMENT = SqlFunction(
    "app.guard_enrolment",
    "",
    "trigger",
    """
declare room integer;
begin
  if new.organization_id is distinct from app.org_id() and app.org_id() is not null then
    return new;  -- the fence refuses it
  end if;
  if tg_op = 'INSERT' and app.member_id() is not null and not exists (
    select from public.organization_memberships m
     where m.organization_id = new.organization_id and m.id = new.member_id
       and m.role = 'STUDENT' and m.status = 'ACTIVE') then
    raise exception 'students learn' using errcode = '23514', constraint = 'enrolments_student_check';
  end if;
  if new.status = 'active' and (tg_op = 'INSERT' or old.status <> 'active') then
    perform pg_advisory_xact_lock(hashtextextended('places:' || new.course_id, 0));
    select c.seats into room from public.courses c
     where c.organization_id = new.organization_id and c.id = new.course_id;
    if room <= (select count(*) from public.enrolments e
                 where e.organization_id = new.organization_id and e.course_id = new.course_id
                   and e.status = 'active') then
      new.status := 'waiting';
    end if;
  end if;
  if new.status = 'active' then
    new.started_at := coalesce(new.started_at, clock_timestamp());
  end if;
  new.waiting_since := case when new.status = 'waiting' then coalesce(new.waiting_since, clock_timestamp()) end;
  new.ended_at := case when new.status in ('ended', 'removed') then coalesce(new.ended_at, clock_timestamp()) end;
  return new;
end""",
    definer=True,
    volatility="volatile",
)

FILL_PLACES = SqlFunction(
    "app.fill_places",
    "course uuid",
    "setof uuid",
    """
declare
  room integer;
  next_one uuid;
begin
  perform pg_advisory_xact_lock(hashtextextended('places:' || course, 0));
  loop
    select c.seats into room from public.courses c where c.organization_id = app.org_id() and c.id = course;
    exit when room <= (select count(*) from public.enrolments e
                        where e.organization_id = app.org_id() and e.course_id = course and e.status = 'active');
    select e.id into next_one from public.enrolments e
     where e.organization_id = app.org_id() and e.course_id = course and e.status = 'waiting'
     order by e.waiting_since, e.id limit 1 for update;
    exit when next_one is null;
    update public.enrolments e set status = 'active', version = e.version + 1, updated_at = clock_timestamp()
     where e.organization_id = app.org_id() and e.id = next_one;
    return next next_one;
  end loop;
end""",
    execute=("authenticated",),
    definer=True,
    volatility="volatile",
)

LINK_OFFER = SqlFunction(
    "app.link_offer",
    "hash bytea",
    "table (course_id uuid, title text, summary text, needs_approval boolean, standing text)",
    """
begin
  return query
    select c.id, c.title, c.summary, k.needs_approval,
           (select e.status from public.enrolments e
             where e.organization_id = k.organization_id and e.course_id = k.course_id
               and e.member_id = app.member_id())
      from public.enrolment_links k
      join public.courses c on c.organization_id = k.organization_id and c.id = k.course_id
     where k.organization_id = app.org_id() and k.token_hash = hash and k.revoked_at is null
       and coalesce(k.expires_at > now(), true) and coalesce(k.uses < k.most_uses, true)
       and c.status = 'published' and c.deleted_at is null;
end""",
    execute=("authenticated",),
    definer=True,
)

JOIN_COURSE = SqlFunction(
    "app.join_course",
    "hash bytea, enrolment uuid",
    "uuid",
    """
declare
  link public.enrolment_links;
  standing text;
begin
  select k.* into link from public.enrolment_links k
    join public.courses c on c.organization_id = k.organization_id and c.id = k.course_id
   where k.organization_id = app.org_id() and k.token_hash = hash and k.revoked_at is null
     and coalesce(k.expires_at > now(), true) and c.status = 'published' and c.deleted_at is null
   for update of k;
  if link.id is null or not exists (
    select from public.organization_memberships m
     where m.organization_id = app.org_id() and m.id = app.member_id() and m.role = 'STUDENT') then
    return null;
  end if;
  select e.status into standing from public.enrolments e
   where e.organization_id = app.org_id() and e.course_id = link.course_id and e.member_id = app.member_id();
  if standing in ('active', 'waiting', 'requested') then
    return link.course_id;
  end if;
  if link.uses >= link.most_uses or standing = 'removed' then
    return null;
  end if;
  insert into public.enrolments as e (organization_id, id, course_id, member_id, status, source, link_id, enrolled_by)
  values (app.org_id(), enrolment, link.course_id, app.member_id(),
          case when link.needs_approval then 'requested' else 'active' end, 'link', link.id, null)
  on conflict (organization_id, course_id, member_id) do update
     set status = excluded.status, source = 'link', link_id = excluded.link_id, version = e.version + 1,
         updated_at = clock_timestamp();
  update public.enrolment_links k set uses = k.uses + 1 where k.organization_id = app.org_id() and k.id = link.id;
  return link.course_id;
end""",
    execute=("authenticated",),
    definer=True,
    volatility="volatile",
)

DERIVE_PROGRESS = SqlFunction(
    "app.derive_progress",
    "school uuid, learner uuid, lesson uuid",
    "void",
    """
begin
  insert into public.lesson_progress as p
         (organization_id, id, course_id, lesson_id, member_id, opened_at, last_at, completed_at, version_id)
  select school, app.new_id(), l.course_id, lesson, learner, f.opened_at, f.last_at,
         case when f.kinds[1] = 'completed' then f.completed_at end, f.version_id
    from public.course_lessons l,
         (select min(v.at) as opened_at, max(v.at) as last_at,
                 array_agg(v.kind order by v.at desc, v.id desc) filter (where v.kind <> 'opened') as kinds,
                 max(v.at) filter (where v.kind = 'completed') as completed_at,
                 (array_agg(v.version_id order by v.at desc, v.id desc))[1] as version_id
            from public.learning_events v
           where v.organization_id = school and v.member_id = learner and v.lesson_id = lesson) f
   where l.organization_id = school and l.id = lesson and f.opened_at is not null
  on conflict (organization_id, member_id, lesson_id) do update
     set course_id = excluded.course_id, opened_at = excluded.opened_at, last_at = excluded.last_at,
         completed_at = excluded.completed_at, version_id = excluded.version_id;
end""",
    execute=("coursecove_definer",),
    definer=True,
    volatility="volatile",
)

HEED_LEARNING = SqlFunction(
    "app.heed_learning",
    "",
    "trigger",
    """
begin
  if new.kind = 'completed' then
    -- two last lessons finished at one moment: the second one waits here, and then sees the first
    perform pg_advisory_xact_lock(hashtextextended('finishing:' || new.member_id || ':' || new.course_id, 0));
  end if;
  perform app.derive_progress(new.organization_id, new.member_id, new.lesson_id);
  if new.kind = 'completed' then
    perform app.issue_certificates(new.organization_id, new.course_id, new.member_id);
  end if;
  return null;
end""",
    definer=True,
    volatility="volatile",
)

REBUILD_PROGRESS = SqlFunction(
    "app.rebuild_progress",
    "school uuid",
    "integer",
    """
declare rebuilt integer;
begin
  delete from public.lesson_progress p where p.organization_id = school;
  select count(*) into rebuilt from (
    select app.derive_progress(school, v.member_id, v.lesson_id)
      from (select distinct e.member_id, e.lesson_id from public.learning_events e
             where e.organization_id = school) v) done;
  return rebuilt;
end""",
    execute=("coursecove_service",),
    definer=True,
    volatility="volatile",
)

FUNCTIONS = (
    FINISHED_COURSE,
    OPEN_LESSONS,
    GUARD_ENROLMENT,
    FILL_PLACES,
    LINK_OFFER,
    JOIN_COURSE,
    DERIVE_PROGRESS,
    HEED_LEARNING,
    REBUILD_PROGRESS,
)
