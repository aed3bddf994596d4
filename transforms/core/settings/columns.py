"""The block `columns`."""

from typing import Annotated

from pydantic import Field

from lookalike.transforms.core.settings.kinds import SEVERAL, Name, Names, OneOf, Settings

FROM_FOLDER = "folder"
LABEL = "label"
"""What the column is called that `label_from` makes."""


class ColumnsSettings(Settings):
    """Which columns of the inputs are carried along (docs/how-to/columns.md)."""

    carry: Annotated[tuple[Name, ...], Field(max_length=64), SEVERAL] = ()
    """Columns of lists, tables, WebDataset's archives and COCO's files, such as [label, caption]: they stand in
    `columns` for each image, and in `clusters` for each member."""
    label_from: Annotated[str, OneOf(("nothing", FROM_FOLDER))] = "nothing"
    """folder: the column `label` is the name of the folder that an image lies in."""
    conflicts: Names = (LABEL,)
    """Carried columns in which copies should agree: clusters that do not are in the table `conflicts`."""

    @property
    def names(self) -> tuple[str, ...]:
        """All columns that are carried, in order."""
        return (*self.carry, *([LABEL] if self.label_from == FROM_FOLDER else []))

    @property
    def compared(self) -> tuple[str, ...]:
        """Those of `conflicts` that are carried."""
        return tuple(name for name in self.conflicts if name in self.names)


NOTHING_CARRIED = ColumnsSettings()
