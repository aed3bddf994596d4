"""Images that lie in files of their own, or in containers of another kind, as samples of a new WebDataset shard."""

import json
import tarfile
from collections.abc import Iterable, Sequence

from lookalike.transforms.core.columns import in_json
from lookalike.transforms.io.write_back.fates import Fate
from lookalike.transforms.io.write_back.new_samples import samples
from lookalike.transforms.io.write_back.outcome import Outcome
from lookalike.transforms.io.write_back.tar_shards import MARK, add_member, end
from lookalike.transforms.storage.drafts import Draft


def write_new_tar(
    fates: Iterable[Fate], names: Sequence[str], mark: bool, key: str, common: str, draft: Draft
) -> Outcome:
    """One shard: of each image itself, and a JSON object with its path below `common` and its columns, called `names`;
    with `mark`, copies too, each with a member that names the image that it is a copy of. Samples are called `key` and
    their number, since names of files may have dots anywhere.

    Raises:
        ChangedError: an image is not what was audited.
        OSError: one can't be read.
    """
    outcome, written = samples(fates, mark, common)
    for number, sample in enumerate(written):
        told = {"file_name": sample.path, **dict(zip(names, map(in_json, sample.fate.columns), strict=True))}
        name = f"{key}-{number:06d}"
        add_member(draft, tarfile.TarInfo(f"{name}{sample.suffix}"), sample.data)
        add_member(draft, tarfile.TarInfo(f"{name}.json"), json.dumps(told, ensure_ascii=False).encode())
        if mark:
            add_member(draft, tarfile.TarInfo(f"{name}.{MARK}"), sample.fate.duplicate_of.encode())
    end(draft)
    return outcome
