import logging
import sys
import tempfile
import time
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import qt
import slicer
import vtk
from CCFNetSlicerLib import corrections, packages, rerun_question
from CCFNetSlicerLib.batch_section import BatchSection
from CCFNetSlicerLib.correct_section import CorrectSection
from CCFNetSlicerLib.estimates import definitions, estimate_lines
from CCFNetSlicerLib.input_volume import can_be_chosen, likely_input
from CCFNetSlicerLib.level_table import LevelTable, numbering_lines
from CCFNetSlicerLib.long_words import breakable
from CCFNetSlicerLib.markers_section import MarkersSection
from CCFNetSlicerLib.packages_section import PackagesSection
from CCFNetSlicerLib.point_edits import PointEdits
from CCFNetSlicerLib.process import wait_until_gone
from CCFNetSlicerLib.save_section import SaveSection
from CCFNetSlicerLib.spine_layout import SpineLayout
from CCFNetSlicerLib.status_line import StatusLine
from CCFNetSlicerLib.study import Study, StudyNodes, add_study, find_study, show_only
from CCFNetSlicerLib.volume_node import assess, volume_of
from CCFNetSlicerLib.worker_client import Job, WorkerClient
from slicer import vtkMRMLScalarVolumeNode
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import Choice, parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

#
# CCFNetSlicer
#


HOMEPAGE = "https://github.com/CCFNet/SlicerCCFNet"


