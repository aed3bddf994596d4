"""Selects the rows that answer a question from the index, with SQL."""

from typing import Any, NamedTuple

import duckdb

from lookalike.pipelines.review.server.questions import PAGE, Question

MEMBERS = 12
"""Most members of a cluster on a page; others are shown on demand."""
MORE = 100
"""Most members that are shown at once on demand."""

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
    """The rows of one page.

    Attributes:
        total: number of rows on all pages.
        rows: rows of this page.
    """

    total: int
    rows: list[Row]


class Condition:
    """Terms of SQL that must all hold, and the values of their parameters."""

    def __init__(self) -> None:
        """Start without terms: everything is selected."""
        self.terms: list[str] = []
        self.values: list[Any] = []

    def add(self, term: str, *values: Any) -> None:
        """Add a term, in which each `?` stands for one of `values`."""
        self.terms.append(term)
        self.values += values

    def __str__(self) -> str:
        return " AND ".join(self.terms) or "true"


def answer(index: duckdb.DuckDBPyConnection, question: Question) -> Answer:
    """Select the rows of a page; a page beyond the last has none."""
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
    """Select members of clusters, in order of cluster and of place in the cluster.

    Args:
        index: as `make_index` returns it.
        clusters: ids of the clusters.
        first: place of the first member that is wanted; the kept copy has place 0.
        most: number of members of each cluster.
    """
    found = index.cursor().execute(
        f"SELECT * EXCLUDE (a, b) FROM {_JUDGED_MEMBERS} WHERE cluster_id IN (SELECT unnest(?)) AND place >= ? "
        "AND place < ? ORDER BY cluster_id, place",
        [clusters, first, first + most],
    )
    return _all(found)


def relations_of(index: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Count the pairs of each relation; `whole` is counted as `part`, which it is from the other side."""
    asked = "SELECT if(relation = 'whole', 'part', relation) AS relation, count(*) AS pairs FROM couples GROUP BY ALL"
    return {row["relation"]: row["pairs"] for row in _all(index.cursor().execute(asked))}


def clusters_asked(question: Question) -> Condition:
    """Make the condition on rows of `groups`."""
    found = Condition()
    if question.cluster:
        found.add("cluster_id = ?", question.cluster)
    if question.smallest is not None:
        found.add("size >= ?", question.smallest)
    if question.largest is not None:
        found.add("size <= ?", question.largest)
    if question.change:
        found.add("change = ?", question.change)
    if question.conflict:
        found.add("conflict = ?", question.conflict == "yes")
    inside = _members_asked(question)
    if inside.terms:
        found.add(f"cluster_id IN (SELECT cluster_id FROM {_JUDGED_MEMBERS} WHERE {inside})", *inside.values)
    return found


def _members_asked(question: Question) -> Condition:
    """Make the condition on one member of a cluster."""
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
    """Make the table that pairs are selected from, and the condition on its rows.

    Filters on sizes of clusters, changes and reclaimable copies do not concern pairs.
    """
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
    """Add filters on scores; images of equal pixels have probability 1."""
    if wanted:
        found.add(f"{relation} = ?", wanted)
    if question.match:
        found.add("match = ?", question.match)
    if question.low > 0:
        found.add("coalesce(probability, 1) >= ?", question.low)
    if question.high < 1:
        found.add("coalesce(probability, 1) <= ?", question.high)


def _add_verdict(found: Condition, question: Question, differ: str) -> None:
    """Add the filter on verdicts. differ: the term that the two files differ; about equal files nobody decides."""
    if question.verdict == "any":
        found.add("verdict IS NOT NULL")
    elif question.verdict == "none":
        found.add(f"verdict IS NULL AND {differ}")
    elif question.verdict:
        found.add("verdict = ?", question.verdict)


def _all(cursor: duckdb.DuckDBPyConnection) -> list[Row]:
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
