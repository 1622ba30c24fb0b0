"""Gates about keys, references and indexes."""

from coursecove.accounts.audit import AUDITED
from tests.security.gates.gate import OURS, Gate
from tests.security.gates.rows import BAD_TABLE

TENANT = f"""pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
               and not a.attisdropped and c.relkind in ('r', 'p') and c.relnamespace in {OURS}"""
AUDIT_TABLES = ", ".join(f"('{table}')" for table in AUDITED)

GATES = (
    Gate(
        "tables have a primary key",
        f"""select c.oid::regclass::text from pg_class c where c.relnamespace in {OURS} and c.relkind in ('r', 'p')
               and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)""",
        "create table public.bad (organization_id uuid)",
        splinter=("0004",),
    ),
    Gate(
        "tenant keys start with the school",
        f"""select c.oid::regclass::text from {TENANT}
             where not exists (select from pg_index i
                    where i.indrelid = c.oid and i.indisprimary and i.indkey[0] = a.attnum)""",
        "create table public.bad (organization_id uuid, id uuid primary key)",
    ),
    Gate(
        "a row's school is not null",
        f"select c.oid::regclass || '.organization_id' from {TENANT} where not a.attnotnull",
        "create table public.bad (organization_id uuid, id uuid primary key)",
    ),
    Gate(
        "unique indexes carry the school",
        f"""select i.indexrelid::regclass::text from pg_index i join ({TENANT}) on c.oid = i.indrelid
             where (i.indisunique or i.indisexclusion)
               and not a.attnum = any((i.indkey::int2[])[0:i.indnkeyatts - 1])""",
        f"{BAD_TABLE} create unique index bad_id on bad (id) include (organization_id)",
    ),
    Gate(
        "references between tenant tables carry the school",
        f"""select con.conname::text from pg_constraint con
              join pg_class c on c.oid = con.conrelid and c.relnamespace in {OURS}
              join pg_attribute x on x.attrelid = con.conrelid and x.attname = 'organization_id'
              join pg_attribute y on y.attrelid = con.confrelid and y.attname = 'organization_id'
             where con.contype = 'f' and not exists (
                   select from unnest(con.conkey, con.confkey) k (l, r) where k.l = x.attnum and k.r = y.attnum)""",
        f"""{BAD_TABLE} alter table guardianships add constraint guardianships_id_key unique (id);
            alter table bad add foreign key (id) references guardianships (id)""",
    ),
    Gate(
        "references to members are declared",
        f"""select c.oid::regclass || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid
             where c.relnamespace in {OURS} and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
               and a.attname ~ '(^|_)(member|student|teacher|guardian)_id$'
               and not exists (select from pg_constraint con where con.contype = 'f' and con.conrelid = c.oid
                                and a.attnum = any(con.conkey))""",
        f"{BAD_TABLE} alter table bad add student_id uuid",
    ),
    Gate(
        "a deleted row takes no school away",
        f"""select con.conname::text from pg_constraint con
              join pg_attribute x on x.attrelid = con.conrelid and x.attname = 'organization_id'
              join pg_class c on c.oid = con.conrelid and c.relnamespace in {OURS}
             where con.contype = 'f' and x.attnum = any(con.conkey) and con.confdeltype in ('n', 'd')
               and (con.confdelsetcols is null or x.attnum = any(con.confdelsetcols))""",
        """create table public.bad (organization_id uuid, id uuid, member_id uuid,
             primary key (organization_id, id), foreign key (organization_id, member_id)
             references organization_memberships (organization_id, id) on delete set null)""",
    ),
    Gate(
        "references are indexed",
        f"""select con.conname::text from pg_constraint con
              join pg_class c on c.oid = con.conrelid and c.relnamespace in {OURS}
             where con.contype = 'f' and not exists (
                   select from pg_index i where i.indrelid = con.conrelid and i.indpred is null and i.indisvalid
                      and (i.indkey::int2[])[0:cardinality(con.conkey) - 1] @> con.conkey)""",
        f"{BAD_TABLE} alter table bad add user_id uuid references users (id)",
        splinter=("0001",),
    ),
    Gate(
        "constraints and indexes are valid",
        f"""select conname::text from pg_constraint where connamespace in {OURS} and not convalidated
            union all select i.indexrelid::regclass::text from pg_index i
              join pg_class c on c.oid = i.indrelid and c.relnamespace in {OURS}
             where not (i.indisvalid and i.indisready)""",
        "alter table organizations add constraint bad check (name <> '') not valid",
    ),
    Gate(
        "no index is there twice",
        f"""select string_agg(i.indexrelid::regclass::text, ' = ' order by i.indexrelid::regclass::text)
              from pg_index i join pg_class c on c.oid = i.indrelid and c.relnamespace in {OURS}
             group by i.indrelid, i.indkey::text, i.indclass::text, i.indoption::text,
                      pg_get_expr(i.indexprs, i.indrelid), pg_get_expr(i.indpred, i.indrelid)
            having count(*) > 1""",
        "create index bad on users (email)",
        splinter=("0009",),
    ),
    Gate(
        "audited tables are audited",
        f"""select t.name from (values {AUDIT_TABLES}) t (name)
             where not exists (select from pg_trigger g where g.tgrelid = t.name::regclass and g.tgname = 'audit'
                    and g.tgenabled = 'O' and g.tgfoid = 'app.audit'::regproc and g.tgqual is null
                    and g.tgattr::text = '' and g.tgtype & 63 = 29)""",
        "alter table guardianships disable trigger audit",
    ),
    Gate(
        "columns have types that an upgrade can carry",
        f"""select c.oid::regclass || '.' || a.attname from pg_attribute a
              join pg_class c on c.oid = a.attrelid and c.relnamespace in {OURS} and c.relkind in ('r', 'p')
             where a.attnum > 0 and a.atttypid = any('{{regcollation,regconfig,regdictionary,regnamespace,regoper,
                   regoperator,regproc,regprocedure}}'::regtype[])""",
        f"{BAD_TABLE} alter table bad add which regproc",
        splinter=("0018",),
    ),
)
