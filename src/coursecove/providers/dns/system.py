"""The name servers that this machine uses, or those that are set."""

from collections.abc import Sequence

import dns.asyncresolver
import dns.exception
import dns.rdatatype
import dns.resolver

from coursecove.providers.dns import NoAnswer, NoSuchName

DEADLINE = 5.0


class SystemResolver:
    """Asks with a deadline; answers are not cached, since somebody waits for a change to show."""

    def __init__(self, servers: Sequence[str] = ()) -> None:
        self._servers = servers
        self._asked: dns.asyncresolver.Resolver | None = None

    async def texts(self, name: str) -> Sequence[str]:
        answer = await self._ask(name, "TXT")
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer or ()]

    async def aliases(self, name: str) -> Sequence[str]:
        answer = await self._ask(name, "CNAME")
        return [record.target.to_text(omit_final_dot=True).lower() for record in answer or ()]

    async def _ask(self, name: str, kind: str) -> dns.resolver.Answer | None:
        try:
            return await self._resolver().resolve(f"{name}.", kind, lifetime=DEADLINE)
        except dns.resolver.NoAnswer:
            return None
        except dns.resolver.NXDOMAIN:
            raise NoSuchName(name) from None
        except (dns.exception.DNSException, OSError, UnicodeError) as problem:
            raise NoAnswer(f"{type(problem).__name__}: {problem}") from problem

    def _resolver(self) -> dns.asyncresolver.Resolver:
        """Made when it is first needed: a machine without a name server still serves everything else."""
        if self._asked is None:
            self._asked = dns.asyncresolver.Resolver(configure=not self._servers)
            if self._servers:
                self._asked.nameservers = list(self._servers)
        return self._asked
