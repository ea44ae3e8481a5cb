"""A small server on the loopback address that misbehaves as told, each time in another way."""

import json
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from cohort_runs import write_named_series

from CCFNetCore.cohort.study import Failure, StudyReading
from CCFNetCore.errors import InputError, ServerError

pytest.importorskip("dicomweb_client")
from CCFNetCore.cohort.dicomweb import Filter, Server, read_from_server
from CCFNetCore.cohort.patient_session import Patience

IMPATIENT = Patience(connect_s=1, read_s=0.5, retries=2, pause_s=0.02, longest_pause_s=0.1)
BOUNDARY = "a-boundary"
END = f"\r\n--{BOUNDARY}--\r\n".encode()
GOOD, BAD = "1.1", "1.2"
"""Studies, the bad one first: what misbehaves does so with it alone."""


class Handler(BaseHTTPRequestHandler):
    """Answers as DICOMweb does: for a bad study by ``misbehave``, which returns whether it did."""

    def do_GET(self):
        path = self.path.partition("?")[0]
        self.server.asked[path] += 1
        if self.server.misbehave(self, path):
            return
        if path == "/studies":
            offset = 0 if "offset=0" in self.path or "offset" not in self.path else 2
            self.send_json([{"0020000D": {"vr": "UI", "Value": [uid]}} for uid in (BAD, GOOD)][offset:])
        elif path.count("/") == 3:
            count = {"00201209": {"vr": "IS", "Value": [len(self.server.files)]}}
            self.send_json([{"0020000E": {"vr": "UI", "Value": ["1.5"]}, **count}])
        else:
            self.send_images(self.server.files)

    def send_json(self, values):
        self.send_whole(json.dumps(values).encode(), "application/dicom+json")

    def send_images(self, files, end=END):
        self.send_whole(
            self.multipart(files) + end, f'multipart/related; type="application/dicom"; boundary={BOUNDARY}'
        )

    @staticmethod
    def multipart(files):
        return b"".join(
            f"\r\n--{BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode() + file.read_bytes()
            for file in files
        )

    def send_whole(self, body, kind, said_length=None):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if said_length is not None:
            self.send_header("Content-Length", str(said_length))
        self.end_headers()
        self.wfile.write(body)

    def send_status(self, status, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def log_message(self, *arguments):
        pass


@contextmanager
def serving(files, misbehave):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.files, server.misbehave, server.asked = files, misbehave, Counter()
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sent")
    write_named_series(1, "study", folder)
    return sorted(folder.iterdir())


def ask(server):
    return Server(f"http://127.0.0.1:{server.server_port}", Filter(), IMPATIENT)


def for_the_bad_study(misbehaviour, times=1000):
    def misbehave(handler, path):
        does = is_image_of_bad(path) and handler.server.asked[path] <= times
        if does:
            misbehaviour(handler, path)
        return does

    return misbehave


def is_image_of_bad(path):
    return path.startswith(f"/studies/{BAD}/series/")


def silent(handler, path):
    time.sleep(2)


def silent_in_mid_transfer(handler, path):
    handler.send_whole(
        handler.multipart(handler.server.files[:2])[:-50], "multipart/related; boundary=" + BOUNDARY, 10**6
    )
    handler.wfile.flush()
    time.sleep(2)


def not_found(handler, path):
    handler.send_status(404)


def broken(handler, path):
    handler.send_status(500)


def busy_for_ever(handler, path):
    handler.send_status(503, Retry_After="3600")


def hung_up(handler, path):
    handler.connection.close()


def shorter_than_said(handler, path):
    handler.send_whole(handler.multipart(handler.server.files[:3]), "multipart/related; boundary=" + BOUNDARY, 10**6)


def without_end(handler, path):
    handler.send_images(handler.server.files, end=b"")


def cut_off_in_an_image(handler, path):
    handler.send_whole(handler.multipart(handler.server.files)[:-1000], "multipart/related; boundary=" + BOUNDARY)


def too_few(handler, path):
    handler.send_images(handler.server.files[:-2])


def none_at_all(handler, path):
    handler.send_images([])


def a_web_page(handler, path):
    handler.send_whole(b"<html>Log in, please.</html>", "text/html")


@pytest.mark.parametrize(
    ("misbehaviour", "reason"),
    [
        (silent, "it took too long"),
        (silent_in_mid_transfer, "it took too long"),
        (not_found, "404"),
        (broken, "500"),
        (busy_for_ever, "503"),
        (hung_up, "no connection"),
        (shorter_than_said, "its answer broke off"),
        (without_end, "its answer broke off"),
        (cut_off_in_an_image, "its answer broke off"),
        (too_few, "of 13 images of a series came"),
        (none_at_all, "only 0 of 13"),
        (a_web_page, "what it says is not DICOMweb"),
    ],
)
def test_a_study_that_does_not_come_has_its_reason_and_the_next_one_comes(files, misbehaviour, reason, tmp_path, capfd):
    with serving(files, for_the_bad_study(misbehaviour)) as server:
        studies = ask(server)
        with pytest.raises((InputError, ServerError)) as raised:
            studies.fetch(studies.study(BAD), tmp_path)
        assert reason in str(raised.value)
        assert f"/studies/{BAD}" in str(raised.value)
        assert len(studies.fetch(studies.study(GOOD), tmp_path).files) == len(files)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("misbehaviour", [silent, without_end])
def test_in_a_run_it_is_a_failure_and_the_next_one_is_read(files, misbehaviour, detector, tmp_path):
    with serving(files, for_the_bad_study(misbehaviour)) as server:
        studies = ask(server)
        outcomes = read_from_server(map(studies.study, (BAD, GOOD)), studies, detector, tmp_path)
        assert [type(outcome) for _, outcome in outcomes] == [Failure, StudyReading]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("misbehaviour", [hung_up, busy_for_ever, silent])
def test_what_passes_is_tried_again_without_a_word(files, misbehaviour, tmp_path, capfd):
    with serving(files, for_the_bad_study(misbehaviour, times=2)) as server:
        studies = ask(server)
        assert len(studies.fetch(studies.study(BAD), tmp_path).files) == len(files)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("misbehaviour", [silent, hung_up])
def test_a_server_that_does_not_answer_a_search_either_is_gone(files, misbehaviour, detector, tmp_path):
    gone = []

    def misbehave(handler, path):
        if is_image_of_bad(path):
            gone.append(path)
        if gone:
            misbehaviour(handler, path)
        return bool(gone)

    with serving(files, misbehave) as server:
        studies = ask(server)
        with pytest.raises(ServerError, match="does not answer"):
            next(read_from_server([studies.study(BAD)], studies, detector, tmp_path))


def test_a_page_in_place_of_a_search_is_one_sentence(files):
    def misbehave(handler, path):
        a_web_page(handler, path)
        return True

    with serving(files, misbehave) as server, pytest.raises(ServerError, match="what it says is not DICOMweb"):
        ask(server)


def test_a_full_disk_is_no_failure_of_the_study(files, detector, small_disk):
    with serving(files, lambda handler, path: False) as server:
        studies = ask(server)
        with pytest.raises(OSError, match="No space left"):
            next(read_from_server([studies.study(GOOD)], studies, detector, small_disk))
