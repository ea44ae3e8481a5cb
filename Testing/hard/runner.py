"""Runs cases in a few processes, each with one detector that stays warm; a process that hangs is killed."""

import os
import threading
from collections.abc import Callable, Iterable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue

from .judge import Verdict

LIMIT_S = 20.0
"""A command that runs longer for each of its inputs hangs; where work waits for processors, so much longer."""

# Starting and warming a process up, or drawing an input, is no part of what is timed.
_PREPARED_S = 300.0

Work = Callable[[Connection], None]
"""What a process does: for each name that comes, it answers with the number of inputs, and then with a verdict."""

Tell = Callable[[str, Verdict], None]


def run_cases(
    names: Iterable[str],
    processes: int = 2,
    limit_s: float = LIMIT_S,
    work: Work | None = None,
    tell: Tell = lambda name, verdict: None,
) -> dict[str, Verdict]:
    """Run cases by name, and tell what came of each as it comes; returns them all."""
    waiting, verdicts = SimpleQueue(), {}
    for name in names:
        waiting.put(name)

    def note(name: str, verdict: Verdict) -> None:
        verdicts[name] = verdict
        tell(name, verdict)

    serve = (waiting, note, limit_s, work or _work)
    threads = [threading.Thread(target=_serve, args=serve) for _ in range(processes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return verdicts


def _serve(waiting: SimpleQueue, note: Tell, limit_s: float, work: Work) -> None:
    """Give waiting cases to a process, and to a new one when it hangs or dies."""
    worker = None
    while True:
        try:
            name = waiting.get_nowait()
        except Empty:
            break
        worker = worker if worker and worker.process.is_alive() else _Worker(work)
        note(name, worker.run(name, limit_s))
    if worker:
        worker.stop()


class _Worker:
    def __init__(self, work: Work) -> None:
        context = get_context("spawn")
        self.connection, other_end = context.Pipe()
        self.process = context.Process(target=work, args=(other_end,), daemon=True)
        self.process.start()
        other_end.close()

    def run(self, name: str, limit_s: float) -> Verdict:
        try:
            self.connection.send(name)
            patience_s = _PREPARED_S
            while self.connection.poll(patience_s):
                answer = self.connection.recv()
                if isinstance(answer, Verdict):
                    return answer
                patience_s = answer * limit_s * max(1.0, os.getloadavg()[0] / os.cpu_count())
            self.stop()
            return Verdict("wrong", (f"hang: stopped after {patience_s:.0f} s",), seconds=patience_s)
        except (EOFError, OSError):
            self.stop()
            return Verdict("wrong", (f"hang: the process died (exit code {self.process.exitcode})",))

    def stop(self) -> None:
        self.process.kill()
        self.process.join()


def _work(connection: Connection) -> None:
    # One thread a process, so that they do not get in one another's way; before torch is imported.
    os.environ.update(OMP_NUM_THREADS="1", COLUMNS="200")
    from .worker import handle, keep_detector

    keep_detector()
    while True:
        try:
            name = connection.recv()
        except EOFError:
            return
        connection.send(handle(name, on_start=connection.send))
