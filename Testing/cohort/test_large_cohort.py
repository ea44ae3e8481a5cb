"""Two hundred studies, one in twenty broken, the run killed ten times; `make cohort` prints the figures.

They are phantoms and, where they are at hand, the real volumes; DICOM trees and volume files, mixed.
"""

import os
import random
import shutil
import subprocess
import time

import pytest
import SimpleITK as sitk
from cohort_runs import ENVIRONMENT, command, make_broken, results_in, run, wait_for, write_named_series

from CCFNetCore.images.source import read_volume
from CCFNetCore.phantom import phantom_volume
from CCFNetCore.phantom.study import write_series

pytestmark = pytest.mark.cohort

STUDIES, FEW, BROKEN_KINDS, KILLS = 200, 20, 5, 10
MOST_MEMORY = 1.2


@pytest.fixture(scope="module")
def studies(tmp_path_factory, volume_files_if_any):
    folder = tmp_path_factory.mktemp("large")
    made = 0
    for file in volume_files_if_any:
        (folder / "good" / f"{made:03d}").mkdir(parents=True)
        shutil.copy(file, folder / "good" / f"{made:03d}")
        write_series(read_volume(file), folder / "good" / f"{made + 1:03d}")
        made += 2
    print(f"\n{made} of {STUDIES} studies are of real volumes")
    for number in range(made, STUDIES - STUDIES // 20):
        place = folder / "good" / f"{number:03d}"
        if number % 4:
            write_named_series(number % 10, f"study-{number}", place)
        else:
            place.mkdir()
            sitk.WriteImage(phantom_volume(number % 10).to_sitk(), str(place / "scan.nrrd"))
    for number in range(STUDIES // 20 // BROKEN_KINDS):
        broken = folder / f"broken-{number}"
        whole = broken / "site" / "one"
        shutil.copytree(folder / "good" / "019", whole)
        make_broken(broken, phantom_volume(5).to_sitk())
        shutil.rmtree(whole.parent)
    return folder


@pytest.fixture(scope="module")
def undisturbed(studies, tmp_path_factory):
    output = tmp_path_factory.mktemp("undisturbed") / "out"
    return peak_memory(studies, output), output


def peak_memory(studies, output):
    """Kilobytes that reading the studies held at most."""
    process = subprocess.Popen(command(studies, "--output", output), env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss


def test_all_good_studies_are_done_and_each_bad_one_named(undisturbed):
    _, output = undisturbed
    failures = (output / "failures.csv").read_text().splitlines()[1:]
    assert len(results_in(output)) == STUDIES - STUDIES // 20
    assert len(failures) == STUDIES // 20


def test_ten_kills_change_nothing(studies, undisturbed, tmp_path):
    output, moments = tmp_path / "out", random.Random(0)
    for kill in range(KILLS):
        process = subprocess.Popen(
            command(studies, "--output", output, "--resume"), env=ENVIRONMENT, stdout=subprocess.DEVNULL
        )
        done = len(results_in(output))
        aim = min(done + moments.randrange(1, STUDIES // KILLS), STUDIES - STUDIES // 20 - 1)
        wait_for(lambda aim=aim: len(results_in(output)) >= aim, seconds=600)
        time.sleep(moments.uniform(0, 1))
        process.kill()
        process.wait()
        print(f"killed {kill + 1} times, {len(results_in(output))} results")
    run(studies, "--output", output, "--resume")
    for table in ("summary.csv", "failures.csv"):
        assert (output / table).read_bytes() == (undisturbed[1] / table).read_bytes()


def test_memory_stays_flat(studies, undisturbed, tmp_path):
    few = tmp_path / "few"
    few.mkdir()
    for folder in sorted((studies / "good").iterdir())[:FEW]:
        shutil.copytree(folder, few / folder.name)
    of_few, of_all = peak_memory(few, tmp_path / "out"), undisturbed[0]
    ratio = of_all / of_few
    print(f"peak memory: {of_few / 1024:.0f} MB for {FEW} studies, {of_all / 1024:.0f} MB for {STUDIES}: {ratio:.2f}")
    assert ratio <= MOST_MEMORY
