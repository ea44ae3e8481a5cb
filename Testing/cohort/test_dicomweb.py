"""A real Orthanc on the loopback address, with a configuration and storage of its own that go with the test."""

import json
import shutil
import socket
import subprocess
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from cohort_runs import results_in, wait_for, write_named_series
from pydicom import dcmread

from CCFNetCore.cli import main
from CCFNetCore.cohort.study import StudyReading
from CCFNetCore.errors import ServerError
from CCFNetCore.result import Result

pytest.importorskip("dicomweb_client")
from CCFNetCore.cohort.dicomweb import Filter, Server, read_from_server
from CCFNetCore.cohort.patient_session import Patience

ORTHANC = shutil.which("Orthanc")
PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")

pytestmark = pytest.mark.skipif(
    ORTHANC is None or not PLUGIN.exists(), reason="needs Orthanc (Debian packages orthanc and orthanc-dicomweb)"
)

# Of each study: the phantom, and what is changed in its headers.
STUDIES = {
    "lumbar": (1, {"BodyPartExamined": "LSPINE", "StudyDate": "20200105"}),
    "later": (2, {"BodyPartExamined": "LSPINE", "StudyDate": "20210105"}),
    "knee": (1, {"BodyPartExamined": "KNEE", "StudyDate": "20200105"}),
    "tomography": (1, {"BodyPartExamined": "LSPINE", "StudyDate": "20200105", "Modality": "CT"}),
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(folder):
    """The address of a server without studies, and its process."""
    port = free_port()
    configuration = {
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "Plugins": [str(PLUGIN)],
        "HttpPort": port,
        "HttpBindAddresses": ["127.0.0.1"],
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomServerEnabled": False,
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    (folder / "orthanc.json").write_text(json.dumps(configuration))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([ORTHANC, str(folder / "orthanc.json")], **quiet)
    try:
        wait_for(lambda: answers(port) or process.poll() is not None)
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait()


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ask(url, body=None):
    with urllib.request.urlopen(urllib.request.Request(url, data=body)) as answer:
        return json.loads(answer.read())


def send(address, folder, names):
    """Send some of the studies to a server; returns their UIDs by name."""
    uids = {}
    for name in names:
        seed, header = STUDIES[name]
        write_named_series(seed, name, folder / name)
        for file in (folder / name).iterdir():
            image = dcmread(file)
            for keyword, value in header.items():
                setattr(image, keyword, value)
            image.save_as(file)
            ask(f"{address}/instances", file.read_bytes())
        uids[name] = str(image.StudyInstanceUID)
    return uids


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a server with the studies, and their UIDs by name."""
    with running(tmp_path_factory.mktemp("orthanc")) as (address, _):
        yield address, send(address, tmp_path_factory.mktemp("sent"), STUDIES)


def names_on(server, **wanted):
    uids = {uid: name for name, uid in server[1].items()}
    return {uids[uid] for uid in Server(f"{server[0]}/dicom-web", Filter(**wanted)).names}


def run(server, output, *options):
    address = f"{server[0]}/dicom-web"
    return main(["cohort", "--dicomweb", address, "--output", str(output), "--device", "cpu", *options])


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, {"lumbar", "later", "knee"}),
        ({"modality": "CT"}, {"tomography"}),
        ({"body_part": "LSPINE"}, {"lumbar", "later"}),
        ({"first_date": "20210101"}, {"later"}),
        ({"last_date": "20201231"}, {"lumbar", "knee"}),
    ],
)
def test_studies_are_filtered(server, wanted, names):
    assert names_on(server, **wanted) == names


def test_studies_are_read_as_from_a_folder_and_nothing_stays(server, tmp_path, detector):
    assert run(server, tmp_path / "out", "--body-part", "LSPINE", "--from", "2021-01-01") == 0
    uid = server[1]["later"]
    assert results_in(tmp_path / "out") == [uid]
    write_named_series(2, "later", tmp_path / "direct")
    direct = detector.detect(tmp_path / "direct")
    result = Result.read(tmp_path / "out" / "results" / f"{uid}.json")
    assert result.structures == direct.structures
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "cohort.json",
        "cohort.lock",
        "results",
        "summary.csv",
        "failures.csv",
    }


def test_programs_hear_of_each_study_by_its_uid(server, tmp_path, capsys):
    assert run(server, tmp_path / "out", "--body-part", "LSPINE", "--from", "2021-01-01", "--progress", "json") == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events] == ["start", "reading", "study", "written", "end"]
    assert {event["name"] for event in events[1:3]} == {server[1]["later"]}


def test_a_report_is_stored_once_however_often(server, tmp_path):
    pytest.importorskip("highdicom")
    for output in ("first", "second"):
        wanted = ("--body-part", "LSPINE", "--to", "2020-12-31", "--store-sr")
        assert run(server, tmp_path / output, *wanted) == 0
    query = {"Level": "Series", "Query": {"StudyInstanceUID": server[1]["lumbar"], "Modality": "SR"}, "Expand": True}
    (series,) = ask(f"{server[0]}/tools/find", json.dumps(query).encode())
    assert len(series["Instances"]) == 1


def test_a_server_that_goes_away_ends_the_run_and_no_study_fails_for_it(detector, tmp_path):
    (tmp_path / "orthanc").mkdir()
    with running(tmp_path / "orthanc") as (address, process):
        send(address, tmp_path / "sent", ("lumbar", "later"))
        studies = Server(f"{address}/dicom-web", Filter(), Patience(retries=1))
        outcomes = read_from_server(map(studies.study, studies.names), studies, detector, tmp_path)
        assert isinstance(next(outcomes)[1], StudyReading)
        process.kill()
        process.wait()
        with pytest.raises(ServerError, match="does not answer"):
            next(outcomes)
    assert list(tmp_path.glob("fetched-*")) == []


def test_no_fitting_study_is_one_sentence(server, tmp_path, capsys):
    assert run(server, tmp_path / "out", "--body-part", "SKULL") == 1
    (sentence,) = capsys.readouterr().err.splitlines()
    assert "no study there fits" in sentence


def test_no_server_is_one_sentence(tmp_path, capsys):
    assert run((f"http://127.0.0.1:{free_port()}", {}), tmp_path / "out") == 1
    (sentence,) = capsys.readouterr().err.splitlines()
    assert "does not answer" in sentence
