"""A process that dies at a chosen change of a file: a child of the test, ended as `kill -9` ends it."""

import builtins
import itertools
import os
from collections.abc import Callable, Iterator

from fsspec.implementations.local import LocalFileSystem

CHANGES = ("replace", "rename", "unlink", "remove", "rmdir", "mkdir", "link", "symlink", "truncate", "utime", "chmod")
KILLED = 9


class Objects(LocalFileSystem):
    """A local folder as an object store: no links, no renames."""

    protocol = "objects"


def watch(before: Callable[[str, tuple], None], patch: Callable[[object, str, object], None] = setattr) -> None:
    """Call `before` with the name and arguments of every change of the file system from now on."""
    for name in CHANGES:
        patch(os, name, _told(getattr(os, name), name, before))
    real = builtins.open

    def opened(file, mode="r", *rest, **named):
        if not isinstance(file, int) and set(mode) & set("wxa+"):
            before("open", (file,))
        return real(file, mode, *rest, **named)

    patch(builtins, "open", opened)


def _told(real, name, before):
    def call(*arguments, **named):
        before(name, arguments)
        return real(*arguments, **named)

    return call


def dies(act: Callable[[], object], at: int) -> bool:
    """Do something in a child that dies before change number `at`: did it get so far? It must not fail otherwise."""
    child = os.fork()
    if child == 0:
        try:
            counter = itertools.count()
            watch(lambda *_: os._exit(KILLED) if next(counter) == at else None)
            act()
            os._exit(0)
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, KILLED)
    return code == KILLED


def every_death(prepare: Callable[[], None], act: Callable[[], object]) -> Iterator[int]:
    """Prepare and act, dying before every change in turn; what follows is the caller's, after each."""
    for at in itertools.count():
        prepare()
        if not dies(act, at):
            return
        yield at
