"""Pages, sessions, hosts, errors: how a request is answered."""
