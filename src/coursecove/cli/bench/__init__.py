"""`coursecove bench`: our paths against pgbench doing the same work, in one run, so that machines can be compared."""
