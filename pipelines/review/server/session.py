"""An audit under review: answers what the page asks for. It knows nothing of HTTP."""

from typing import Any

from lookalike.pipelines.review.server.cards import Card, cluster_card, member_card, pair_card
from lookalike.pipelines.review.server.index import make_index
from lookalike.pipelines.review.server.judging import Judging
from lookalike.pipelines.review.server.pictures import Pictures
from lookalike.pipelines.review.server.queries import MEMBERS, MORE, answer, members_of, relations_of
from lookalike.pipelines.review.server.questions import PAGE, Question


class Session:
    """One audit, its pictures, and the file of verdicts."""

    def __init__(self, folder: str, output: str, record: dict[str, Any], verdicts: str, author: str) -> None:
        """Make the index of the audit, and read the file of verdicts.

        Args:
            folder: local folder for the index.
            output: folder or URL of the audit.
            record: its `audit.json`.
            verdicts: the file of verdicts.
            author: who decides; '' means the name of the user.

        Raises:
            VerdictError: the file of verdicts can't be used.
        """
        self.record = record
        self._index = make_index(folder, output, record)
        self.pictures = Pictures(output, record)
        self.judging = Judging(verdicts, author, self._index, self.pictures)
        self.relations = relations_of(self._index)

    def page(self, question: Question) -> dict[str, Any]:
        """Answer a question.

        Returns:
            total: number of clusters or pairs on all pages. pages: number of pages. cards: the cards of this page.
            noted: number of pairs that somebody decided about.
        """
        self.judging.refresh()
        total, rows = answer(self._index, question)
        cards = [pair_card(row) for row in rows] if question.view == "pairs" else self._clusters(rows)
        return {"total": total, "pages": max(1, -(-total // PAGE)), "cards": cards, "noted": self.judging.noted}

    def members(self, cluster: str, first: int) -> list[Card]:
        """Make the parts of a card for the next members of a cluster, from place `first` on."""
        kept = members_of(self._index, [cluster], 0, 1)
        return [member_card(row, kept[0]) for row in members_of(self._index, [cluster], first, MORE)]

    def close(self) -> None:
        """Close the index."""
        self._index.close()

    def _clusters(self, groups: list[dict[str, Any]]) -> list[Card]:
        inside: dict[str, list[dict[str, Any]]] = {group["cluster_id"]: [] for group in groups}
        for row in members_of(self._index, list(inside), 0, MEMBERS):
            inside[row["cluster_id"]].append(row)
        return [cluster_card(group, inside[group["cluster_id"]][0], inside[group["cluster_id"]]) for group in groups]
