"""Every SQL statement that the code runs: found in the source, prepared against the real schema, held to its types."""
