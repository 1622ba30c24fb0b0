"""Components: one Jinja macro a file, with a contract and an example."""
