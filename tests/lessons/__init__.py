"""People of a school: invited, changed, removed, linked, and children's profiles, through the front door."""
