"""Senders that post all the while, beside what a test does."""

import abc
import http.client
import threading
from collections.abc import Iterator

from . import wait_for


class Senders(abc.ABC):
    """Four senders on threads of their own, from the beginning of a `with` to its end. What they were answered and why
    they were not is there afterwards; a sender without an answer is at its end."""

    def __init__(self):
        self.statuses: list[int] = []
        self.failures: list[str] = []
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(4)]

    @abc.abstractmethod
    def send(self, number: int) -> Iterator[int]:
        """Posts one event after the other as the sender of that number; yields the status of each answer."""

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def wait_for_more(self, count: int) -> None:
        """Until that many more answers have come, or one has not."""
        seen = len(self.statuses)
        wait_for(lambda: self.failures or len(self.statuses) >= seen + count, 60, f"{count} more answers")

    def _run(self, number: int) -> None:
        try:
            for status in self.send(number):
                self.statuses.append(status)
                if self._stopping.is_set():
                    return
        except (OSError, http.client.HTTPException) as failure:
            self.failures.append(repr(failure))
