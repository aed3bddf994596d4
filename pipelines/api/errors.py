"""What the library raises where its user can mend something.

Every message is one line that names what is wrong and the remedy. All but `UnknownStoreError`, which is an OSError, are
ValueErrors.

* `ConfigError`: a key or value of the configuration, a runner, or an option of Beam.
* `InputError`: an input that is not there or can't be read, or something that is no image.
* `OutputError`: an output that can't be used, or an audit that can't be opened.
* `LockedError`, an OutputError: somebody else is writing there.
* `UnknownStoreError`: a URL of a store that can't be opened here; the message says what to install.
* `VerdictError`: a file of verdicts that can't be used.
"""

from lookalike.pipelines.configuration.config import ConfigError
from lookalike.pipelines.review.verdict_file import VerdictError
from lookalike.pipelines.run.lock import LockedError
from lookalike.transforms.ingest.selection.errors import InputError
from lookalike.transforms.storage.errors import OutputError
from lookalike.transforms.storage.stores import UnknownStoreError

__all__ = ["ConfigError", "InputError", "LockedError", "OutputError", "UnknownStoreError", "VerdictError"]
