"""Operations on single files: reading, comparing, making and moving them. Nothing is overwritten."""

import contextlib
import errno
import os
import shutil
import stat
from typing import Any

from lookalike.transforms.core.keys import content_hash
from lookalike.transforms.ingest.prefixes import place_of
from lookalike.transforms.io.archives.contents import read_named
from lookalike.transforms.io.archives.names import file_of, member_of
from lookalike.transforms.storage.reading import read_file
from lookalike.transforms.storage.stores import is_local, store
from lookalike.transforms.storage.writing import sync


def is_there(uri: str) -> bool:
    """Whether a file exists; a symbolic link counts even if it leads nowhere."""
    fs, path = store(file_of(uri))
    return fs.lexists(path) if is_local(fs) else fs.exists(path)


def read(uri: str) -> bytes:
    """Read the bytes of an image, which may be a member of an archive."""
    return read_named(uri) if member_of(uri) else read_file(uri)


def digest(data: bytes) -> str:
    """The content hash of some bytes, in hex."""
    return content_hash(data).hex()


def local_path(uri: str) -> str | None:
    """The path of a file on this machine; None for a file in an object store."""
    fs, path = store(file_of(uri))
    return path if is_local(fs) else None


def is_link(uri: str) -> bool:
    """Whether a URI is a symbolic link on this machine."""
    path = local_path(uri)
    return path is not None and os.path.islink(path)


def are_same(one: str, other: str) -> bool:
    """Whether two URIs name one file: equal, linked, mounted twice, or the same but for case where that is ignored."""
    if place_of(one) == place_of(other):
        return True
    first, second = local_path(one), local_path(other)
    if first is None or second is None:
        return False
    try:
        return os.path.samefile(first, second)
    except FileNotFoundError:
        return False


def appearance(uri: str) -> dict[str, int]:
    """The mode, owner and times of a local file, so that they can be noted; empty for a file in an object store."""
    path = local_path(uri)
    if path is None:
        return {}
    found = os.lstat(path)
    return {
        "mode": stat.S_IMODE(found.st_mode), "uid": found.st_uid, "gid": found.st_gid,
        "atime_ns": found.st_atime_ns, "mtime_ns": found.st_mtime_ns,
    }  # fmt: skip


def restore_appearance(uri: str, noted: dict[str, Any]) -> None:
    """Restore the noted mode, times and, if the user may set it, owner of a local file."""
    path = local_path(uri)
    if path is None or "mode" not in noted:
        return
    follow = not os.path.islink(path)
    now = os.lstat(path)
    if (now.st_uid, now.st_gid) != (noted["uid"], noted["gid"]):
        with contextlib.suppress(PermissionError):  # only the superuser may give files away
            os.chown(path, noted["uid"], noted["gid"], follow_symlinks=False)
    if follow:
        os.chmod(path, noted["mode"])
    os.utime(path, ns=(noted["atime_ns"], noted["mtime_ns"]), follow_symlinks=follow)


def remove(uri: str) -> None:
    """Remove a file, and wait until its folder is on disk."""
    fs, path = store(uri)
    if is_local(fs):
        os.unlink(path)
        sync(os.path.dirname(path))
    else:
        fs.rm_file(path)


def relocate(source: str, target: str, data: bytes) -> None:
    """Move a file to a place where there is none, with all of its metadata.

    On one disk the file is renamed. Otherwise it is copied with its mode, times, owner and extended attributes (or, in
    an object store, the store's metadata), and the source is removed when the copy is on disk.

    Args:
        source: URI of the file.
        target: URI of its new place.
        data: the bytes of the file, as they were checked.

    Raises:
        FileExistsError: the target exists.
        OSError: the file can't be moved, or was changed meanwhile. The source is where it was, and the target does not
            exist.
    """
    from_path, to_path = local_path(source), local_path(target)
    if from_path is not None and to_path is not None:
        _relocate_local(from_path, to_path, data)
        return
    source_fs, source_path = store(source)
    fs, path = store(target)
    if from_path is None and to_path is None and source.partition("://")[0] == target.partition("://")[0]:
        if fs.exists(path):
            raise FileExistsError(errno.EEXIST, "is there", target)
        source_fs.cp_file(source_path, path)
    else:
        make(target, data)
    if digest(read(target)) != digest(data):
        remove(target)
        raise OSError(f"{target} was not written as it should")
    # a store removes what is there: what is written between this look and the removal is lost unless it keeps versions
    if not _holds(from_path or source, data):
        remove(target)
        raise OSError(f"{source} was changed while it was moved")
    remove(source)


def _relocate_local(source: str, target: str, data: bytes) -> None:
    linked = True
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno == errno.EXDEV or _device(source) != _device(os.path.dirname(target)):
            _copy_all(source, target, data)
            linked = False
        else:  # the disk has no hard links
            os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            os.rename(source, target)  # replaces the placeholder that was just made, never another file
            sync(os.path.dirname(target))
            sync(os.path.dirname(source))
            return
    sync(os.path.dirname(target))
    try:
        if not (_is_linked(source, target) if linked else _holds(source, data)):
            raise OSError(f"{source} was changed while it was moved")
        os.unlink(source)
    except OSError:
        os.unlink(target)
        raise
    sync(os.path.dirname(source))


def _is_linked(source: str, target: str) -> bool:
    return os.path.samestat(os.lstat(source), os.lstat(target))


def _holds(place: str, data: bytes) -> bool:
    """Whether a file, or an object of a store, still has the bytes that were copied; a symbolic link was copied as a
    link.
    """
    return os.path.islink(place) or read_file(place) == data


def _device(path: str) -> int:
    return os.lstat(path).st_dev


def _copy_all(source: str, target: str, data: bytes) -> None:
    if os.path.islink(source):
        os.symlink(os.readlink(source), target)
        return
    like = appearance(source)
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        try:
            file.write(data)
            file.flush()
            shutil.copystat(source, target)  # copies extended attributes too
            restore_appearance(target, like)
            os.fsync(file.fileno())
        except OSError:
            os.unlink(target)
            raise


def make(target: str, data: bytes) -> None:
    """Make a file that does not exist yet.

    Raises:
        FileExistsError: it exists.
    """
    fs, path = store(target)
    fs.pipe_file(path, data, mode="create")
