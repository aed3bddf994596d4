"""A finished audit: its tables, its numbers, and its clusters as pictures."""

import os
import shutil
import weakref
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lookalike.comparison import image_called
from lookalike.inputs import NAMES, AnyImage, read_names
from lookalike.pipelines.matching.find import find, searchable
from lookalike.pipelines.matching.images import fingerprints_of
from lookalike.pipelines.review import verdict_file
from lookalike.pipelines.review.gallery import gallery
from lookalike.pipelines.review.summary import summarise
from lookalike.pipelines.run import manifest
from lookalike.tables import Table, named
from lookalike.transforms.clustering.verdicts import Verdicts
from lookalike.transforms.core.runtime import as_guest
from lookalike.transforms.ingest.listing import absolute


class Audit:
    """A finished audit, as `lookalike.audit` returns it and `Audit.open` finds it.

    In a notebook it shows its largest clusters as pictures. Images that were in memory are called by the names that
    they had there, all others by their URIs.

    Where the audit was made without `output`, its files are removed by `close`, at the end of a `with` block, or when
    the object is not used any more, whichever comes first.

    Attributes:
        output: folder or URL that holds it.
        record: the content of its audit.json (docs/reference/tables.md).
    """

    def __init__(self, output: str, record: dict[str, Any], owned: str | None = None) -> None:
        """`Audit.open` and `lookalike.audit` make these. owned: a local folder that goes with the object."""
        self.output, self.record = output, record
        inputs = record["inputs"]
        self._names = read_names(inputs[0]) if inputs == [f"{images_of(output)}/{NAMES}"] else {}
        self._finalizer = weakref.finalize(self, shutil.rmtree, owned, ignore_errors=True) if owned else None

    @classmethod
    def open(cls, output: str | os.PathLike[str]) -> "Audit":
        """A finished audit of this or an earlier session, or one of the command line.

        Args:
            output: its folder or URL.

        Raises:
            OutputError: there is none, it is not finished, somebody is writing there, or another version wrote it.
        """
        place = absolute(os.fspath(output))
        return cls(place, manifest.read(place))

    @property
    def clusters(self) -> Table:
        """One row for each member of a cluster of two or more images."""
        return self._table("clusters")

    @property
    def pairs(self) -> Table:
        """One row for each confirmed pair: relation, probability, scores and transform."""
        return self._table("pairs")

    @property
    def failures(self) -> Table:
        """One row for each input that could not be used, with the reason."""
        return self._table("failures")

    @property
    def fingerprints(self) -> Table:
        """One row for each image: size, format, hashes, embedding, MinHash, keypoints and thumbnail; about 15 KB."""
        return self._table("fingerprints")

    @property
    def delta(self) -> Table:
        """One row for each cluster that changed since the earlier audit.

        Raises:
            OutputError: the audit was made without one.
        """
        return self._table("delta")

    @property
    def columns(self) -> Table:
        """One row for each listed image: what its list, table or archive says of it.

        Raises:
            OutputError: the audit carries no columns along; so do `conflicts` and `merges`.
        """
        return self._table("columns")

    @property
    def conflicts(self) -> Table:
        """One row for each member of a cluster whose members say different things of one picture."""
        return self._table("conflicts")

    @property
    def merges(self) -> Table:
        """One row for each cluster of which something may go: what the kept copy should inherit."""
        return self._table("merges")

    @property
    def folders(self) -> Table:
        """One row for each folder of which many images have copies in another folder.

        Raises:
            OutputError: the audit was made without `output.folders`.
        """
        return self._table("folders")

    @property
    def counts(self) -> Mapping[str, int]:
        """How many images, failures, pairs, clusters, duplicates ... there are."""
        return dict(self.record["counts"])

    @property
    def summary(self) -> str:
        """The lines that end an audit on the command line."""
        return summarise(self.record, self.output)

    @property
    def report(self) -> str:
        """Path or URL of the report, one page to be opened in a browser."""
        return f"{self.output}/{manifest.REPORT}"

    def duplicates(self) -> list[str]:
        """Images that may go, in order of name: a kept copy shows all that they show, and no less sharp."""
        found = self.clusters.to_arrow(["uri", "reclaimable"])
        return sorted(found.filter(found["reclaimable"])["uri"].to_pylist())

    def keep(self) -> list[str]:
        """All other images that could be read, in order of name: the corpus without its `duplicates`."""
        found = self.fingerprints.to_arrow(["uri"])
        gone = self.clusters.to_arrow(["uri", "reclaimable"])
        gone = gone.filter(gone["reclaimable"])["uri"].combine_chunks()
        return sorted(found.filter(pc.invert(pc.is_in(found["uri"], gone)))["uri"].to_pylist())

    def find(
        self,
        images: "AnyImage | Mapping[str, AnyImage]",
        *,
        index: str = "",
        verdicts: str | os.PathLike[str] | None = None,
        refused: bool = False,
    ) -> "pa.Table":
        """Look up the copies of an image, or of several, in this audit: what a comparison with it would find.

        The first query writes an index of the fingerprints (about 6.5 KB an image); later ones take seconds, whatever
        the size of the audit.

        Args:
            images: an image, as of `lookalike.compare`, which is called "image" in the result; or several by name.
            index: folder or URL of the index; "": the folder `index` of the audit.
            verdicts: a file of what people decided of pairs, CSV or Parquet.
            refused: give the pairs, too, that were proposed, compared and refused. Their relation is null.

        Returns:
            One row for each pair, the surest first: `query`, `match` and the other columns of the table of matches.

        Raises:
            InputError: an image that can't be read.
            OutputError: the index can't be written.
            VerdictError: a file of verdicts that can't be read, or a line of it that is wrong.
        """
        decided = Verdicts() if verdicts is None else verdict_file.load(os.fspath(verdicts))
        given = images if isinstance(images, Mapping) else {"image": images}
        with as_guest():
            audit = searchable(self.output, index and absolute(index))
            read = (image_called(image, name, audit.stages) for name, image in given.items())
            found = find(audit, fingerprints_of(read, audit.stages), decided)
        found = found if refused else found.filter(pc.is_valid(found["relation"]))
        return named(found, self._names, ("match",))

    def to_html(self, clusters: int = 12, members: int = 8) -> str:
        """The largest clusters as pictures, as HTML that needs neither scripts nor the network.

        Args:
            clusters: most that are shown.
            members: most pictures of one cluster.

        Raises:
            OutputError: the audit has no clusters, since only its first half was run.
        """
        self._table("clusters")
        return gallery(self.output, self.record, clusters, members, self._names)

    def close(self) -> None:
        """Remove the files of an audit that was made without `output`; of others nothing."""
        if self._finalizer is not None:
            self._finalizer()

    def __enter__(self) -> "Audit":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        counts = self.record["counts"]
        found = f", {counts['clusters']:,} clusters" if "clusters" in counts else ""
        return f"<lookalike.Audit of {counts['listed']:,} images{found}: {self.output}>"

    def _repr_html_(self) -> str:
        return self.to_html() if "clusters" in self.record["parts"] else f"<pre>{self.summary}</pre>"

    def _table(self, name: str) -> Table:
        return Table(self.output, self.record, name, self._names)


def images_of(output: str) -> str:
    """Where images that were in memory are written: beside the output, which holds nothing but what a run writes."""
    return f"{output}.images"
