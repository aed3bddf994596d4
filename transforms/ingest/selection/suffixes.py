"""What a file's name says of it: an image, something else, or nothing that is known here."""

import posixpath

from lookalike.transforms.functional.images.formats.opened import SUFFIXES, is_installed

IMAGE_SUFFIXES = frozenset(suffix for name, suffixes in SUFFIXES.items() if is_installed(name) for suffix in suffixes)

OTHER_SUFFIXES = frozenset(
    f".{suffix}"
    for kind in (
        "txt csv tsv json jsonl ndjson xml yaml yml toml ini cfg conf log md rst tex html htm css srt vtt xmp aae",
        "py pyc ipynb js ts c h cc cpp hpp java class go rs sh bat ps1 rb php pl lua swift kt cs sql patch diff",
        "tar zip gz tgz bz2 xz zst lz4 7z rar iso jar whl deb rpm dmg parquet arrow feather avro orc tfrecord",
        "npy npz pt pth pkl pickle safetensors onnx h5 hdf5 mat db sqlite sqlite3 lmdb mdb cls",
        "pdf ps eps ai svg svgz wmf emf doc docx xls xlsx ppt pptx odt ods odp rtf epub djvu xcf psb sketch fig",
        "mp4 m4v mov avi mkv webm mpg mpeg wmv flv 3gp mts m2ts mp3 m4a wav flac ogg oga opus aac aiff mid",
        "dng cr2 cr3 crw nef nrw arw srf sr2 srw raf orf rw2 rwl raw pef 3fr fff iiq mef mos mrw erf x3f dcr kdc dcs",
        "jxl exr hdr fits fit fts ras dcm nii jng mng ttf otf ttc woff woff2 eot exe dll so dylib",
    )
    for suffix in kind.split()
    if f".{suffix}" not in IMAGE_SUFFIXES
)
"""Texts, programs, archives and tables, arrays, documents and drawings, films and sound, pictures and others of which
there is no decoder; and camera raws (which begin as TIFF does) and JPEG XL where their extras are not installed. Their
files are never looked into.
"""


def is_image(path: str) -> bool:
    """Has it the suffix of a format that is opened?"""
    return _suffix(path) in IMAGE_SUFFIXES


def is_unknown(path: str) -> bool:
    """Has it no suffix, or one that says nothing here?"""
    return _suffix(path) not in IMAGE_SUFFIXES | OTHER_SUFFIXES


def is_hidden(path: str) -> bool:
    """Has a file or folder a leading dot?"""
    return posixpath.basename(path).startswith(".")


def is_hidden_member(name: str) -> bool:
    """Is a member of an archive, or a folder that it lies in, hidden, or a shadow that macOS packs beside files?"""
    return name.startswith("__MACOSX/") or any(part.startswith(".") and part.strip(".") for part in name.split("/"))


def _suffix(path: str) -> str:
    return posixpath.splitext(path)[1].lower()
