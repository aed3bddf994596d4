"""What a reviewer asks for: which clusters or pairs, in what order, and which page of them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

PAGE = 30
"""Number of clusters or pairs on a page."""
View = Literal["clusters", "pairs"]
Sort = Literal["size", "bytes", "unsure", "sure", "id"]


class Question(BaseModel):
    """One page of clusters or pairs, and the filters that apply.

    A cluster is shown if one of its copies meets all filters. The kept copy of a cluster counts only if there are no
    filters but names and folders. A filter that is empty or None always holds.

    Attributes:
        view: the table.
        page: number of the page, from 1.
        sort: most images first, most reclaimable bytes first, least or most probable first, or by id.
        relation: as in the tables; of pairs, `part` means `whole` too.
        match: as in the tables.
        low: least probability.
        high: greatest probability.
        reclaimable: whether the copy is reclaimable.
        folder: path of a folder, or the name of one.
        smallest: least number of images of the cluster.
        largest: greatest number of images of the cluster.
        verdict: what was decided about the pair; "any" or "none" means whether something was.
        text: part of a URI, in upper or lower case.
        change: what happened to the cluster since the previous audit.
        conflict: whether its copies disagree in a carried column.
        cluster: id of the cluster.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    view: View = "clusters"
    page: int = Field(1, ge=1, le=1 << 40)
    sort: Sort = "size"
    relation: str = ""
    match: str = ""
    low: float = Field(0.0, ge=0, le=1)
    high: float = Field(1.0, ge=0, le=1)
    reclaimable: Literal["", "yes", "no"] = ""
    folder: str = ""
    smallest: int | None = Field(None, ge=0)
    largest: int | None = Field(None, ge=0)
    verdict: Literal["", "any", "none", "duplicates", "not duplicates"] = ""
    text: str = ""
    change: str = ""
    conflict: Literal["", "yes", "no"] = ""
    cluster: str = ""