class CCFNetSlicer(ScriptedLoadableModule):
    """What Slicer's module list shows."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("CCF-Net Lumbar Spine")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = ["Markups", "Segmentations", "SubjectHierarchy", "Tables", "Volumes"]
        self.parent.contributors = ["CCFNet contributors"]
        self.parent.helpText = _(
            "Finds the vertebrae L1-L5 and the discs T12-L1 to L5-S1 in a sagittal T2 lumbar spine MR volume and reads "
            "each as normal or abnormal. Research use only: not for clinical decisions."
            '<p>More is said on <a href="{page}">the page of the project</a>.</p>'
        ).format(page=HOMEPAGE)
        self.parent.acknowledgementText = _(
            "Method: Chen et al., Multi-Scale Context-Guided Lumbar Spine Disease Identification with Coarse-to-fine "
            "Localization and Classification, ISBI 2022, arXiv 2203.08408."
        )
        slicer.app.connect("startupCompleted()", registerSampleData)


EXAMPLE = Path(__file__).parent / "Resources" / "SampleData" / "CCFNetPhantom.nrrd"
EXAMPLE_SHA256 = "c86c3262ad781247dc5428dc53b3e5423f4b6b7ed162bc6dd6c85f210788d7ab"
EXAMPLE_NAME = "CCFNetPhantom T2"


def registerSampleData():
    """Add the drawn example study to the Sample Data module; it comes with the extension and is not downloaded."""
    import SampleData

    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category="CCF-Net",
        sampleName="CCFNetPhantom",
        thumbnailFileName=str(Path(__file__).parent / "Resources" / "Icons" / "CCFNetPhantom.png"),
        uris=EXAMPLE.as_uri(),
        fileNames=EXAMPLE.name,
        nodeNames=EXAMPLE_NAME,
        checksums=f"SHA256:{EXAMPLE_SHA256}",
    )


def loadPhantom():
    """Load the example study as a volume, shown in the slice views."""
    from CCFNetSlicerLib.scene import add_volume

    from CCFNetCore.images.source import read_volume

    volumeNode = add_volume(slicer.mrmlScene, read_volume(EXAMPLE))
    volumeNode.SetName(EXAMPLE_NAME)
    slicer.util.setSliceViewerLayers(background=volumeNode, fit=True)
    return volumeNode


#
# CCFNetSlicerParameterNode
#


@parameterNodeWrapper
class CCFNetSlicerParameterNode:
    """What the panel is set to; saved with the scene.

    inputVolume - the volume to read; its result is found through it.
    device - what the network runs on.
    makeNewNodes - whether each run makes nodes of its own, or updates those of the volume's run before.
    """

    inputVolume: vtkMRMLScalarVolumeNode
    device: Annotated[str, Choice(["auto", "cpu", "cuda"])] = "auto"
    makeNewNodes: bool = False


#
# CCFNetSlicerWidget
#


class CCFNetSlicerWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel. It holds no result of its own: what it shows is in the scene."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self._parameterNode = None
        self._parameterNodeGuiTag = None
        self._observedVolume = None
        self._wasVolumeChosen = False
        self._study = None
        self._job = None
        self._readVolume = None
        self._rereadings = []

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/CCFNetSlicer.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = CCFNetSlicerLogic()
        self._status = StatusLine(self.ui.statusLabel)
        self._levelTable = LevelTable(self.ui.levelTable)
        self._correctSection = CorrectSection(self.ui, self._levelTable, self.onCorrect, self.onUndo)
        self._spineLayout = SpineLayout(self.ui.spineLayoutButton)
        self._markersSection = MarkersSection(self.ui)
        self._saveSection = SaveSection(self.ui, self.logic)
        self._batchSection = BatchSection(self.ui, lambda: self._parameterNode.device)
        self._packagesSection = PackagesSection(self.ui, self.logic.cancel, self.say)
        self._pointEdits = PointEdits(self.onPointsEdited)
        self._updateTimer = qt.QTimer()
        self._updateTimer.singleShot = True
        self._connectUi()
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneEndClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.NodeAddedEvent, self.onNodeAdded)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.NodeAboutToBeRemovedEvent, self.onNodeRemoved)
        self.initializeParameterNode()
        self._packagesSection.update()

    def _connectUi(self):
        self._updateTimer.connect("timeout()", self.onSceneChanged)
        self.ui.exampleButton.connect("clicked(bool)", self.onLoadExample)
        self.ui.applyButton.connect("clicked(bool)", self.onApply)
        self.ui.cancelButton.connect("clicked(bool)", self.onCancel)
        self.ui.levelTable.connect("itemSelectionChanged()", self.onRowSelected)

    def cleanup(self):
        self._cancel()
        self._batchSection.cancel()
        # A module that is loaded again has a worker of its own.
        self.logic.stopWorker()
        wait_until_gone()
        self.setParameterNode(None)
        self.removeObservers()
        self._spineLayout.close()
        self._markersSection.removeObservers()
        self._pointEdits.stop()
        self._updateTimer.stop()

    def onReload(self):
        for name in [name for name in sys.modules if name.split(".")[0] == "CCFNetSlicerLib"]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)

    def enter(self):
        self.initializeParameterNode()
        self.updatePanel()
        self._packagesSection.update()

    # There is no exit: rows follow points that are moved while another module is shown.

    # Scene and parameters

    def onSceneStartClose(self, caller, event):
        self._cancel()
        self.setParameterNode(None)
        self._wasVolumeChosen = False

    def onSceneEndClose(self, caller, event):
        if self.parent.isEntered:
            self.initializeParameterNode()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodeAdded(self, caller, event, node):
        # Who adds a node has yet to fill it.
        if node.IsA("vtkMRMLScalarVolumeNode") or node.IsA("vtkMRMLTableNode"):
            self._updateTimer.start(0)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodeRemoved(self, caller, event, node):
        if self._parameterNode is None:
            return
        # The node is still there while this is called.
        self._updateTimer.start(0)
        if self._job is not None and node == self._readVolume:
            self._cancel()
            # The selector turns to another volume first.
            qt.QTimer.singleShot(0, self.onReadVolumeRemoved)

    def onReadVolumeRemoved(self):
        if self._parameterNode is not None:
            self.say(_("The volume was removed while it was read; nothing was changed."))

    def onSceneChanged(self):
        if self._parameterNode is None:
            return
        if self.parent.isEntered:
            self.initializeParameterNode()
        self.updatePanel()

    def onLoadExample(self, checked=False):
        with slicer.util.tryWithErrorDisplay(_("The example study could not be loaded."), waitCursor=True):
            self._parameterNode.inputVolume = loadPhantom()

    def initializeParameterNode(self):
        if self._parameterNode is None:
            self.setParameterNode(self.logic.getParameterNode())
        # An empty selector is the user's choice, unless there was nothing to choose yet.
        if self._volumeNode is None and not self._wasVolumeChosen:
            self._parameterNode.inputVolume = likely_input(slicer.mrmlScene)

    @property
    def _volumeNode(self):
        """The volume that the selector shows, or None."""
        node = self._parameterNode.inputVolume if self._parameterNode else None
        return node if can_be_chosen(node) else None

    def setParameterNode(self, parameterNode):
        if self._parameterNode:
            if self._parameterNodeGuiTag is not None:
                self._parameterNode.disconnectGui(self._parameterNodeGuiTag)
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersChanged)
        self._parameterNode, self._parameterNodeGuiTag = parameterNode, None
        if parameterNode:
            self._parameterNodeGuiTag = parameterNode.connectGui(self.ui)
            self.addObserver(parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersChanged)
        self.onParametersChanged()

    def onParametersChanged(self, caller=None, event=None):
        volumeNode = self._volumeNode
        self._wasVolumeChosen = self._wasVolumeChosen or volumeNode is not None
        if volumeNode != self._observedVolume:
            # A volume may get its voxels after it was chosen.
            for voxelEvent in (vtk.vtkCommand.ModifiedEvent, slicer.vtkMRMLVolumeNode.ImageDataModifiedEvent):
                if self._observedVolume is not None:
                    self.removeObserver(self._observedVolume, voxelEvent, self.onVolumeChanged)
                if volumeNode is not None:
                    self.addObserver(volumeNode, voxelEvent, self.onVolumeChanged)
            self._observedVolume = volumeNode
            self._status.clear()
        self.updatePanel()

    def onVolumeChanged(self, caller, event):
        self.updatePanel()

    # Running

    def onApply(self, checked=False):
        parameters = self._parameterNode
        study = None if parameters.makeNewNodes else self._study
        reason = self._packagesSection.reason_to_wait()
        if reason:
            self.say(reason)
            return
        answer = rerun_question.ask(corrections.placed_by_hand(study.result) if study else [])
        if answer == rerun_question.CANCEL:
            return
        self._status.clear()
        self._status.tell_step(_("Starting the network's process..."))
        # The selector forgets a volume before the panel hears that it is removed.
        self._readVolume = self._volumeNode
        try:
            self._job = self.logic.start(
                self._readVolume,
                study,
                device=parameters.device,
                keepHandPlaced=answer == rerun_question.KEEP,
                onProgress=self.onProgress,
                onDone=self.onDone,
                onFailure=self.onFailure,
            )
        except ValueError as error:
            self.say(str(error))
            return
        self.updatePanel()

    def onCancel(self, checked=False):
        unread = [name for job, study, names in self._rereadings if study is self._study for name in names]
        self._cancel()
        # They were to be read by the process that is gone.
        self._readAgain(unread)
        self.say(_("Cancelled; nothing was changed."))

    def _cancel(self):
        if self._job is not None:
            self._job = None
            self.logic.cancel()

    def onProgress(self, done, step):
        self.ui.progressBar.value = int(100 * done)
        self._status.tell_step(step)

    def onDone(self, study, notice):
        self._job = None
        if study.volume_node != self._volumeNode:
            self.updatePanel()
            return
        isNew = self._study is None or study.table != self._study.table
        self._setStudy(study)
        if isNew:
            self._spineLayout.show_new(study)
        self.say(notice)

    def onFailure(self, sentence):
        self._job = None
        self.say(sentence)

    def say(self, sentence):
        """Show a sentence below the button, where it stays until the next action or another volume."""
        self._status.say(sentence)
        self.updatePanel()

    # Reading and correcting

    def onRowSelected(self):
        self._correctSection.update_selected()
        name = self._levelTable.selected_name
        found = self._study.point_lists.find(name) if self._study and name else None
        if found is not None:
            pointList, index = found
            slicer.modules.markups.logic().JumpSlicesToNthPointInMarkup(pointList.GetID(), index, True)

    def onCorrect(self, result):
        self._change(lambda: self._study.correct(result))
        self._readAgain(list(corrections.positions(result)))

    def onUndo(self):
        self._change(self._study.undo)
        self.updatePanel()

    def _change(self, change):
        """Change the study; the selection follows the structure to its new name."""
        self._status.clear()
        selected, before = self._levelTable.selected_name, self._study.result
        change()
        if selected is not None:
            self._levelTable.select(corrections.name_afterwards(selected, before, self._study.result))

    def onPointsEdited(self):
        if self._study is None or self._job is not None:
            return
        before = self._study.result
        names = self._study.follow_points()
        if self._study.result != before:
            self._status.clear()
        self._readAgain(names)

    def _readAgain(self, names):
        if names:
            study, device = self._study, self._parameterNode.device
            few = ", ".join(names) if len(names) <= 3 else _("{count} structures").format(count=len(names))
            again = _("Reading {names} again").format(names=few)
            self._status.tell_step(f"{again}...")
            job = self.logic.readAgain(
                study,
                names,
                device=device,
                onProgress=lambda done, step: self._status.tell_step(f"{again}: {step}"),
                onDone=self.updatePanel,
                onFailure=lambda sentence: self.onRereadingFailed(study, sentence),
            )
            self._rereadings.append((job, study, names))
        self.updatePanel()

    def onRereadingFailed(self, study, sentence):
        if study is self._study:
            self._status.say(sentence)
        self.updatePanel()

    # Showing

    def updatePanel(self):
        """Make the panel say what the scene and the worker are."""
        suitability = assess(self._volumeNode)
        isRunning = self._job is not None
        self.ui.exampleButton.visible = likely_input(slicer.mrmlScene) is None
        self.ui.fitLabel.text = breakable(" ".join(suitability.sentences))
        self.ui.applyButton.enabled = suitability.fits and not isRunning
        self.ui.applyButton.toolTip = self._applyToolTip(suitability, isRunning)
        self.ui.progressBar.visible = self.ui.cancelButton.visible = isRunning
        self._rereadings = [rereading for rereading in self._rereadings if not rereading[0].is_over]
        if not isRunning:
            self.ui.progressBar.value = 0
        if not isRunning and not self._rereadings:
            self._status.end_step()
        self.updateStudy()

    def _applyToolTip(self, suitability, isRunning):
        if isRunning:
            return _("The volume is being read; Cancel stops it.")
        if not suitability.fits:
            return _("Apply is grey: {reason}").format(reason=suitability.sentences[0])
        return _("Find the vertebrae and discs and read each of them.")

    def updateStudy(self):
        """Show what was found in the volume."""
        study = find_study(self._volumeNode) if self._volumeNode else None
        # The study at hand knows what to undo.
        if study is None or self._study is None or study.table != self._study.table:
            self._setStudy(study)
        result = self._study.result if self._study else None
        self.ui.resultButton.visible = result is not None
        self._levelTable.show(result)
        if result is not None:
            self._showWords(result)
        self._pointEdits.watch(self._study.point_lists if self._study else [])
        isReading = self._job is not None
        self._correctSection.update(self._study, isReading)
        self._spineLayout.update(self._study)
        self._markersSection.update(self._study)
        self._saveSection.update(self._study, isReading)

    def _showWords(self, result):
        """Show what stands above and below the table."""
        for label, lines in (
            (self.ui.warningLabel, result.warnings),
            (self.ui.numberingLabel, numbering_lines(result)),
            (self.ui.estimatesLabel, estimate_lines(result)),
        ):
            label.text = breakable("\n".join(lines))
            label.visible = bool(lines)
        self.ui.estimatesLabel.toolTip = "\n".join(definitions(result))

    def _setStudy(self, study):
        if self._study is not None:
            self.removeObserver(self._study.table, vtk.vtkCommand.ModifiedEvent, self.onTableChanged)
        self._study = study
        self._levelTable.select(None)
        if study is not None:
            self.addObserver(study.table, vtk.vtkCommand.ModifiedEvent, self.onTableChanged)
            show_only(study)

    def onTableChanged(self, caller, event):
        # The console may have corrected the study.
        self._updateTimer.start(0)


#
# CCFNetSlicerLogic
#


class CCFNetSlicerLogic(ScriptedLoadableModuleLogic):
    """Reads volumes, with or without the panel; see :meth:`process`."""

    # One worker for the application: it stays warm whoever asks.
    _worker = None

    def getParameterNode(self):
        return CCFNetSlicerParameterNode(super().getParameterNode())

    @staticmethod
    def worker():
        """The application's worker; its process is started with the first request and ends with the panel."""
        if CCFNetSlicerLogic._worker is None:
            CCFNetSlicerLogic._worker = WorkerClient()
            slicer.app.connect("aboutToQuit()", CCFNetSlicerLogic.stopWorker)
        return CCFNetSlicerLogic._worker

    @staticmethod
    def stopWorker():
        """End the worker."""
        worker, CCFNetSlicerLogic._worker = CCFNetSlicerLogic._worker, None
        if worker is not None:
            slicer.app.disconnect("aboutToQuit()", CCFNetSlicerLogic.stopWorker)
            worker.cancel()
            wait_until_gone()

    def process(self, volumeNode, study=None, device="auto") -> StudyNodes:
        """Read a volume and wait for the result; the application stays alive meanwhile.

        :param volumeNode: vtkMRMLScalarVolumeNode to read.
        :param study: Study of the volume whose nodes are updated; new nodes by default.
        :param device: "auto", "cpu" or "cuda".
        :return: StudyNodes: point lists of normal, abnormal and unread structures, table, segmentation.
        :raises RuntimeError: with one sentence, if the volume cannot be read.

        >>> from CCFNetSlicer import CCFNetSlicerLogic
        >>> nodes = CCFNetSlicerLogic().process(volumeNode)  # doctest: +SKIP
        >>> slicer.util.arrayFromMarkupsControlPoints(nodes.abnormal)  # doctest: +SKIP
        """
        outcome = {}
        try:
            job = self.start(
                volumeNode,
                study,
                device=device,
                onProgress=lambda done, step: slicer.util.showStatusMessage(f"CCF-Net: {step}", 2000),
                onDone=lambda done, notice: outcome.update(study=done, notice=notice),
                onFailure=lambda sentence: outcome.update(failure=sentence),
            )
        except ValueError as error:
            raise RuntimeError(str(error)) from error
        while not job.is_over:
            slicer.app.processEvents()
            time.sleep(0.005)
        if "study" not in outcome:
            raise RuntimeError(outcome.get("failure", _("The reading was cancelled.")))
        if outcome["notice"]:
            logging.warning("CCF-Net: %s", outcome["notice"])
        return outcome["study"].nodes

    def start(
        self,
        volumeNode,
        study: Study | None = None,
        *,
        device: str = "auto",
        keepHandPlaced: bool = False,
        onProgress: Callable[[float, str], None],
        onDone: Callable[[Study, str], None],
        onFailure: Callable[[str], None],
    ) -> Job:
        """Begin to read a volume; one of the last two is called when it is over, unless it is cancelled.

        :param study: Study of the volume whose nodes are updated, and which can be undone; new nodes by default.
        :param keepHandPlaced: whether points that a reader placed in it stay.
        :raises ValueError: with one sentence, if the volume does not fit.
        """
        suitability = assess(volumeNode)
        if not suitability.fits:
            raise ValueError(suitability.sentences[0])

        def show(reply):
            from CCFNetCore.result import Result

            if volumeNode.GetScene() is None:
                onFailure(_("The volume was removed while it was read; nothing was changed."))
                return
            shown = self._show(volumeNode, study, Result.from_dict(reply["result"]), keepHandPlaced)
            onDone(shown, reply.get("notice", ""))

        return self._ask({"do": "detect"}, volumeNode, device, Job(onProgress, show, onFailure))

    @staticmethod
    def _show(volumeNode, study, result, keepHandPlaced):
        if study is None:
            return add_study(volumeNode, result)
        if keepHandPlaced:
            result = corrections.keep_hand_placed(result, study.result)
        study.correct(result)
        return study

    def readAgain(self, study, names, *, device="auto", onProgress=lambda done, step: None, onDone, onFailure):
        """Read structures of a study at the places where they lie now.

        onProgress gets the share that is done and the step in words where it takes longer: after a Cancel the network
        has to be started, and the volume analysed, once more.
        """
        places = {name: list(place) for name, place in corrections.positions(study.result).items() if name in names}

        def show(reply):
            from CCFNetCore.result import Structure

            if not study.is_whole:
                # Its nodes were removed meanwhile.
                onDone()
                return
            structures = [Structure.from_dict(values) for values in reply["structures"]]
            # What was moved again meanwhile is read by a request of its own.
            now = corrections.positions(study.result)
            still = [s for s in structures if s.name in now and tuple(places[s.name]) == now[s.name]]
            study.amend(corrections.placed(study.result, still))
            onDone()

        request = {"do": "read", "places_lps_mm": places}
        return self._ask(request, study.volume_node, device, Job(onProgress, show, onFailure))

    def write(self, study, request, *, onDone, onFailure):
        """Let the worker write a file of a study's result; see CCFNetSlicerLib.writing for what can be asked for.

        onDone gets the file and what a user should know of it, empty if nothing.
        """
        message = {**request, "result": study.result.to_dict()}
        job = Job(lambda done, step: None, lambda reply: onDone(reply["written"], reply.get("notice", "")), onFailure)
        return self._ask(message, study.volume_node, "cpu", job)

    def cancel(self):
        """Stop what is being read; the next run starts the worker anew."""
        if CCFNetSlicerLogic._worker is not None:
            CCFNetSlicerLogic._worker.cancel()

    def _ask(self, request, volumeNode, device, job):
        """Ask the worker to do something with a volume; its voxels are handed over once for each change of them."""
        message = {**request, "device": device, "model": "default"}
        return self.worker().ask(message, job, volume_of(volumeNode), volumeNode.GetImageData().GetMTime())


