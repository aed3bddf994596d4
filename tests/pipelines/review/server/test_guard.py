import pytest

from lookalike.pipelines.review.server.guard import HEADERS, is_secret, refusal

OWN = "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {"Host": "127.0.0.1:8000"}),
        ("GET", {"Host": "localhost:9000", "Sec-Fetch-Site": "none"}),  # forwarded from another machine
        ("GET", {"Host": "127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}),
        ("GET", {"Host": "127.0.0.1:8000", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}),
        ("POST", {"Host": "127.0.0.1:8000", "Origin": OWN, "Sec-Fetch-Site": "same-origin"}),
    ],
)
def test_the_page_itself_may_ask(method, headers):
    assert refusal(method, headers) == ""


@pytest.mark.parametrize(
    ("method", "headers", "why"),
    [
        ("GET", {}, "not called"),
        ("GET", {"Host": "evil.example:8000"}, "not called 'evil.example:8000'"),  # DNS rebinding
        ("GET", {"Host": "127.0.0.1.evil.example"}, "not called"),
        ("GET", {"Host": "127.0.0.1@evil.example"}, "not called"),
        ("GET", {"Host": "[bad"}, "not called"),
        ("GET", {"Host": "192.168.0.2:8000"}, "not called"),
        ("GET", {"Host": "127.0.0.1:8000", "Origin": "http://evil.example"}, "pages of http://evil.example"),
        ("GET", {"Host": "127.0.0.1:8000", "Origin": "http://127.0.0.1:9000"}, "may not ask"),  # another port
        ("GET", {"Host": "127.0.0.1:8000", "Origin": "null"}, "may not ask"),
        ("GET", {"Host": "127.0.0.1:8000", "Sec-Fetch-Site": "cross-site"}, "other sites"),
        ("GET", {"Host": "127.0.0.1:8000", "Sec-Fetch-Site": "same-site"}, "other sites"),
        ("POST", {"Host": "127.0.0.1:8000"}, "must say which page"),
        ("POST", {"Host": "127.0.0.1:8000", "Origin": "https://127.0.0.1:8000"}, "may not ask"),
        (
            "POST",
            {"Host": "127.0.0.1:8000", "Origin": OWN, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
            "other sites",
        ),
    ],
)
def test_others_may_not(method, headers, why):
    assert why in refusal(method, headers)


def test_secrets_are_compared():
    assert is_secret("abc", "abc") and not is_secret("abd", "abc") and not is_secret("", "abc")
    assert not is_secret("ä", "abc")


def test_nothing_beyond_the_server_may_be_asked():
    policy = HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "http" not in policy and "*" not in policy and "unsafe" not in policy
