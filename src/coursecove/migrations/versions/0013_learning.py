"""Learning"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = '0013'
down_revision: str | None = '0012'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    sql = op.get_bind().exec_driver_sql
    sql("""create or replace function app.finished_course(school uuid, learner uuid, course uuid) returns boolean
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
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
end
$function$""")
    sql("""alter function app.finished_course(uuid, uuid, uuid) owner to coursecove_definer""")
    sql("""revoke all on function app.finished_course(uuid, uuid, uuid) from public""")
    sql("""grant execute on function app.finished_course(uuid, uuid, uuid) to coursecove_definer""")
    sql("""create or replace function app.open_lesson_ids() returns setof uuid
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
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
end
$function$""")
    sql("""alter function app.open_lesson_ids() owner to coursecove_definer""")
    sql("""revoke all on function app.open_lesson_ids() from public""")
    sql("""grant execute on function app.open_lesson_ids() to authenticated""")
    sql("""grant execute on function app.open_lesson_ids() to coursecove_definer""")
    sql("""grant execute on function app.open_lesson_ids() to coursecove_service""")
    sql("""create or replace function app.guard_enrolment() returns trigger
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
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
end
$function$""")
    sql("""alter function app.guard_enrolment() owner to coursecove_definer""")
    sql("""revoke all on function app.guard_enrolment() from public""")
    sql("""create or replace function app.fill_places(course uuid) returns setof uuid
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
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
end
$function$""")
    sql("""alter function app.fill_places(uuid) owner to coursecove_definer""")
    sql("""revoke all on function app.fill_places(uuid) from public""")
    sql("""grant execute on function app.fill_places(uuid) to authenticated""")
    sql("""create or replace function app.link_offer(hash bytea) returns table (course_id uuid, title text, summary text, needs_approval boolean, standing text)
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
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
end
$function$""")
    sql("""alter function app.link_offer(bytea) owner to coursecove_definer""")
    sql("""revoke all on function app.link_offer(bytea) from public""")
    sql("""grant execute on function app.link_offer(bytea) to authenticated""")
    sql("""create or replace function app.join_course(hash bytea, enrolment uuid) returns uuid
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
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
end
$function$""")
    sql("""alter function app.join_course(bytea, uuid) owner to coursecove_definer""")
    sql("""revoke all on function app.join_course(bytea, uuid) from public""")
    sql("""grant execute on function app.join_course(bytea, uuid) to authenticated""")
    sql("""create or replace function app.derive_progress(school uuid, learner uuid, lesson uuid) returns void
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
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
end
$function$""")
    sql("""alter function app.derive_progress(uuid, uuid, uuid) owner to coursecove_definer""")
    sql("""revoke all on function app.derive_progress(uuid, uuid, uuid) from public""")
    sql("""grant execute on function app.derive_progress(uuid, uuid, uuid) to coursecove_definer""")
    sql("""create or replace function app.heed_learning() returns trigger
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
begin
  perform app.derive_progress(new.organization_id, new.member_id, new.lesson_id);
  return null;
end
$function$""")
    sql("""alter function app.heed_learning() owner to coursecove_definer""")
    sql("""revoke all on function app.heed_learning() from public""")
    sql("""create or replace function app.rebuild_progress(school uuid) returns integer
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
declare rebuilt integer;
begin
  delete from public.lesson_progress p where p.organization_id = school;
  select count(*) into rebuilt from (
    select app.derive_progress(school, v.member_id, v.lesson_id)
      from (select distinct e.member_id, e.lesson_id from public.learning_events e
             where e.organization_id = school) v) done;
  return rebuilt;
