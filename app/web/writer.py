"""The one thread that keeps what the doors take in: many in one transaction, each with the wake-up it gives rise to.

A commit waits for the disk. One commit per delivery in the event loop would make every sender wait for every other;
here those that arrive during a commit share the next one. A sender is answered only when its own is on disk.
"""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Sequence
from datetime import timedelta

import msgspec
import structlog

from app.store.arrivals import Kept, keep_arrivals
from app.store.database import Database, DatabaseFault
from app.store.inbox import Delivery
from app.store.orders import Order
from app.store.wake import Wakes

LONGEST_QUEUE = 2_000
LARGEST_BATCH = 64
PATIENCE = timedelta(seconds=2)
"""How long a batch waits for another writer. A sender is better told early, while it still listens."""
LONGEST_WAIT = timedelta(seconds=6)
"""How long a sender waits; GitHub hangs up after 10 s (https://docs.github.com/en/webhooks/using-webhooks)."""

log = structlog.get_logger()


class _Waiting(msgspec.Struct):
    item: Delivery | Order
    answer: "asyncio.Future[Kept]"
    loop: asyncio.AbstractEventLoop


class DeliveryWriter:
    """Keeps deliveries and orders from `start` to `stop`."""

    def __init__(
        self,
        database: Database,
        wakes: Wakes,
        patience: timedelta = PATIENCE,
        longest_wait: timedelta = LONGEST_WAIT,
        longest_queue: int = LONGEST_QUEUE,
    ) -> None:
        self._database = database
        self._wakes = wakes
        self._patience = patience
        self._longest_wait = longest_wait.total_seconds()
        self._longest_queue = longest_queue
        self._queue: deque[_Waiting] = deque()
        self._bell: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._will_ring = False
        self._thread = threading.Thread(target=self._write_batches, name="delivery-writer")

    def start(self) -> None:
        """Begin to keep deliveries."""
        self._thread.start()

    def stop(self) -> None:
        """Keep what has been handed in, then end."""
        self._ring()
        self._bell.put(False)
        self._thread.join()

    @property
    def length(self) -> int:
        """How much waits to be kept."""
        return len(self._queue)

    async def keep(self, item: Delivery | Order) -> Kept:
        """Keep one; answers when it is on disk, or at once that it cannot be kept now."""
        if self.length >= self._longest_queue:
            return Kept.NOT_STORED
        loop = asyncio.get_running_loop()
        waiting = _Waiting(item, loop.create_future(), loop)
        self._queue.append(waiting)
        if not self._will_ring:
            self._will_ring = True
            loop.call_soon(self._ring)
        expiry = loop.call_later(self._longest_wait, _give_up, waiting.answer)
        try:
            return await waiting.answer
        finally:
            expiry.cancel()

    def _ring(self) -> None:
        """Call the thread: once for all that came with this turn of the loop, lest it begin with the first alone."""
        self._will_ring = False
        self._bell.put(True)

    def _write_batches(self) -> None:
        while self._bell.get():
            while self._queue:
                if batch := self._take_batch():
                    self._answer(batch, self._write(batch))

    def _take_batch(self) -> list[_Waiting]:
        """Those that wait longest and still do; in one order for all processes, so that there is no deadlock."""
        taken = [self._queue.popleft() for _ in range(min(len(self._queue), LARGEST_BATCH))]
        return sorted((each for each in taken if not each.answer.done()), key=lambda each: each.item.id)

    def _write(self, batch: Sequence[_Waiting]) -> list[Kept]:
        """Keep a batch. One delivery that the database refuses does not take the others down with it."""
        try:
            return self._write_together([waiting.item for waiting in batch])
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the senders are told and the thread goes on
            log.warning("deliveries or orders could not be kept", count=len(batch), reason=type(error).__name__)
            if len(batch) == 1 or isinstance(error, DatabaseFault):
                return [Kept.NOT_STORED] * len(batch)
        return [kept for waiting in batch for kept in self._write([waiting])]

    def _write_together(self, items: Sequence[Delivery | Order]) -> list[Kept]:
        with self._database.begin(self._patience) as connection:
            return keep_arrivals(connection, self._wakes, items)

    @staticmethod
    def _answer(batch: Sequence[_Waiting], kept: Sequence[Kept]) -> None:
        def settle() -> None:
            for waiting, outcome in zip(batch, kept, strict=True):
                if not waiting.answer.done():
                    waiting.answer.set_result(outcome)

        batch[0].loop.call_soon_threadsafe(settle)


def _give_up(answer: "asyncio.Future[Kept]") -> None:
    """Nobody waits any longer; what is not under way is then not written any more."""
    if not answer.done():
        answer.set_result(Kept.NOT_STORED)
