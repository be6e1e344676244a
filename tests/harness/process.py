"""A child process whose output goes to a file."""

import pathlib
import re
import resource
import signal
import subprocess


def memory_mib(pid: int, name: str = "VmRSS") -> float:
    """What proc(5) says of a process: VmRSS now, VmHWM at most."""
    return int(re.search(rf"{name}:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


class Process:
    def __init__(self, command, log: pathlib.Path, env=None, files: tuple[int, int] | None = None):
        """`files`: its limits of open files, the soft and the hard one; otherwise this process's."""
        self.log_file = log
        with open(log, "ab") as output:
            self._offset = output.tell()
            self._child = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=env,
                preexec_fn=files and (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, files)),
                start_new_session=True,  # Ctrl-C in the terminal is for the test runner, which then stops this one
            )

    @property
    def pid(self) -> int:
        return self._child.pid

    def running(self) -> bool:
        return self._child.poll() is None

    def log(self) -> str:
        """What it has written since it was started."""
        with open(self.log_file, "rb") as log:
            log.seek(self._offset)
            return log.read().decode("utf-8", "replace")

    def send(self, number: signal.Signals) -> None:
        if self.running():
            self._child.send_signal(number)

    def wait(self, seconds: float) -> int:
        """The exit code; killed, and an error, when it has not ended by then."""
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            what = f"{self._child.args[0]} did not end within {seconds:g} s"
            raise TimeoutError(f"{what}\n{self.log()[-3000:]}") from None

    def stop(self, seconds: float = 40) -> int:
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        return self.wait(seconds)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self._child.wait(10)
