"""Faults of scheduling's functions: what is replaced in which body."""

SCHEDULING_SIGNATURES = {"app.teachers_of_type": "app.teachers_of_type(uuid)"}

SCHEDULING_FAULTS: dict[str, dict[str, tuple[str, str]]] = {
    "app.teachers_of_type": {
        "are_of_drafts_too": ("t.status = 'published'", "true"),
        "are_of_every_school": ("q.organization_id = app.org_id() and", ""),
    },
    "app.guard_hours": {
        "let_hours_overlap": ("raise exception 'these hours overlap'", "raise notice 'these hours overlap'"),
        "end_no_day": ("case h.ends when '00:00' then '24:00' else h.ends end", "h.ends"),
    },
}
