"""The log of whoever uses the library, left as it is."""

import contextlib
import logging
from collections.abc import Iterator


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """While this lasts, what libraries log goes to the handlers that there are, and none is added.

    Beam calls functions of `logging` that install a handler where there is none, and warns, when it is imported, of
    cloud libraries that are not installed.
    """
    nowhere = logging.NullHandler()
    logging.getLogger().addHandler(nowhere)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(nowhere)