end
$function$""")
    sql("""alter function app.rebuild_progress(uuid) owner to coursecove_definer""")
    sql("""revoke all on function app.rebuild_progress(uuid) from public""")
    sql("""grant execute on function app.rebuild_progress(uuid) to coursecove_service""")
    # ### commands auto generated by Alembic - please adjust! ###
    op.create_table('course_prerequisites',
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('required_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organization_id', sa.Uuid(), server_default=sa.text('app.org_id()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['organization_id', 'course_id'], ['courses.organization_id', 'courses.id'], name=op.f('course_prerequisites_organization_id_course_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id', 'required_id'], ['courses.organization_id', 'courses.id'], name=op.f('course_prerequisites_organization_id_required_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('course_prerequisites_organization_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('course_prerequisites_pkey')),
    sa.UniqueConstraint('organization_id', 'course_id', 'required_id', name=op.f('course_prerequisites_organization_id_course_id_required_id_key'))
    )
    op.create_index('course_prerequisites_required_id_idx', 'course_prerequisites', ['organization_id', 'required_id'], unique=False)
    op.create_table('enrolment_links',
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('needs_approval', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('most_uses', sa.Integer(), nullable=True),
    sa.Column('uses', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_by', sa.Uuid(), server_default=sa.text('app.member_id()'), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organization_id', sa.Uuid(), server_default=sa.text('app.org_id()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('length(name) between 1 and 80', name=op.f('enrolment_links_name_check')),
    sa.CheckConstraint('most_uses > 0', name=op.f('enrolment_links_most_uses_check')),
    sa.CheckConstraint('octet_length(token_hash) = 32', name=op.f('enrolment_links_token_hash_check')),
    sa.CheckConstraint('uses >= 0', name=op.f('enrolment_links_uses_check')),
    sa.ForeignKeyConstraint(['organization_id', 'course_id'], ['courses.organization_id', 'courses.id'], name=op.f('enrolment_links_organization_id_course_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id', 'created_by'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('enrolment_links_organization_id_created_by_fkey'), ondelete='SET NULL (created_by)'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('enrolment_links_organization_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('enrolment_links_pkey')),
    sa.UniqueConstraint('organization_id', 'token_hash', name=op.f('enrolment_links_organization_id_token_hash_key'))
    )
    op.create_index('enrolment_links_created_by_idx', 'enrolment_links', ['organization_id', 'created_by'], unique=False)
    op.create_index('enrolment_links_newest_idx', 'enrolment_links', ['organization_id', 'course_id', 'id'], unique=False)
    op.create_table('enrolments',
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.Text(), server_default=sa.text("'active'"), nullable=False),
    sa.Column('source', sa.Text(), server_default=sa.text("'hand'"), nullable=False),
    sa.Column('link_id', sa.Uuid(), nullable=True),
    sa.Column('enrolled_by', sa.Uuid(), server_default=sa.text('app.member_id()'), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('waiting_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organization_id', sa.Uuid(), server_default=sa.text('app.org_id()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("source in ('hand', 'link')", name=op.f('enrolments_source_check')),
    sa.CheckConstraint("status in ('requested', 'waiting', 'active', 'ended', 'removed')", name=op.f('enrolments_status_check')),
    sa.ForeignKeyConstraint(['organization_id', 'course_id'], ['courses.organization_id', 'courses.id'], name=op.f('enrolments_organization_id_course_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id', 'enrolled_by'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('enrolments_organization_id_enrolled_by_fkey'), ondelete='SET NULL (enrolled_by)'),
    sa.ForeignKeyConstraint(['organization_id', 'link_id'], ['enrolment_links.organization_id', 'enrolment_links.id'], name=op.f('enrolments_organization_id_link_id_fkey'), ondelete='SET NULL (link_id)'),
    sa.ForeignKeyConstraint(['organization_id', 'member_id'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('enrolments_organization_id_member_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('enrolments_organization_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('enrolments_pkey')),
    sa.UniqueConstraint('organization_id', 'course_id', 'member_id', name=op.f('enrolments_organization_id_course_id_member_id_key'))
    )
    op.create_index('enrolments_enrolled_by_idx', 'enrolments', ['organization_id', 'enrolled_by'], unique=False)
    op.create_index('enrolments_in_line_idx', 'enrolments', ['organization_id', 'course_id', 'waiting_since', 'id'], unique=False, postgresql_where=sa.text("status = 'waiting'"))
    op.create_index('enrolments_link_id_idx', 'enrolments', ['organization_id', 'link_id'], unique=False)
    op.create_index('enrolments_member_id_idx', 'enrolments', ['organization_id', 'member_id', 'status', 'course_id'], unique=False)
    op.create_index('enrolments_newest_idx', 'enrolments', ['organization_id', 'course_id', 'status', 'id'], unique=False)
    op.create_index('enrolments_of_course_idx', 'enrolments', ['organization_id', 'course_id', 'id'], unique=False)
    op.create_table('learning_events',
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('lesson_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('version_id', sa.Uuid(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('organization_id', sa.Uuid(), server_default=sa.text('app.org_id()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("kind in ('opened', 'completed', 'reopened')", name=op.f('learning_events_kind_check')),
    sa.ForeignKeyConstraint(['organization_id', 'course_id', 'lesson_id'], ['course_lessons.organization_id', 'course_lessons.course_id', 'course_lessons.id'], name=op.f('learning_events_organization_id_course_id_lesson_id_fkey'), onupdate='CASCADE', ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id', 'course_id'], ['courses.organization_id', 'courses.id'], name=op.f('learning_events_organization_id_course_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id', 'member_id'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('learning_events_organization_id_member_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('learning_events_organization_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('learning_events_pkey'))
    )
    op.create_index('learning_events_lesson_id_idx', 'learning_events', ['organization_id', 'course_id', 'lesson_id'], unique=False)
    op.create_index('learning_events_of_learner_idx', 'learning_events', ['organization_id', 'member_id', 'lesson_id', 'id'], unique=False)
    op.create_table('lesson_notes',
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('lesson_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organization_id', sa.Uuid(), server_default=sa.text('app.org_id()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('length(content) between 1 and 10000', name=op.f('lesson_notes_content_check')),
    sa.ForeignKeyConstraint(['organization_id', 'course_id', 'lesson_id'], ['course_lessons.organization_id', 'course_lessons.course_id', 'course_lessons.id'], name=op.f('lesson_notes_organization_id_course_id_lesson_id_fkey'), onupdate='CASCADE', ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id', 'course_id'], ['courses.organization_id', 'courses.id'], name=op.f('lesson_notes_organization_id_course_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id', 'member_id'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('lesson_notes_organization_id_member_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('lesson_notes_organization_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('lesson_notes_pkey')),
    sa.UniqueConstraint('organization_id', 'member_id', 'lesson_id', name=op.f('lesson_notes_organization_id_member_id_lesson_id_key'))
    )
    op.create_index('lesson_notes_lesson_id_idx', 'lesson_notes', ['organization_id', 'course_id', 'lesson_id'], unique=False)
    op.create_table('lesson_progress',
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('lesson_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version_id', sa.Uuid(), nullable=True),
    sa.Column('organization_id', sa.Uuid(), server_default=sa.text('app.org_id()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['organization_id', 'course_id', 'lesson_id'], ['course_lessons.organization_id', 'course_lessons.course_id', 'course_lessons.id'], name=op.f('lesson_progress_organization_id_course_id_lesson_id_fkey'), onupdate='CASCADE', ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id', 'course_id'], ['courses.organization_id', 'courses.id'], name=op.f('lesson_progress_organization_id_course_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id', 'member_id'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('lesson_progress_organization_id_member_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('lesson_progress_organization_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('lesson_progress_pkey')),
    sa.UniqueConstraint('organization_id', 'member_id', 'lesson_id', name=op.f('lesson_progress_organization_id_member_id_lesson_id_key'))
    )
    op.create_index('lesson_progress_lesson_id_idx', 'lesson_progress', ['organization_id', 'course_id', 'lesson_id'], unique=False)
    op.create_index('lesson_progress_of_learner_idx', 'lesson_progress', ['organization_id', 'member_id', 'course_id', 'lesson_id'], unique=False)
    op.add_column('course_modules', sa.Column('release_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('course_modules', sa.Column('release_after_days', sa.Integer(), nullable=True))
    op.add_column('courses', sa.Column('seats', sa.Integer(), nullable=True))
    # ### end Alembic commands ###
    sql("""alter table course_modules add constraint course_modules_release_after_days_check CHECK (((release_after_days >= 0) AND (release_after_days <= 1000)))""")
    sql("""alter table courses add constraint courses_seats_check CHECK ((seats > 0))""")
    sql("""drop policy "fence" on course_modules""")
    sql("""drop policy "people_select" on course_modules""")
    sql("""drop policy "people_insert" on course_modules""")
    sql("""drop policy "people_update" on course_modules""")
    sql("""drop policy "definer_select" on course_modules""")
    sql("""revoke all on course_modules from anon, authenticated, coursecove_definer, coursecove_service""")
    sql("""alter table course_modules owner to coursecove_owner""")
    sql("""alter table course_modules enable row level security""")
    sql("""alter table course_modules force row level security""")
    sql("""grant select, insert, update, delete on course_modules to coursecove_service""")
    sql("""create policy fence on course_modules as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on course_modules for select to authenticated using ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids())) or (deleted_at is null and course_id = any(array(select app.published_course_ids()))))""")
    sql("""grant select on course_modules to authenticated""")
    sql("""create policy people_insert on course_modules for insert to authenticated with check ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids())))""")
    sql("""grant insert (organization_id, id, course_id, title, position) on course_modules to authenticated""")
    sql("""create policy people_update on course_modules for update to authenticated using ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids()))) with check ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids())))""")
    sql("""grant update (course_id, title, position, release_at, release_after_days, version, updated_at, deleted_at) on course_modules to authenticated""")
    sql("""create policy definer_select on course_modules for select to coursecove_definer using (true)""")
    sql("""grant select on course_modules to coursecove_definer""")
    sql("""alter table course_prerequisites owner to coursecove_owner""")
    sql("""alter table course_prerequisites enable row level security""")
    sql("""alter table course_prerequisites force row level security""")
    sql("""grant select, insert, update, delete on course_prerequisites to coursecove_service""")
    sql("""create policy fence on course_prerequisites as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on course_prerequisites for select to authenticated using ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids())) or course_id = any(array(select app.published_course_ids())))""")
    sql("""grant select on course_prerequisites to authenticated""")
    sql("""create policy people_insert on course_prerequisites for insert to authenticated with check ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids())))""")
    sql("""grant insert (organization_id, id, course_id, required_id) on course_prerequisites to authenticated""")
    sql("""create policy people_delete on course_prerequisites for delete to authenticated using ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids())))""")
    sql("""grant delete on course_prerequisites to authenticated""")
    sql("""create policy definer_select on course_prerequisites for select to coursecove_definer using (true)""")
    sql("""grant select on course_prerequisites to coursecove_definer""")
    sql("""drop policy "fence" on courses""")
    sql("""drop policy "people_select" on courses""")
    sql("""drop policy "people_insert" on courses""")
    sql("""drop policy "people_update" on courses""")
    sql("""drop policy "definer_select" on courses""")
    sql("""revoke all on courses from anon, authenticated, coursecove_definer, coursecove_service""")
    sql("""alter table courses owner to coursecove_owner""")
    sql("""alter table courses enable row level security""")
    sql("""alter table courses force row level security""")
    sql("""grant select, insert, update, delete on courses to coursecove_service""")
    sql("""create policy fence on courses as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on courses for select to authenticated using ((select app.is_admin()) or (status = 'published' and deleted_at is null) or id = any(array(select app.taught_course_ids())))""")
    sql("""grant select on courses to authenticated""")
    sql("""create policy people_insert on courses for insert to authenticated with check ((select app.is_staff()) and status = 'draft')""")
    sql("""grant insert (organization_id, id, title, sort_title, summary, color) on courses to authenticated""")
    sql("""create policy people_update on courses for update to authenticated using ((select app.is_admin()) or id = any(array(select app.taught_course_ids()))) with check ((select app.is_admin()) or id = any(array(select app.taught_course_ids())))""")
    sql("""grant update (title, sort_title, summary, color, status, publish_at, published_at, seats, version, updated_at, deleted_at) on courses to authenticated""")
    sql("""create policy definer_select on courses for select to coursecove_definer using (true)""")
    sql("""grant select on courses to coursecove_definer""")
    sql("""alter table enrolment_links owner to coursecove_owner""")
    sql("""alter table enrolment_links enable row level security""")
    sql("""alter table enrolment_links force row level security""")
    sql("""grant select, insert, update, delete on enrolment_links to coursecove_service""")
    sql("""create policy fence on enrolment_links as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on enrolment_links for select to authenticated using ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids())))""")
    sql("""grant select on enrolment_links to authenticated""")
    sql("""create policy people_insert on enrolment_links for insert to authenticated with check ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids())))""")
    sql("""grant insert (organization_id, id, course_id, name, token_hash, needs_approval, most_uses, expires_at) on enrolment_links to authenticated""")
    sql("""create policy people_update on enrolment_links for update to authenticated using ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids()))) with check ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids())))""")
    sql("""grant update (revoked_at) on enrolment_links to authenticated""")
    sql("""create policy definer_select on enrolment_links for select to coursecove_definer using (true)""")
    sql("""grant select on enrolment_links to coursecove_definer""")
    sql("""create policy definer_update on enrolment_links for update to coursecove_definer using (true)""")
    sql("""grant update on enrolment_links to coursecove_definer""")
    sql("""alter table enrolments owner to coursecove_owner""")
    sql("""alter table enrolments enable row level security""")
    sql("""alter table enrolments force row level security""")
    sql("""grant select, insert, update, delete on enrolments to coursecove_service""")
    sql("""create policy fence on enrolments as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on enrolments for select to authenticated using ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids())) or member_id = any(array(select app.my_member_ids())))""")
    sql("""grant select on enrolments to authenticated""")
    sql("""create policy people_insert on enrolments for insert to authenticated with check ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids())))""")
    sql("""grant insert (organization_id, id, course_id, member_id, status, source) on enrolments to authenticated""")
    sql("""create policy people_update on enrolments for update to authenticated using ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids())) or member_id = (select app.member_id())) with check ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids())) or (member_id = (select app.member_id()) and status = 'ended'))""")
    sql("""grant update (status, version, updated_at) on enrolments to authenticated""")
    sql("""create policy definer_select on enrolments for select to coursecove_definer using (true)""")
    sql("""grant select on enrolments to coursecove_definer""")
    sql("""create policy definer_insert on enrolments for insert to coursecove_definer with check (true)""")
    sql("""grant insert on enrolments to coursecove_definer""")
    sql("""create policy definer_update on enrolments for update to coursecove_definer using (true)""")
    sql("""grant update on enrolments to coursecove_definer""")
    sql("""alter table learning_events owner to coursecove_owner""")
    sql("""alter table learning_events enable row level security""")
    sql("""alter table learning_events force row level security""")
    sql("""grant select, insert on learning_events to coursecove_service""")
    sql("""create policy fence on learning_events as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on learning_events for select to authenticated using ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids())) or member_id = any(array(select app.my_member_ids())))""")
    sql("""grant select on learning_events to authenticated""")
    sql("""create policy people_insert on learning_events for insert to authenticated with check (member_id = (select app.member_id()) and lesson_id = any(array(select app.open_lesson_ids())))""")
    sql("""grant insert (organization_id, id, course_id, lesson_id, member_id, kind, version_id) on learning_events to authenticated""")
    sql("""create policy definer_select on learning_events for select to coursecove_definer using (true)""")
    sql("""grant select on learning_events to coursecove_definer""")
    sql("""drop policy "people_insert" on lesson_files""")
    sql("""drop policy "people_select" on lesson_files""")
    sql("""drop policy "fence" on lesson_files""")
    sql("""drop policy "people_update" on lesson_files""")
    sql("""revoke all on lesson_files from anon, authenticated, coursecove_definer, coursecove_service""")
    sql("""alter table lesson_files owner to coursecove_owner""")
    sql("""alter table lesson_files enable row level security""")
    sql("""alter table lesson_files force row level security""")
    sql("""grant select, insert, update, delete on lesson_files to coursecove_service""")
    sql("""create policy fence on lesson_files as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on lesson_files for select to authenticated using ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids())) or lesson_id = any(array(select app.preview_lesson_ids())) or lesson_id = any(array(select app.open_lesson_ids())))""")
    sql("""grant select on lesson_files to authenticated""")
    sql("""create policy people_insert on lesson_files for insert to authenticated with check ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids())))""")
    sql("""grant insert (organization_id, id, course_id, lesson_id, name, type, size, digest) on lesson_files to authenticated""")
    sql("""create policy people_update on lesson_files for update to authenticated using ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids()))) with check ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids())))""")
    sql("""grant update (deleted_at) on lesson_files to authenticated""")
    sql("""alter table lesson_notes owner to coursecove_owner""")
    sql("""alter table lesson_notes enable row level security""")
    sql("""alter table lesson_notes force row level security""")
    sql("""grant select, insert, update, delete on lesson_notes to coursecove_service""")
    sql("""create policy fence on lesson_notes as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on lesson_notes for select to authenticated using (member_id = (select app.member_id()))""")
    sql("""grant select on lesson_notes to authenticated""")
    sql("""create policy people_insert on lesson_notes for insert to authenticated with check (member_id = (select app.member_id()) and lesson_id = any(array(select app.open_lesson_ids())))""")
    sql("""grant insert (organization_id, id, course_id, lesson_id, member_id, content) on lesson_notes to authenticated""")
    sql("""create policy people_update on lesson_notes for update to authenticated using (member_id = (select app.member_id())) with check (member_id = (select app.member_id()))""")
    sql("""grant update (content, version, updated_at) on lesson_notes to authenticated""")
    sql("""create policy people_delete on lesson_notes for delete to authenticated using (member_id = (select app.member_id()))""")
    sql("""grant delete on lesson_notes to authenticated""")
    sql("""alter table lesson_progress owner to coursecove_owner""")
    sql("""alter table lesson_progress enable row level security""")
    sql("""alter table lesson_progress force row level security""")
    sql("""grant select on lesson_progress to coursecove_service""")
    sql("""create policy fence on lesson_progress as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on lesson_progress for select to authenticated using ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids())) or member_id = any(array(select app.my_member_ids())))""")
    sql("""grant select on lesson_progress to authenticated""")
    sql("""create policy definer_select on lesson_progress for select to coursecove_definer using (true)""")
    sql("""grant select on lesson_progress to coursecove_definer""")
    sql("""create policy definer_insert on lesson_progress for insert to coursecove_definer with check (true)""")
    sql("""grant insert on lesson_progress to coursecove_definer""")
    sql("""create policy definer_update on lesson_progress for update to coursecove_definer using (true)""")
    sql("""grant update on lesson_progress to coursecove_definer""")
    sql("""create policy definer_delete on lesson_progress for delete to coursecove_definer using (true)""")
    sql("""grant delete on lesson_progress to coursecove_definer""")
    sql("""drop policy "fence" on lesson_versions""")
    sql("""drop policy "people_select" on lesson_versions""")
    sql("""drop policy "people_insert" on lesson_versions""")
    sql("""revoke all on lesson_versions from anon, authenticated, coursecove_definer, coursecove_service""")
    sql("""alter table lesson_versions owner to coursecove_owner""")
    sql("""alter table lesson_versions enable row level security""")
    sql("""alter table lesson_versions force row level security""")
    sql("""grant select, insert on lesson_versions to coursecove_service""")
    sql("""create policy fence on lesson_versions as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on lesson_versions for select to authenticated using ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids())) or lesson_id = any(array(select app.preview_lesson_ids())) or lesson_id = any(array(select app.open_lesson_ids())))""")
    sql("""grant select on lesson_versions to authenticated""")
    sql("""create policy people_insert on lesson_versions for insert to authenticated with check ((select app.is_admin()) or course_id = any(array(select app.taught_course_ids())))""")
    sql("""grant insert (organization_id, id, course_id, lesson_id, number, content, note) on lesson_versions to authenticated""")
    sql("""create or replace trigger guard_enrolment before insert or update of status on enrolments for each row execute function app.guard_enrolment()""")
    sql("""create or replace trigger derive_progress after insert on learning_events for each row execute function app.heed_learning()""")
