"""How much of a file is read that may be larger than images are."""

import io
import zipfile

import pytest

from lookalike.transforms.core.records import Source
from lookalike.transforms.decoding.read_images import read_bytes
from lookalike.transforms.functional.images.decode import TooLargeError
from lookalike.transforms.ingest.archives.containers import list_members


def test_a_file_that_is_listed_as_too_large_is_not_opened(tmp_path):
    with pytest.raises(TooLargeError, match=r"limit of 10 bytes \(read.max_bytes\)"):
        read_bytes(Source(str(tmp_path / "nowhere.jpg"), 11, "", ""), 10)


@pytest.mark.parametrize(("size", "is_read"), [(10, True), (11, False), (5000, False)])
def test_a_file_whose_size_is_not_listed_is_read_up_to_the_limit(tmp_path, size, is_read):
    path = tmp_path / "a.jpg"
    path.write_bytes(bytes(size))
    source = Source(str(path), -1, "", "")
    if is_read:
        assert read_bytes(source, 10) == bytes(size)
    else:
        with pytest.raises(TooLargeError):
            read_bytes(source, 10)


def test_a_large_member_of_an_archive_is_not_unpacked(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.jpg", bytes(1 << 20))
    (tmp_path / "a.zip").write_bytes(packed.getvalue())
    whole = Source(str(tmp_path / "a.zip"), len(packed.getvalue()), "", "")
    (member,) = list_members(whole, lambda name: name.endswith(".jpg"))
    (tmp_path / "a.zip").unlink()  # whoever reads it finds nothing
    with pytest.raises(TooLargeError):
        read_bytes(member, 1000)
