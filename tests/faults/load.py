"""Senders: they post events at a steady rate, retry as the two senders do, and note every attempt."""

import asyncio
import json
import random
import time

from harness.webhooks import SIGNATURE_HEADERS

from .events import Event, Events, Kind
from .history import Attempt, History, Sent

# The senders' pauses before each retry, a minute of theirs in half a second.
_MINUTE = 0.5
_PAUSES = {"glossi": [1 * _MINUTE, 5 * _MINUTE, 30 * _MINUTE],
           "meshqa": [1 * _MINUTE, 5 * _MINUTE, 30 * _MINUTE, 120 * _MINUTE]}
_PAUSE_AT_THE_END = 0.5  # before those that are left when everything is healed, and up to four times that
_PATIENCE = 20.0  # for an answer; an honest sender waits 30 s
_IMPATIENCE = 0.05  # of a sender that hangs up, as one that is restarted does
_AT_ONCE = 1000  # requests that wait for their answer; no more events are begun beyond


class Load:
    """Runs on one event loop. `random` decides who hangs up and who sends twice."""

    def __init__(self, port: int, events: Events, history: History, seed: int, rate: float):
        self._port = port
        self._events = events
        self._history = history
        self._random = random.Random(seed)
        self._rate = rate
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._senders: set[asyncio.Task] = set()
        self._healed = asyncio.Event()
        self._open = 0  # requests that wait for their answer
        self.unhealed: list[Sent] = []  # refused to the last although everything was healed

    async def run_until(self, end: asyncio.Event) -> None:
        """Begins events until `end`; those under way go on."""
        next_at = time.monotonic()
        while not end.is_set():
            self._begin_one()
            next_at = max(next_at + self._random.expovariate(self._rate), time.monotonic() - 0.5)
            await asyncio.sleep(max(0.0, next_at - time.monotonic()))

    async def finish(self) -> None:
        """Everything is healed: the retries that are left come at once. Returns when no event is under way."""
        self._healed.set()
        await asyncio.gather(*self._senders)
        for _, writer in self._idle:
            writer.close()

    def begin(self, event: Event) -> asyncio.Task:
        sent = self._history.begin(event, time.monotonic())
        task = asyncio.create_task(self._send(sent))
        self._senders.add(task)
        task.add_done_callback(self._senders.discard)
        return task

    def _begin_one(self) -> None:
        if self._open < _AT_ONCE:
            self.begin(self._events.next())

    async def _send(self, sent: Sent) -> None:
        if sent.event.kind is Kind.FORGED:
            await self._attempt(sent, _PATIENCE)
            return
        for pause in [0.0, *_PAUSES[sent.event.source]]:
            healed = await self._pause(pause)
            patience = _IMPATIENCE if pause == 0.0 and self._random.random() < 0.02 else _PATIENCE
            if await self._attempt(sent, patience):
                if self._random.random() < 0.02:  # as if the answer were lost
                    await self._attempt(sent, _PATIENCE)
                return
        sent.abandoned = True
        if healed:
            self.unhealed.append(sent)

    async def _pause(self, seconds: float) -> bool:
        """Whether everything is healed when it ends."""
        if self._healed.is_set() and seconds > 0:
            await self._pause_at_the_end()
        elif seconds > 0:
            try:
                await asyncio.wait_for(self._healed.wait(), seconds)
                await self._pause_at_the_end()
            except TimeoutError:
                pass
        return self._healed.is_set()

    async def _pause_at_the_end(self) -> None:
        """Not all at once: the load is not what is tested then."""
        await asyncio.sleep(self._random.uniform(1, 4) * _PAUSE_AT_THE_END)

    async def _attempt(self, sent: Sent, patience: float) -> bool:
        """Whether it got a 200."""
        begin = time.monotonic()
        self._open += 1
        try:
            async with asyncio.timeout(patience):
                status, body = await self._exchange(_request(sent.event))
            answer = json.loads(body) if status == 200 else {}
            attempt = Attempt(begin, time.monotonic(), status, answer)
        except TimeoutError:
            problem = "timeout" if patience == _PATIENCE else "hung up"
            attempt = Attempt(begin, time.monotonic(), None, {}, problem)
        except (OSError, EOFError, ValueError) as problem:
            attempt = Attempt(begin, time.monotonic(), None, {}, type(problem).__name__)
        self._open -= 1
        sent.attempts.append(attempt)
        return attempt.acknowledged

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        reader, writer = await self._connection()
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            status, headers = _parse(head)
            body = await reader.readexactly(int(headers["content-length"]))
        except BaseException:
            writer.transport.abort()
            raise
        if headers.get("connection", "").lower() == "close":
            writer.close()
        else:
            self._idle.append((reader, writer))
        return status, body

    async def _connection(self):
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self._port)


def _request(event: Event) -> bytes:
    return (f"POST /webhooks/{event.source} HTTP/1.1\r\nHost: bridge\r\nContent-Type: application/json\r\n"
            f"{SIGNATURE_HEADERS[event.source]}: {event.signature}\r\nContent-Length: {len(event.body)}\r\n\r\n"
            ).encode() + event.body


def _parse(head: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = head.decode("ascii").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    return int(first.split(" ")[1]), headers


async def drip(port: int, clients: int, seconds: float) -> None:
    """Slow clients: each sends a byte of a request now and then, and begins again when it is closed."""
    end = time.monotonic() + seconds
    await asyncio.gather(*(_drip_one(port, end, number) for number in range(clients)))


async def _drip_one(port: int, end: float, number: int) -> None:
    request = b"POST /webhooks/glossi HTTP/1.1\r\nHost: bridge\r\nContent-Length: 1000\r\n\r\n{"
    await asyncio.sleep(number % 10 / 10)
    while time.monotonic() < end:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for byte in request:
                if time.monotonic() >= end or reader.at_eof():
                    break
                writer.write(bytes([byte]))
                await asyncio.sleep(1.0)
            writer.transport.abort()
        except OSError:
            await asyncio.sleep(0.5)
