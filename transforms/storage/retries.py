"""Patience with a store that is overloaded or briefly gone.

The clients of the stores try again by themselves, each in its own way and some not on every call; this is the same
bound for all, and for the disks and network drives of this machine.
"""

import contextlib
import errno
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import tenacity

from lookalike.transforms.core.messages import one_line
from lookalike.transforms.storage.regular import NotAFileError

Result = TypeVar("Result")

TRIES = 6
MOST_WAIT = 20.0
"""Seconds between two tries, at most; the first wait is about half a second, and each next one about twice as long."""
MOST_SECONDS = 120.0
"""After so long no other try is begun, however few there were: a client may wait a minute for each answer."""
BUSY = frozenset({408, 425, 429})
"""HTTP statuses that ask for another try, beside those from 500 on that are not in `NEVER`."""
NEVER = frozenset({501, 505, 507})
"""HTTP statuses from 500 on that stay: not implemented, another version of HTTP, no room."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""No room on the disk, or none of what one user may have."""
FINAL = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError, NotAFileError)
FINAL_NUMBERS = FULL | {
    *(errno.ENOENT, errno.EEXIST, errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR, errno.EROFS, errno.ELOOP),
    *(errno.ENAMETOOLONG, errno.EFBIG, errno.ENOTEMPTY, errno.ENOSYS, errno.EOPNOTSUPP, errno.EXDEV, errno.ENODEV),
    *(errno.ENXIO, errno.ESPIPE),
}
"""What a system says that will be as true a moment later. Not among them: EIO, ESTALE and ETIMEDOUT, which network
drives say while their server is away, and EINVAL, by which clients also tell of a request that was cut on its way.
"""
CLIENTS = ("aiohttp", "azure", "botocore", "gcsfs", "google", "http", "requests", "urllib3")
"""Packages whose exceptions tell of a store, though they are no OSError."""


UNASKED = frozenset({"NoCredentialsError", "PartialCredentialsError", "ProfileNotFound", "DefaultCredentialsError"})
"""Exceptions of clients that ask nobody without credentials."""


class StoreError(OSError):
    """A store that did not answer as it should, after all tries; the message is one line."""


class StoreFullError(StoreError):
    """A store that has no room; the message says what to do."""


def is_transient(error: BaseException) -> bool:
    """Could the same request succeed a moment later?"""
    if isinstance(error, (*FINAL, StoreFullError)):
        return False
    if type(error).__name__ in UNASKED:
        return False
    status = _status(error)
    if status is not None:
        return status in BUSY or (status >= 500 and status not in NEVER)
    if isinstance(error, OSError):
        return error.errno not in FINAL_NUMBERS
    return _of_a_client(error)


def is_full(error: BaseException) -> bool:
    """Does an error say that there is no room?"""
    return isinstance(error, StoreFullError) or getattr(error, "errno", None) in FULL or _status(error) == 507


def with_retries(call: Callable[..., Result], *arguments: Any, tries: int = TRIES, **named: Any) -> Result:
    """The result of a request that may be repeated, tried up to `tries` times with exponential back-off and jitter.

    Raises:
        StoreError: it failed to the end, in the words of a client's own exception.
        OSError: it failed, and trying again would not help, or did not.
    """
    policy = tenacity.Retrying(
        retry=tenacity.retry_if_exception(is_transient),
        stop=tenacity.stop_after_attempt(tries) | tenacity.stop_after_delay(MOST_SECONDS),
        wait=tenacity.wait_exponential_jitter(initial=0.3, max=MOST_WAIT, jitter=0.5),
        reraise=True,
    )
    try:
        return policy(call, *arguments, **named)
    except Exception as error:
        if isinstance(error, OSError) or not _of_a_client(error):
            raise
        kind = StoreFullError if is_full(error) else StoreError
        raise kind(f"{type(error).__name__}: {error}") from error


@contextlib.contextmanager
def named(uri: str) -> Iterator[None]:
    """What goes wrong inside names the file, in one line, and what to do where there is no room."""
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise StoreFullError(
                f"no room for {uri}: make some, and give the same command again; it goes on from what is done"
            ) from error
        if uri in str(error):
            raise
        words = one_line(error)
        if type(error) in FINAL and error.errno is not None:
            raise type(error)(error.errno, words, uri) from error
        kind = type(error) if type(error) in FINAL or isinstance(error, StoreError) else StoreError
        raise kind(f"{uri}: {words}") from error


def _status(error: BaseException) -> int | None:
    for name in ("status_code", "status", "code"):
        status = getattr(error, name, None)
        if isinstance(status, int) and 100 <= status < 600:
            return status
    return None


def _of_a_client(error: BaseException) -> bool:
    return any(kind.__module__.split(".")[0] in CLIENTS for kind in type(error).__mro__)
