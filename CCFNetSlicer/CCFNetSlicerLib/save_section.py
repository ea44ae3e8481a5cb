"""The section "Save and share" of the panel: files of the current result, written by the worker."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import qt
import slicer
from slicer.i18n import tr as _

from . import dicom_source, packages
from .long_words import breakable

if TYPE_CHECKING:
    from CCFNetCore.result import Result

    from .study import Study
    from .worker_client import Job

Write = Callable[..., "Job"]


class SaveSection:
    """What the buttons of the section do.

    Parameters
    ----------
    ui : object
        Has the panel's widgets as attributes.
    logic : CCFNetSlicerLogic
        Its ``write`` and ``cancel`` are used.
    """

    BUTTONS = ("reportButton", "dicomReportButton", "dicomDatabaseButton", "trainingExampleButton")

    def __init__(self, ui: object, logic: object) -> None:
        self.ui, self.logic = ui, logic
        self.study: Study | None = None
        self.job: Job | None = None
        self._result: Result | None = None
        self._is_reading = False
        self._page = ""
        self._tool_tips = {name: getattr(ui, name).toolTip for name in (*self.BUTTONS, "openReportButton")}
        ui.reportButton.connect("clicked(bool)", lambda *_args: self._try(self.save_report))
        ui.openReportButton.connect("clicked(bool)", lambda *_args: self.open_report())
        ui.dicomReportButton.connect("clicked(bool)", lambda *_args: self._try(self.save_dicom_report))
        ui.dicomDatabaseButton.connect("clicked(bool)", lambda *_args: self._try(self.add_to_database))
        ui.trainingExampleButton.connect("clicked(bool)", lambda *_args: self._try(self.save_training_example))

    def update(self, study: "Study | None", is_reading: bool) -> None:
        """Make the buttons available where they can do something, and let the others say why they cannot."""
        result = study.result if study else None
        if study is not self.study:
            self._page = self.ui.saveLabel.text = ""
        elif result != self._result and self.job is None:
            # What was written is no longer what is shown.
            self.ui.saveLabel.text = ""
        self._result = result
        if self.job is not None and self.job.is_over:
            # Whoever is cancelled is told nothing.
            self.job, self.ui.saveLabel.text = None, _("Not written, since the worker was stopped.")
        self.study, self._is_reading = study, is_reading
        self.ui.saveButton.visible = study is not None
        self.ui.saveLabel.visible = bool(self.ui.saveLabel.text)
        if study is None:
            return
        busy = self._reason_to_wait()
        without_dicom = busy or dicom_source.reason_without_files(study.volume_node)
        self._enable("reportButton", busy)
        self._enable("dicomReportButton", without_dicom)
        self._enable("dicomDatabaseButton", without_dicom)
        self._enable("trainingExampleButton", busy)
        self._enable("openReportButton", "" if self._page else _("No report of this volume was saved yet."))

    def save_report(self) -> None:
        """Ask where the page goes, and write it."""
        self._ensure("jinja2")
        file = self._ask_file(_("Save the report"), ".html", _("Web page (*.html)"))
        if file:
            self._write({"do": "report", "file": file}, self._on_report)

    def open_report(self) -> None:
        """Show the page that was written last in the user's browser."""
        qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(self._page))

    def save_dicom_report(self) -> None:
        """Ask where the DICOM report goes, and write it."""
        self._ensure("highdicom")
        file = self._ask_file(_("Save the DICOM report"), ".dcm", _("DICOM file (*.dcm)"))
        if file:
            self._write({"do": "dicom-report", "file": file, "images": self._images()}, self._on_written)

    def add_to_database(self) -> None:
        """Write the DICOM report into Slicer's DICOM database, where it stands with the study that was read."""
        self._ensure("highdicom")
        file = os.path.join(slicer.app.temporaryPath, f"{_file_name(self.study)}-report.dcm")
        self._write({"do": "dicom-report", "file": file, "images": self._images()}, self._on_dicom_report)

    def save_training_example(self) -> None:
        """Ask which folder the example goes into, and add it."""
        folder = qt.QFileDialog.getExistingDirectory(
            slicer.util.mainWindow(), _("Folder of training examples"), slicer.mrmlScene.GetRootDirectory()
        )
        if folder:
            patient_id = dicom_source.tag_value(self.study.volume_node, dicom_source.PATIENT_ID)
            request = {"do": "training-example", "folder": folder, "patient_id": patient_id or None}
            self._write(request, self._on_written)

    def _try(self, action: Callable[[], None]) -> None:
        with slicer.util.tryWithErrorDisplay(_("The file could not be written.")):
            try:
                action()
            except packages.InstallError as error:
                self._say(str(error))

    def _reason_to_wait(self) -> str:
        if self._is_reading:
            return _("The volume is being read.")
        if self.job is not None:
            return _("A file is being written.")
        return ""

    def _enable(self, name: str, reason: str) -> None:
        button = getattr(self.ui, name)
        button.enabled = not reason
        button.toolTip = _("This is grey: {reason}").format(reason=reason) if reason else self._tool_tips[name]

    def _ensure(self, package: str) -> None:
        # A warm worker may have looked for it in vain.
        if packages.ensure(package):
            self.logic.cancel()

    def _ask_file(self, caption: str, ending: str, kind: str) -> str:
        """The file that the user names, with its ending; empty if none."""
        suggestion = os.path.join(slicer.mrmlScene.GetRootDirectory(), f"{_file_name(self.study)}{ending}")
        file = qt.QFileDialog.getSaveFileName(slicer.util.mainWindow(), caption, suggestion, kind)
        return file if not file or file.lower().endswith(ending) else f"{file}{ending}"

    def _images(self) -> list[str]:
        return dicom_source.files(self.study.volume_node)

    def _write(self, request: dict[str, object], on_written: Callable[[str, str], None]) -> None:
        self.job = self.logic.write(self.study, request, onDone=on_written, onFailure=self._end)
        self._say(_("Writing..."))

    def _on_report(self, file: str, notice: str) -> None:
        self._page = file
        self._on_written(file, notice)

    def _on_dicom_report(self, file: str, notice: str) -> None:
        slicer.dicomDatabase.insert(file)
        Path(file).unlink()
        place = _("The report is in Slicer's DICOM database, in the patient's study.")
        self._end(f"{place} {notice}".strip())

    def _on_written(self, file: str, notice: str) -> None:
        self._end(f"{_('Written: {file}').format(file=file)} {notice}".strip())

    def _end(self, sentence: str) -> None:
        self.job = None
        self._say(sentence)

    def _say(self, sentence: str) -> None:
        self.ui.saveLabel.text = breakable(sentence)
        self.update(self.study, self._is_reading)


def _file_name(study: "Study") -> str:
    """The volume's name without what a file's name must not hold."""
    return re.sub(r'[\\/:*?"<>|]+', "-", study.volume_node.GetName())
