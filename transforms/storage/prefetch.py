"""Waiting for stores several times at once."""

import collections
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def prefetch(call: Callable[[Item], Result], items: Iterable[Item], connections: int) -> Iterator[Result]:
    """`call` of each item, in order, `connections` at once, and never more than twice as many results in memory."""
    pool = ThreadPoolExecutor(connections)
    try:
        waiting: collections.deque[Future[Result]] = collections.deque()
        for item in items:
            waiting.append(pool.submit(call, item))
            if len(waiting) >= 2 * connections:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        # where one has failed, the others are not waited for in vain
        pool.shutdown(cancel_futures=True)
