"""Honest senders, for while something else happens."""

import dataclasses
import http.client
import ssl
import threading

from harness.webhooks import SECRETS, SIGNATURE_HEADERS, glossi, sign


@dataclasses.dataclass
class Sender:
    """Posts events on threads of its own, on fresh connections and on ones that are kept, plain or with a context over
    TLS; every answer is to be a 200."""

    port: int
    context: ssl.SSLContext | None = None
    statuses: list[int] = dataclasses.field(default_factory=list)
    failures: list[str] = dataclasses.field(default_factory=list)
    stopping: threading.Event = dataclasses.field(default_factory=threading.Event)

    def __enter__(self) -> "Sender":
        self._threads = [threading.Thread(target=self._run, args=(kept,)) for kept in (True, True, False, False)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self._threads:
            thread.join()

    def wait_for_more(self, count: int) -> None:
        seen = len(self.statuses)
        while len(self.statuses) < seen + count and not self.failures:
            assert not self.stopping.wait(0.01)

    def _run(self, kept: bool) -> None:
        connection = None
        try:
            while not self.stopping.is_set():
                connection = connection or self._connect()
                body = glossi()
                connection.request("POST", "/webhooks/glossi", body,
                                   {SIGNATURE_HEADERS["glossi"]: sign(body, SECRETS["glossi"])})
                response = connection.getresponse()
                response.read()
                self.statuses.append(response.status)
                if not kept:
                    connection.close()
                    connection = None
        except (OSError, http.client.HTTPException) as failure:
            self.failures.append(repr(failure))

    def _connect(self) -> http.client.HTTPConnection:
        if self.context is None:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=self.context)

    def assert_all_accepted(self) -> None:
        assert not self.failures
        assert set(self.statuses) == {200}
