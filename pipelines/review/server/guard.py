"""Decides which requests are answered: those of the page that the server sent, and no others.

The server listens on the loopback address. Three others can reach it there: pages of other sites in the same browser,
sites that let their own name point to the loopback address (DNS rebinding), and other users of this machine. Requests
of the first name another origin, those of the second another host, and none of the three knows the secret in the path.
"""

import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

HOSTS = ("127.0.0.1", "localhost")
"""Names of the server. The port may be any, since a port of another machine may be forwarded to it."""
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
"""Headers of every answer: the page may ask no other host for anything, and no other page may embed what is sent."""


def refusal(method: str, headers: Mapping[str, str]) -> str:
    """Say why a request is refused; '' if it is not."""
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
    """Compare a secret, in a time that does not depend on where the two differ."""
    return hmac.compare_digest(given.encode(), secret.encode())