#
# CCFNetSlicerTest
#


class CCFNetSlicerTest(ScriptedLoadableModuleTest):
    """Uses the panel on the drawn example study, as a person would, with the real network.

    ``make slicer`` runs it in a real Slicer.
    """

    LONGEST_S = 300

    def setUp(self):
        lacking = packages.missing(packages.check_packages())
        if lacking:
            reason = f"The self-test was skipped. Missing: {', '.join(package.name for package in lacking)}."
            logging.warning("CCF-Net: %s", reason)
            self.skipTest(reason)
        slicer.mrmlScene.Clear(0)
        slicer.util.selectModule("CCFNetSlicer")

    def runTest(self):
        """All tests in a row, as "Reload and Test" wants it."""
        for name in unittest.defaultTestLoader.getTestCaseNames(type(self)):
            self.delayDisplay(name)
            try:
                self.setUp()
            except unittest.SkipTest as reason:
                # No runner catches it here; shorter messages Slicer does not show.
                slicer.util.delayDisplay(str(reason), 3000)
                return
            getattr(self, name)()
        self.delayDisplay("All tests passed")

    @property
    def panel(self):
        # Another one after a reload.
        return slicer.util.getModuleWidget("CCFNetSlicer")

    def test_applyPutsThePointsWhereTheyWereDrawn(self):
        from CCFNetCore.phantom import draw_phantom

        places = dict(self._apply().point_lists.places_ras_mm())
        for name, (left, posterior, superior) in draw_phantom(7).spine.landmarks_lps_mm().items():
            away = zip(places[name], (-left, -posterior, superior), strict=True)
            self.assertLess(sum((a - b) ** 2 for a, b in away) ** 0.5, 6.0, name)
        self.assertEqual(self.panel.ui.levelTable.rowCount, 11)

    def test_cancelLeavesTheSceneAsItWas(self):
        self._choose(loadPhantom())
        before = slicer.mrmlScene.GetNumberOfNodes()
        self.panel.ui.applyButton.click()
        self.assertTrue(self.panel.ui.statusLabel.text)
        self.panel.ui.cancelButton.click()
        self.assertEqual(slicer.mrmlScene.GetNumberOfNodes(), before)
        self.assertTrue(self.panel.ui.applyButton.enabled)

    def test_movedPointIsReadAgainAndUndone(self):
        study = self._apply()
        before = study.result
        pointList, index = study.point_lists.find("L4")
        position = pointList.GetNthControlPointPosition(index)
        pointList.SetNthControlPointPosition(index, position[0], position[1], position[2] + 4.0)
        self._wait(lambda: study.result != before)
        self._wait(lambda: not self.panel.logic.worker().jobs)
        self.assertEqual(corrections.placed_by_hand(study.result), ["L4"])
        self.panel.ui.undoButton.click()
        self.assertEqual(study.result, before)

    def test_namesGoDownAndUp(self):
        before = corrections.positions(self._apply().result)
        self.panel.ui.namesDownButton.click()
        self.assertEqual(corrections.positions(self._study().result)["L5"], before["L4"])
        self.panel.ui.undoButton.click()
        self.assertEqual(corrections.positions(self._study().result), before)

    def test_studyIsInTheSavedScene(self):
        result = self._apply().result
        with tempfile.TemporaryDirectory() as folder:
            file = str(Path(folder) / "study.mrb")
            self.assertTrue(slicer.mrmlScene.WriteToMRB(file))
            slicer.mrmlScene.Clear(0)
            self.assertTrue(slicer.mrmlScene.ReadFromMRB(file))
        self._wait(lambda: self._study() is not None)
        self.assertEqual(self._study().result, result)
        self.assertEqual(len(self._study().point_lists.places_ras_mm()), 11)

    def test_sceneClosedInMidRun(self):
        self._choose(loadPhantom())
        self.panel.ui.applyButton.click()
        slicer.mrmlScene.Clear(0)
        slicer.app.processEvents()
        self.assertFalse(self.panel.ui.applyButton.enabled)
        self.assertIsNotNone(self._apply())

    def test_labelMapIsNoInput(self):
        slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels")
        self.panel.enter()
        self.assertIsNone(self.panel.ui.inputVolumeSelector.currentNode())
        self.assertFalse(self.panel.ui.applyButton.enabled)
        volumeNode = loadPhantom()
        self._wait(lambda: self.panel.ui.inputVolumeSelector.currentNode() == volumeNode)

    def test_resultOfTheConsoleAppearsInThePanel(self):
        volumeNode = loadPhantom()
        self._choose(volumeNode)
        nodes = self.panel.logic.process(volumeNode)
        self._wait(lambda: self.panel.ui.levelTable.rowCount == nodes.table.GetNumberOfRows())
        self.assertFalse(nodes.segmentation.GetDisplayVisibility())

    def test_reloadEndsTheWorker(self):
        self._apply()
        worker = self.panel.logic.worker()
        self.assertTrue(worker.is_running)
        slicer.util.reloadScriptedModule("CCFNetSlicer")
        self.assertFalse(worker.is_running)
        slicer.mrmlScene.Clear(0)
        self.assertIsNotNone(self._apply())

    def _choose(self, volumeNode):
        self.panel.ui.inputVolumeSelector.setCurrentNode(volumeNode)

    def _apply(self):
        """Load the example, press Apply, and wait for the study."""
        self._choose(loadPhantom())
        self.panel.ui.applyButton.click()
        self._wait(lambda: self._study() is not None)
        return self._study()

    def _study(self):
        """The study that the panel shows."""
        return self.panel._study

    def _wait(self, isSo):
        end = time.monotonic() + self.LONGEST_S
        while not isSo():
            self.assertLess(time.monotonic(), end, self.panel.ui.statusLabel.text)
            slicer.app.processEvents()
            time.sleep(0.005)
