"""Who may ask: the browser that was given the address, from the page that the server sent, and nobody else.

The server listens on the loopback address. Three others could reach it there: pages of other sites that the same
browser shows, sites that give their own name the loopback address (DNS rebinding), and other users of this machine.
The first name another origin, the second another host, and neither they nor the third know the secret in the path.
"""

import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

HOSTS = ("127.0.0.1", "localhost")
"""Names that browsers may know the server by, with any port: one of another machine may be forwarded to it."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Of every answer: nothing is asked of another host, and no other page can embed what is sent."""


def refusal(method: str, headers: Mapping[str, str]) -> str:
    """A request's method and headers -> why it is refused, or ''."""
    host = headers.get("Host", "")
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        name = None
    if name not in HOSTS:
        return f"this server is not called {host!r}; open the address that `lookalike review` printed"
    origin = headers.get("Origin")
    if origin is not None and origin != f"http://{host}":
        return f"pages of {origin} may not ask here"
    followed = method == "GET" and headers.get("Sec-Fetch-Mode") == "navigate"  # the link, in a terminal in a browser
    if headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin") and not followed:
        return "pages of other sites may not ask here"
    if method not in ("GET", "HEAD") and origin is None:
        return "what changes something must say which page asks for it"
    return ""


def is_secret(given: str, secret: str) -> bool:
    """Compared in the same time wherever they differ."""
    return hmac.compare_digest(given.encode(), secret.encode())
