"""What a reviewer asks for: which rows, in what order, and which page of them. No database, no HTTP."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

PAGE = 30
"""Clusters or pairs of a page."""
View = Literal["clusters", "pairs"]
Sort = Literal["size", "bytes", "unsure", "sure", "id"]


class Question(BaseModel):
    """One page of clusters or pairs. A cluster is shown if one of its copies is all that is asked for; where only names
    and folders are asked for, its kept copy counts too. What is empty or None asks for nothing.

    view: the table. page: from 1. sort: most images, most bytes reclaimable, least sure first, surest first, by id or
    name. relation, match: as the tables have them; `part` stands for a pair's `whole` too. low, high: probability.
    reclaimable: "yes" or "no". folder: path or name of one. smallest, largest: images of a cluster. verdict: what was
    decided, "any", or "none". text: part of a name, in any case. change: since the earlier audit. cluster: an id.
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
    cluster: str = ""
