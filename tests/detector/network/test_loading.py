"""Reading ahead: the order kept, no more than asked for, errors passed on."""

import threading

import pytest

from detector.network.loading import ahead


def test_order_is_kept_whatever_finishes_first():
    second = threading.Event()

    def work(n):
        if n == 0:
            second.wait(5)  # the first ends after the second began
        else:
            second.set()
        return n * n

    assert list(ahead(work, range(9), depth=3)) == [n * n for n in range(9)]


def test_no_more_is_read_than_depth_and_what_was_asked_for():
    begun = []
    found = ahead(begun.append, range(50), depth=4)

    next(found)
    found.close()

    assert len(begun) <= 5


def test_what_a_file_raises_reaches_the_caller():
    def fail(n):
        raise ValueError(n)

    with pytest.raises(ValueError, match="0"):
        list(ahead(fail, range(3)))
