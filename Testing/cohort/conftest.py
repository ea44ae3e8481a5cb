import signal
import subprocess

import pytest
from cohort_runs import ENVIRONMENT, command, make_studies, run


@pytest.fixture(scope="session")
def studies(tmp_path_factory):
    """The folder with all of them."""
    return make_studies(tmp_path_factory.mktemp("studies"))


@pytest.fixture(scope="session")
def undisturbed(studies, tmp_path_factory):
    """What the command left, and how it ended, with nobody in its way."""
    output = tmp_path_factory.mktemp("cohort") / "out"
    return run(studies, "--output", output, "--html"), output


def hear_ctrl_c():
    """Tests that run in a shell's background ignore it, and what they start would too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def start():
    """Start the command as a process that does not outlive the test."""
    processes = []

    def started(*arguments):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        processes.append(subprocess.Popen(command(*arguments), env=ENVIRONMENT, preexec_fn=hear_ctrl_c, **pipes))
        return processes[-1]

    yield started
    for process in processes:
        process.kill()
        process.communicate()
