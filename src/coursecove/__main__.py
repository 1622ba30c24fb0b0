"""`python -m coursecove`: the command line, where every error of ours is one sentence."""

import sys

from coursecove.cli.program import program
from coursecove.kit.db.provision import NeedsAdministrator
from coursecove.kit.errors import ProblemError
from coursecove.kit.postgres import PostgresError


def main() -> None:
    """Run the command; exit code 2 and one sentence where it could not even begin."""
    try:
        program()
    except NeedsAdministrator as refusal:
        print(refusal.message, "", refusal.sql, sep="\n", file=sys.stderr)
        sys.exit(2)
    except (ProblemError, PostgresError) as refusal:
        print(refusal, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
