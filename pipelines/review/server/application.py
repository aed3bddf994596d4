"""The addresses of the server, and what each of them asks the session for."""

import traceback
from typing import Any

import flask
import pydantic
from werkzeug.exceptions import HTTPException

from lookalike.pipelines.review import pages
from lookalike.pipelines.review.server import guard
from lookalike.pipelines.review.server.pictures import Picture, PictureError
from lookalike.pipelines.review.server.questions import Question
from lookalike.pipelines.review.server.session import Session
from lookalike.pipelines.review.shown.pairs import SECTIONS
from lookalike.pipelines.review.verdict_file import VerdictError
from lookalike.transforms.functional.verification.relations import JOINING
from lookalike.transforms.storage.errors import OutputError

FILES = {"report.css": "text/css", "cards.js": "text/javascript", "review.js": "text/javascript"}
"""Files of the page, and their media types."""
FOR_THE_SESSION = {"Cache-Control": "private, max-age=86400, immutable"}
"""Headers of pictures. Browsers may keep them, since no other session has the secret in their addresses."""
MOST_SENT = 1 << 16
"""Most bytes of the body of a request."""

Answer = dict[str, Any]


class _Verdict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")

    uris: tuple[str, str]
    verdict: str | None


def application(session: Session, secret: str) -> flask.Flask:
    """Make the WSGI application; every address begins with the secret."""
    app = flask.Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_SENT
    app.register_blueprint(_addresses(session), url_prefix="/<key>")
    app.before_request(lambda: _guard(secret))
    app.after_request(_sealed)
    for wrong, code in (
        (LookupError, 404), (PictureError, 409), (pydantic.ValidationError, 400), (VerdictError, 409),
        (OutputError, 409), (HTTPException, 0), (Exception, 500),
    ):  # fmt: skip
        app.register_error_handler(wrong, lambda error, code=code: _told(error, code))
    return app


def _guard(secret: str) -> tuple[Answer, int] | None:
    """Refuse requests that do not come from the page."""
    refused = guard.refusal(flask.request.method, dict(flask.request.headers))
    if refused:
        return {"error": refused}, 403
    given = (flask.request.view_args or {}).pop("key", "")
    if not guard.is_secret(given, secret):
        return {"error": "open the whole address that `lookalike review` printed"}, 404
    return None


def _sealed(response: flask.Response) -> flask.Response:
    response.headers.extend(guard.HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _told(error: Exception, code: int) -> tuple[Answer, int]:
    """Turn an exception into an answer of one line."""
    if isinstance(error, HTTPException):
        return {"error": error.description or error.name}, error.code or 500
    if isinstance(error, pydantic.ValidationError):
        first = error.errors()[0]
        return {"error": f"{'.'.join(map(str, first['loc']))}: {first['msg']}"}, code
    if code == 500:
        traceback.print_exception(error)
        return {"error": f"that failed: {error!r}"}, code
    return {"error": str(error.args[0] if error.args else error)}, code


def _addresses(session: Session) -> flask.Blueprint:
    found = flask.Blueprint("review", __name__)
    _add_page(found, session)
    _add_content(found, session)
    _add_verdicts(found, session)
    return found


def _add_page(found: flask.Blueprint, session: Session) -> None:
    """Serve the page and the files that it is made of."""

    @found.get("/")
    def show_page() -> str:
        return pages.rendered(
            "review.html",
            record=session.record,
            counts=session.record["counts"],
            tabs=tabs(session),
            joining=JOINING,
            changes=[change for change, number in (session.record.get("delta") or {}).items() if number],
            verdicts=session.judging.path,
        )

    @found.get("/<any(" + ",".join(f"'{name}'" for name in FILES) + "):name>")
    def show_file(name: str) -> flask.Response:
        return flask.Response(pages.text_of(name), mimetype=FILES[name])


def _add_content(found: flask.Blueprint, session: Session) -> None:
    """Serve what the page shows: cards, members of clusters, and pictures."""

    @found.get("/cards")
    def show_cards() -> Answer:
        return session.page(Question.model_validate(flask.request.args.to_dict()))

    @found.get("/members")
    def show_members() -> Answer:
        first = flask.request.args.get("first", 0, int)
        return {"members": session.members(flask.request.args["cluster"], first)}

    @found.get("/thumbnail")
    def show_thumbnail() -> flask.Response:
        return _picture(session.pictures.thumbnail(flask.request.args["uri"]))

    @found.get("/picture")
    def show_picture() -> flask.Response:
        return _picture(session.pictures.whole(flask.request.args["uri"]))


def _add_verdicts(found: flask.Blueprint, session: Session) -> None:
    """Take verdicts, and undo them."""

    @found.post("/verdict")
    def judge() -> Answer:
        asked = _Verdict.model_validate(flask.request.get_json())
        return session.judging.judge(asked.uris, asked.verdict)._asdict()

    @found.post("/undo")
    def undo() -> Answer:
        decided = session.judging.undo()
        return decided._asdict() if decided else {"pair": None, "undoable": 0, "noted": session.judging.noted}


def tabs(session: Session) -> list[Answer]:
    """List the tabs of the page: clusters, the relations that there are pairs of, and all pairs."""
    counts, compared = session.record["counts"], "matches" in session.record["parts"]
    clusters = {"view": "clusters", "relation": "", "title": "Clusters", "text": "", "count": counts.get("clusters")}
    kinds = [
        {"view": "pairs", "relation": name, "title": title, "text": text, "count": session.relations[name]}
        for name, (title, text) in SECTIONS.items()
        if name in session.relations
    ]
    pairs = {
        "view": "pairs",
        "relation": "",
        "title": "All pairs",
        "text": "",
        "count": sum(session.relations.values()),
    }
    return [pairs | {"title": "Matches"}, *kinds] if compared else [clusters, *kinds, pairs]


def _picture(picture: Picture) -> flask.Response:
    return flask.Response(picture.data, mimetype=picture.kind, headers=FOR_THE_SESSION)
