"""What answers at a host that is no address of ours: one page that needs no other file."""

import base64
import hashlib
import re

from starlette.responses import HTMLResponse, Response

from coursecove.kit.web.host_gate import Refusal, plain_refusal
from coursecove.kit.web.hosts import HostRefused, PublicRoot
from coursecove.kit.web.render import Page, Templates
from coursecove.web.views import Nowhere

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def nowhere(templates: Templates, root: PublicRoot) -> Refusal:
    """Answers for a host that was refused; its style is allowed by its digest, since it cannot load a sheet."""
    html = templates.render(Page("web/nowhere.html", Nowhere(root.origin())), None, nonce="")
    styles = " ".join(f"'sha256-{_digest(style)}'" for style in _STYLE.findall(html))
    policy = f"default-src 'none'; style-src {styles}; base-uri 'none'; frame-ancestors 'none'"
    headers = {"cache-control": "no-store", "content-security-policy": policy}

    def answer(refused: HostRefused) -> Response:
        return HTMLResponse(html, 404, headers) if refused.status == 404 else plain_refusal(refused)

    return answer


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
