"""The section "Packages" of the panel: what is installed, and how the rest comes into Slicer."""

from collections.abc import Callable

import slicer
from slicer.i18n import tr as _

from . import packages


class PackagesSection:
    """What the widgets of the section do.

    Parameters
    ----------
    ui : object
        Has the panel's widgets as attributes.
    on_installed : callable
        Called when packages were installed.
    say : callable
        Takes a sentence for the user.
    """

    def __init__(self, ui: object, on_installed: Callable[[], None], say: Callable[[str], None]) -> None:
        self.ui, self.on_installed, self.say = ui, on_installed, say
        ui.checkPackagesButton.connect("clicked(bool)", lambda *_args: self.update())
        ui.installButton.connect("clicked(bool)", lambda *_args: self.install())
        ui.restartButton.connect("clicked(bool)", lambda *_args: slicer.util.restart())

    def update(self) -> None:
        """State what is installed, looked up afresh; the section opens where something is to be done."""
        found = packages.check_packages()
        lacking = packages.missing(found)
        needs_restart = any(package.needs_restart for package in found)
        self.ui.packagesLabel.text = "\n".join(filter(None, [*map(str, found), packages.graphics_sentence()]))
        self.ui.installButton.enabled = bool(lacking)
        names = ", ".join(package.name for package in lacking)
        self.ui.installButton.toolTip = (
            _("Installs {names}; asks first.").format(names=names) if lacking else _("Nothing is missing.")
        )
        self.ui.restartButton.visible = needs_restart
        if lacking or needs_restart:
            self.ui.packagesButton.collapsed = False

    def reason_to_wait(self) -> str:
        """Why nothing can be read yet, in a sentence; empty if it can."""
        sentence = packages.missing_sentence()
        if sentence:
            self.update()
        return sentence

    def install(self) -> None:
        """Install what is missing, after asking."""
        try:
            packages.install_missing()
            self.on_installed()
            self.say(_("The packages are installed."))
        except packages.InstallError as error:
            self.say(str(error))
        self.update()
