"""A question in, the rows that answer it out: conditions, order and page as SQL over the index."""

from typing import Any, NamedTuple

import duckdb

from lookalike.pipelines.review.server.questions import PAGE, Question

MEMBERS = 12
"""Of a cluster, shown before all are asked for."""
MORE = 100
"""Members that are shown at once of those that are asked for."""

_SORTS = {
    "clusters": {
        "size": "size DESC, cluster_id",
        "bytes": "bytes DESC, cluster_id",
        "unsure": "probability, cluster_id",
        "sure": "probability DESC, cluster_id",
        "id": "cluster_id",
    },
    "pairs": {
        "size": "bytes_a + bytes_b DESC, number",
        "bytes": "bytes_a + bytes_b DESC, number",
        "unsure": "probability, number",
        "sure": "probability DESC, number",
        "id": "number",
    },
}
_JUDGED_MEMBERS = """
    members LEFT JOIN verdicts ON a = least(content_hash, best_hash) AND b = greatest(content_hash, best_hash)
"""
_JUDGED_COUPLES = "couples LEFT JOIN verdicts ON a = least(hash_a, hash_b) AND b = greatest(hash_a, hash_b)"

Row = dict[str, Any]


class Answer(NamedTuple):
    """total: rows that are asked for, on all pages. rows: of the one page."""

    total: int
    rows: list[Row]


class Condition:
    """Terms that all hold, and the values of their parameters."""

    def __init__(self) -> None:
        """None: everything holds."""
        self.terms: list[str] = []
        self.values: list[Any] = []

    def add(self, term: str, *values: Any) -> None:
        """One more; `?` stands for a value."""
        self.terms.append(term)
        self.values += values

    def __str__(self) -> str:
        return " AND ".join(self.terms) or "true"


def answer(index: duckdb.DuckDBPyConnection, question: Question) -> Answer:
    """Look the page up. A page beyond the last has no rows."""
    table, condition = ("groups", clusters_asked(question)) if question.view == "clusters" else _couples(question)
    cursor = index.cursor()
    (total,) = _all(cursor.execute(f"SELECT count(*) AS total FROM {table} WHERE {condition}", condition.values))
    order = _SORTS[question.view][question.sort]
    limits = [PAGE, (question.page - 1) * PAGE]
    found = cursor.execute(
        f"SELECT * FROM {table} WHERE {condition} ORDER BY {order} LIMIT ? OFFSET ?", [*condition.values, *limits]
    )
    return Answer(total["total"], _all(found))


def members_of(index: duckdb.DuckDBPyConnection, clusters: list[str], first: int, most: int) -> list[Row]:
    """Members of clusters from number `first` on, `most` of each, in order of cluster and number."""
    found = index.cursor().execute(
        f"SELECT * EXCLUDE (a, b) FROM {_JUDGED_MEMBERS} WHERE cluster_id IN (SELECT unnest(?)) AND place >= ? "
        "AND place < ? ORDER BY cluster_id, place",
        [clusters, first, first + most],
    )
    return _all(found)


def relations_of(index: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Relation -> how many pairs have it, `whole` being `part` from the other side."""
    asked = "SELECT if(relation = 'whole', 'part', relation) AS relation, count(*) AS pairs FROM couples GROUP BY ALL"
    return {row["relation"]: row["pairs"] for row in _all(index.cursor().execute(asked))}


def clusters_asked(question: Question) -> Condition:
    """The condition on rows of `groups`."""
    found = Condition()
    if question.cluster:
        found.add("cluster_id = ?", question.cluster)
    if question.smallest is not None:
        found.add("size >= ?", question.smallest)
    if question.largest is not None:
        found.add("size <= ?", question.largest)
    if question.change:
        found.add("change = ?", question.change)
    inside = _members_asked(question)
    if inside.terms:
        found.add(f"cluster_id IN (SELECT cluster_id FROM {_JUDGED_MEMBERS} WHERE {inside})", *inside.values)
    return found


def _members_asked(question: Question) -> Condition:
    """The condition on one member of a cluster."""
    found = Condition()
    _add_names(found, question, "uri")
    copies = Condition()
    _add_scores(copies, question, question.relation, "relation")
    if question.reclaimable:
        copies.add("reclaimable = ?", question.reclaimable == "yes")
    _add_verdict(copies, question, "content_hash <> best_hash")
    if copies.terms:
        found.add(f"NOT is_representative AND {copies}", *copies.values)
    return found


def _couples(question: Question) -> tuple[str, Condition]:
    """What pairs are chosen from, and the condition on them. Sizes of clusters and what can go say nothing of pairs."""
    found = Condition()
    either = Condition()
    _add_names(either, question, "uri_a")
    if either.terms:
        found.add(f"(({either}) OR ({str(either).replace('uri_a', 'uri_b')}))", *either.values, *either.values)
    _add_scores(found, question, question.relation, "if(relation = 'whole', 'part', relation)")
    _add_verdict(found, question, "hash_a <> hash_b")
    return f"(SELECT * EXCLUDE (a, b) FROM {_JUDGED_COUPLES})", found


def _add_names(found: Condition, question: Question, uri: str) -> None:
    folder = question.folder.rstrip("/")
    if folder.startswith("/") or "://" in folder:
        found.add(f"starts_with({uri}, ?)", f"{folder}/")
    elif folder:
        found.add(f"contains({uri}, ?)", f"/{folder}/")
    if question.text:
        found.add(f"contains(lower({uri}), lower(?))", question.text)


def _add_scores(found: Condition, question: Question, wanted: str, relation: str) -> None:
    """Pictures of equal pixels count as sure."""
    if wanted:
        found.add(f"{relation} = ?", wanted)
    if question.match:
        found.add("match = ?", question.match)
    if question.low > 0:
        found.add("coalesce(probability, 1) >= ?", question.low)
    if question.high < 1:
        found.add("coalesce(probability, 1) <= ?", question.high)


def _add_verdict(found: Condition, question: Question, differ: str) -> None:
    """differ: their bytes do; there is nothing to decide of the same bytes."""
    if question.verdict == "any":
        found.add("verdict IS NOT NULL")
    elif question.verdict == "none":
        found.add(f"verdict IS NULL AND {differ}")
    elif question.verdict:
        found.add("verdict = ?", question.verdict)


def _all(cursor: duckdb.DuckDBPyConnection) -> list[Row]:
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
