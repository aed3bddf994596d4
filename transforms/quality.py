"""Which of two copies is better: an order over images, as configured."""

from transforms.schemas import Node

CRITERIA = ("pixels", "compression", "oldest", "uri")
"""pixels: more is better. compression: more bytes a pixel is better. oldest: earlier modification is better, an
unknown one last. uri: lower is better; it is always the last criterion, so that the order is total."""


class QualityOrder:
    """Key function for sorting Nodes, best copy first."""

    def __init__(self, prefer: tuple[str, ...]) -> None:
        """`prefer`: criteria, the most important first. Raises ValueError for one that is unknown."""
        unknown = [name for name in prefer if name not in CRITERIA]
        if unknown:
            raise ValueError(f"cluster.prefer names {unknown[0]!r}; it can be {', '.join(CRITERIA)}")
        self.prefer = prefer

    def __call__(self, node: Node) -> tuple:
        """The sort key of one image."""
        values = {
            "pixels": -node.width * node.height,
            "compression": -node.bytes / (node.width * node.height),
            "oldest": node.modified or "9999",
            "uri": node.uri,
        }
        return (*(values[name] for name in self.prefer), node.uri)
