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
    """Names of columns of the inputs, such as [label, caption]. Lists, tables, WebDataset archives and COCO files have
    columns. The tables `columns` and `clusters` then have them too."""
    label_from: Annotated[str, OneOf(("nothing", FROM_FOLDER))] = "nothing"
    """With folder, the name of the folder that an image lies in becomes its `label`."""
    conflicts: Names = (LABEL,)
    """Carried columns in which copies should agree. Clusters whose members differ in one are listed in the table
    `conflicts`."""

    @property
    def made(self) -> tuple[str, ...]:
        """Columns that are made of the names of images, and that every image has."""
        return (LABEL,) if self.label_from == FROM_FOLDER else ()

    @property
    def names(self) -> tuple[str, ...]:
        """All columns that are carried, in order."""
        return (*self.carry, *self.made)

    @property
    def compared(self) -> tuple[str, ...]:
        """Those of `conflicts` that are carried."""
        return tuple(name for name in self.conflicts if name in self.names)


NOTHING_CARRIED = ColumnsSettings()
