"""Honest senders, for while something else happens."""

import http.client
import ssl
from collections.abc import Iterator

from harness.senders import Senders
from harness.webhooks import SECRETS, SIGNATURE_HEADERS, glossi, sign


class HonestSenders(Senders):
    """Two on a connection that they keep, two on a new one each time; with a context over TLS."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None):
        super().__init__()
        self._port, self._context = port, context

    def send(self, number: int) -> Iterator[int]:
        connection = self._connection()
        while True:
            body = glossi()
            connection.request("POST", "/webhooks/glossi", body,
                               {SIGNATURE_HEADERS["glossi"]: sign(body, SECRETS["glossi"])})
            response = connection.getresponse()
            response.read()
            yield response.status
            if number % 2:
                connection.close()  # the next request opens another

    def assert_all_accepted(self) -> None:
        assert not self.failures
        assert set(self.statuses) == {200}

    def _connection(self) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        return http.client.HTTPSConnection("127.0.0.1", self._port, timeout=30, context=self._context)
