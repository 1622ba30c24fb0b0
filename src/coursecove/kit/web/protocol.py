"""The HTTP parser of the server, a little stricter."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class OriginFormProtocol(HttpToolsProtocol):
    """Refuses a request line that names a host of its own: the parser would drop that host unseen.

    Given to the server as its `http` setting. An exception inside the parser is answered with 400.
    """

    def on_headers_complete(self) -> None:
        if not self.url.startswith(b"/"):
            raise ValueError("the request target must be a path")
        super().on_headers_complete()
