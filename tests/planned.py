"""A finished audit of a few files, made by hand: what plans are made from, with no pipeline run."""

import hashlib
import os

import pyarrow as pa

from lookalike.pipelines.configuration.config import Config
from lookalike.pipelines.materialize import plan_file
from lookalike.pipelines.materialize.files import read
from lookalike.pipelines.materialize.plan import Request, make
from lookalike.pipelines.run import manifest
from lookalike.transforms.core.schemas import CLUSTERS, FAILURES, PAIRS
from lookalike.transforms.io.archives.names import member_of
from lookalike.transforms.io.parquet_sink import write_table
from lookalike.transforms.storage.links import note
from lookalike.transforms.storage.stores import is_path


def finished_audit(root, clusters, protected=(), failures=(), columns=None):
    """Clusters of paths, the kept copy first, as an audit of these files below `root`; its path. columns: a table of
    what images carry along, by `uri`.
    """
    paths = sorted(path for paths in clusters for path in paths)
    known = {path: read(path) for path in paths}
    rows = []
    for members in clusters:
        for path in members:
            equal = known[path] == known[members[0]]
            row = {name: 0.0 if name in ("cosine", "jaccard", "ssim") else 1 for name in CLUSTERS.names}
            row |= {"cluster_id": hashlib.sha256(known[members[0]]).hexdigest()[:32], "uri": path, "reason": "r"}
            row |= {"is_representative": path == members[0], "representative_uri": members[0]}
            row |= {"match": "exact" if equal else "near", "relation": "same", "reclaimable": path != members[0]}
            rows.append(row)
    shown = []
    for path, data in known.items():
        content = hashlib.blake2b(data, digest_size=32).digest()
        row = {"uri": path, "bytes": len(data), "content_hash": content, "format": "JPEG"}
        shown.append({**row, "modified": "", "etag": "", "file": _note(path)})
    tables = {"clusters": pa.Table.from_pylist(rows, CLUSTERS), "fingerprints": pa.Table.from_pylist(shown)}
    tables |= {"pairs": PAIRS.empty_table(), "failures": pa.Table.from_pylist(list(failures), FAILURES)}
    tables |= {} if columns is None else {"columns": columns}
    parts = {name: [write_table(root, f"{name}/part-0.parquet", found)._asdict()] for name, found in tables.items()}
    cluster = Config().changed(cluster={"protected": list(protected)}).plain()["cluster"]
    record = {name: kind() for name, kind in manifest.NEEDED.items()} | {
        "format": manifest.FORMAT,
        "parts": parts,
        "configuration": {"cluster": cluster},
    }
    manifest.write(root, record)
    return root


def _note(path):
    if member_of(path) or not is_path(path):
        return ""
    found = os.lstat(path)
    return note({"name": path, "islink": os.path.islink(path), "ino": found.st_ino, "nlink": found.st_nlink})


def planned(audit, path, **request):
    """A plan of such an audit, written to `path`, and its rows."""
    plan_file.write(path, make(audit, Request(**request)), audit)
    return plan_file.read(path)


def facts(folder):
    """Relative path -> what every file and link below a folder is: kind, mode, owner, times and bytes."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        status = os.lstat(path)
        times = (status.st_atime_ns, status.st_mtime_ns)
        data = os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
        found[str(path.relative_to(folder))] = (status.st_mode, status.st_uid, status.st_gid, *times, data)
    return found
