"""What a school's people see at a glance: dashboards and reports; reads only."""
