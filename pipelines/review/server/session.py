"""An audit under review: what a page asks for in, what it draws out. Knows nothing of HTTP."""

from typing import Any

from lookalike.pipelines.review.server.cards import Card, cluster_card, member_card, pair_card
from lookalike.pipelines.review.server.index import make_index
from lookalike.pipelines.review.server.judging import Judging
from lookalike.pipelines.review.server.pictures import Pictures
from lookalike.pipelines.review.server.queries import MEMBERS, MORE, answer, members_of, relations_of
from lookalike.pipelines.review.server.questions import PAGE, Question


class Session:
    """One audit, its pictures, and the file that verdicts go to."""

    def __init__(self, folder: str, output: str, record: dict[str, Any], verdicts: str, author: str) -> None:
        """folder: a local one, for the index. output, record: of the audit. verdicts, author: as of `Judging`.

        Raises:
            VerdictError: the file of verdicts can't be used.
        """
        self.record = record
        self._index = make_index(folder, output, record)
        self.pictures = Pictures(output, record)
        self.judging = Judging(verdicts, author, self._index, self.pictures)
        self.relations = relations_of(self._index)

    def page(self, question: Question) -> dict[str, Any]:
        """total: clusters or pairs that are asked for. pages: how many. cards: of the one page. noted: pairs that were
        decided on.
        """
        self.judging.refresh()
        total, rows = answer(self._index, question)
        cards = [pair_card(row) for row in rows] if question.view == "pairs" else self._clusters(rows)
        return {"total": total, "pages": max(1, -(-total // PAGE)), "cards": cards, "noted": self.judging.noted}

    def members(self, cluster: str, first: int) -> list[Card]:
        """Members of a cluster from number `first` on, as far as they are shown at once."""
        kept = members_of(self._index, [cluster], 0, 1)
        return [member_card(row, kept[0]) for row in members_of(self._index, [cluster], first, MORE)]

    def close(self) -> None:
        """Let go of the index."""
        self._index.close()

    def _clusters(self, groups: list[dict[str, Any]]) -> list[Card]:
        inside: dict[str, list[dict[str, Any]]] = {group["cluster_id"]: [] for group in groups}
        for row in members_of(self._index, list(inside), 0, MEMBERS):
            inside[row["cluster_id"]].append(row)
        return [cluster_card(group, inside[group["cluster_id"]][0], inside[group["cluster_id"]]) for group in groups]
