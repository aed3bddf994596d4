"""Sets: pictures of one make, each of them kept in several ways.

What is one picture kept twice, and what is another picture, is told here among pictures that resemble one another:
small drawings, sprites, motifs on plain ground, faint photographs, scanned pages, prints of one negative.
"""

from collections.abc import Callable, Sequence

from PIL import Image

from lookalike.pipelines.training.kinds.kept.faint import faint, motifs
from lookalike.pipelines.training.kinds.kept.prints import prints, scans
from lookalike.pipelines.training.kinds.kept.small import small_drawings, sprites
from lookalike.pipelines.training.kinds.tools.canvas import Rng

Set = Callable[[Rng, Image.Image, Sequence[Image.Image]], list[list[Image.Image]]]
"""(chance, a photograph, other photographs) -> lists of pictures: those of one list are copies of one another, those of
two have the set's relation.
"""

SETS: dict[str, tuple[str, Set]] = {
    function.__name__: (relation, function)
    for relation, functions in {
        "variant": (small_drawings, sprites, motifs, scans),
        "view": (prints,),
        "": (faint,),
    }.items()
    for function in functions
}
"""Name -> what pictures of two lists are to one another ('': nothing), and the set."""
