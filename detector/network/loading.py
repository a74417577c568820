"""Read ahead: files are decoded by threads while the network scores earlier ones."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def ahead(
    function: Callable[[T], R], items: Iterable[T], *, depth: int = 32
) -> Iterator[R]:
    """
    Apply a function in threads, some items ahead, and keep the order.

    Decoding and resizing let other threads run, so a processor that scores is not
    kept waiting by files.

    Parameters
    ----------
    function : callable
        What each item goes through.
    items : iterable
        The items.
    depth : int
        Most items that are worked on, or done and not yet asked for.

    Yields
    ------
    object
        What ``function`` returned, in the items' order; what it raised is raised.
    """
    waiting: deque[Future[R]] = deque()
    left = iter(items)
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        for item in islice(left, depth):
            waiting.append(threads.submit(function, item))
        try:
            while waiting:
                found = waiting.popleft().result()
                for item in islice(left, 1):
                    waiting.append(threads.submit(function, item))
                yield found
        finally:
            for future in waiting:
                future.cancel()
