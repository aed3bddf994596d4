"""The folder of a run: claimed, cleared of an earlier run, and left with what belongs to the result."""

from pipelines import manifest, report
from transforms.listing import absolute
from transforms.output import RUN, Part
from transforms.stores import is_local, names_in, remove_tree, store

TABLES = ("fingerprints", "failures", "candidates", "pairs", "clusters", "delta", report.NAME)


def claim_output(output: str, overwrite: bool) -> bool:
    """See that `output` can take a run, and make its work folder; what lies there stays as it is. Was a run begun?

    Raises:
        OutputError: a finished run is there and may not be replaced, something else is, or it can't be written.
    """
    fs, path = store(output)
    try:
        finished = manifest.exists(output)
        begun = fs.exists(f"{path}/{RUN}")
        if finished and not overwrite:
            raise manifest.OutputError(
                f"{output} holds a finished run; give another --output, or --overwrite to replace it"
            )
        if fs.exists(path) and not fs.isdir(path):
            raise manifest.OutputError(f"{output} is a file; give a folder as --output")
        if not finished and not begun and fs.exists(path) and fs.ls(path):
            raise manifest.OutputError(
                f"{output} holds files that no run wrote; give an empty or new folder as --output"
            )
        fs.makedirs(f"{path}/{RUN}", exist_ok=True)
        fs.pipe_file(f"{path}/{RUN}/started", b"")
        return begun and not finished
    except OSError as error:
        raise manifest.OutputError(f"{output} can't be written: {error.strerror or error}") from error


def check_file(path: str, option: str) -> None:
    """See that a file can go to `path`, which `option` named, before there is anything to write into it.

    Raises:
        OutputError: a folder is there, or it lies below a file.
    """
    fs, inner = store(absolute(path))
    if fs.isdir(inner):
        raise manifest.OutputError(f"{option} is {path}, a folder; give the name of a file")
    folder = inner.rpartition("/")[0]
    while folder and not fs.exists(folder):
        folder = folder.rpartition("/")[0]
    if folder and is_local(fs) and not fs.isdir(folder):
        raise manifest.OutputError(f"{option} is {path}, and {folder} is a file; give another")


def clear_finished(output: str) -> None:
    """Remove a finished run, its audit.json first: from then on it counts as unfinished."""
    if manifest.exists(output):
        fs, path = store(output)
        for name in (manifest.NAME, *TABLES, f"{RUN}/chunks", f"{RUN}/groups"):
            if fs.exists(f"{path}/{name}"):
                remove_tree(fs, f"{path}/{name}")


def forget_tables(output: str) -> None:
    """Forget which tables an earlier try had finished; its commits of chunks and groups still hold."""
    fs, path = store(output)
    for file in names_in(fs, f"{path}/{RUN}", ".json"):
        fs.rm_file(file)


def drop_strays(output: str, written: dict[str, list[Part]]) -> None:
    """Remove parts that an earlier try of this run left, and that are not part of its result."""
    fs, path = store(output)
    kept = {part.path for parts in written.values() for part in parts}
    for name in TABLES:
        for file in fs.ls(f"{path}/{name}", detail=False) if fs.isdir(f"{path}/{name}") else ():
            if f"{name}/{file.rsplit('/', 1)[-1]}" not in kept:
                remove_tree(fs, file)


def drop_work(output: str) -> None:
    """Remove the work folder of a run, and the output if there is nothing else in it."""
    fs, path = store(output)
    if fs.exists(f"{path}/{RUN}"):
        remove_tree(fs, f"{path}/{RUN}")
        if fs.exists(path) and not fs.ls(path):
            fs.rmdir(path)
