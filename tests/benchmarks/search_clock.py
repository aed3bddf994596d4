"""Times the stages of a search that runs in this process."""

import contextlib
import functools
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from lookalike.transforms.candidates import join
from lookalike.transforms.candidates.band_files import WriteBands
from lookalike.transforms.candidates.bands import MINHASH
from lookalike.transforms.candidates.collide_bands import CollideBands
from tests.benchmarks.planted import ConfirmPlanted

STAGES = WRITE, SHINGLES, EMBEDDINGS, GROUPS, STAND_IN, REST = (
    *("bands written", "collisions of shingles", "collisions of embeddings", "pairs by group"),
    *("what stands for confirmation", "components, clusters, runner"),
)


class Clock:
    """CPU seconds of this process by stage, in what it is told to wrap: what consumes their output is not in them."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def function(self, call: Callable[..., Any], stage: str) -> Callable[..., Any]:
        """A function that is timed."""

        @functools.wraps(call)
        def timed(*arguments: Any, **named: Any) -> Any:
            begun = time.process_time()
            try:
                return call(*arguments, **named)
            finally:
                self.seconds[stage] += time.process_time() - begun

        return timed

    def generator(self, call: Callable[..., Any], stage_of: Callable[..., str]) -> Callable[..., Any]:
        """A function that gives an iterator, which is timed while it makes what comes next. stage_of: its arguments."""

        @functools.wraps(call)
        def timed(*arguments: Any, **named: Any) -> Iterator[Any]:
            stage = stage_of(*arguments, **named)
            following = self.function(iter(call(*arguments, **named)).__next__, stage)
            with contextlib.suppress(StopIteration):
                while True:
                    yield following()

        return timed

    @contextlib.contextmanager
    def stages(self) -> Iterator[None]:
        """Times the stages of a search."""
        with contextlib.ExitStack() as stack:
            write = self.function(WriteBands._write, WRITE)
            stack.enter_context(mock.patch.object(WriteBands, "_write", write))
            for kind, stage_of in (
                (CollideBands, lambda _, task, *__: SHINGLES if task.kind == MINHASH else EMBEDDINGS),
                (join.Merge, lambda *_: GROUPS),
                (ConfirmPlanted, lambda *_: STAND_IN),
            ):
                stack.enter_context(mock.patch.object(kind, "process", self.generator(kind.process, stage_of)))
            yield
