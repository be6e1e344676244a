"""How others read the requests of one connection: h11, and llhttp (Node's parser, through httptools) as strict as it is."""

import dataclasses

import h11
import httptools


@dataclasses.dataclass
class Request:
    method: bytes
    target: bytes
    body: bytes = b""
    complete: bool = False


@dataclasses.dataclass
class Reading:
    requests: list[Request]  # the last one may not be complete
    refusal: str = ""  # of what follows them, or of the last one; empty: it would read on


def read_with_h11(data: bytes) -> Reading:
    connection = h11.Connection(h11.SERVER)
    if data:  # nothing would be the end of the stream to it
        connection.receive_data(data)
    requests = []
    try:
        while (event := connection.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            if isinstance(event, h11.Request):
                requests.append(Request(event.method, event.target))
            elif isinstance(event, h11.Data):
                requests[-1].body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                requests[-1].complete = True
                connection.send(h11.Response(status_code=404, headers=[("Content-Length", "0")]))
                connection.send(h11.EndOfMessage())
                if connection.our_state is h11.MUST_CLOSE:
                    return Reading(requests, "closes the connection")
                connection.start_next_cycle()
    except h11.RemoteProtocolError as error:
        return Reading(requests, str(error))
    return Reading(requests)


class _Collector:
    """What httptools calls while it parses."""

    def __init__(self):
        self.requests = []
        self.parser = httptools.HttpRequestParser(self)

    def on_message_begin(self):
        self.target = b""

    def on_url(self, url: bytes):
        self.target += url

    def on_headers_complete(self):
        self.requests.append(Request(self.parser.get_method(), self.target))

    def on_body(self, body: bytes):
        self.requests[-1].body += body

    def on_message_complete(self):
        self.requests[-1].complete = True


def read_with_llhttp(data: bytes) -> Reading:
    collector = _Collector()
    try:
        collector.parser.feed_data(data)
    except httptools.HttpParserUpgrade:
        collector.requests[-1].complete = False  # the rest is not its business
        return Reading(collector.requests, "an upgrade")
    except httptools.HttpParserError as error:
        return Reading(collector.requests, str(error))
    return Reading(collector.requests)


READERS = {"h11": read_with_h11, "llhttp": read_with_llhttp}
