# Names are those of Qt and Slicer.
# ruff: noqa: N802
"""``import qt``: PySide6's classes, flat in one module, with the manners of PythonQt.

Speaks PythonQt itself: in this file a property is an attribute, as :func:`speak_pythonqt` arranges.
"""

import builtins
import functools
import inspect
import os
import sys
import traceback
from collections.abc import Callable
from types import ModuleType

import shiboken6
from PySide6 import QtCore, QtGui, QtNetwork, QtWidgets
from shibokensupport import feature

from . import plain

TRUE_PROPERTY = 0x02
"""PySide6's own number of its feature ``true_property``."""

_LIBRARIES = (QtCore, QtGui, QtWidgets, QtNetwork)
_PATH_CLASSES = ("QFile", "QFileInfo", "QDir", "QIcon", "QPixmap", "QImage", "QMovie")

slot_errors: list[BaseException] = []
"""What slots and VTK observers raised. Slicer prints it and goes on, and so does the host; a test can look here."""


for _name in sys.modules:
    # Otherwise PySide6 reads the sources of all modules there are: it takes long, and fails at torch's.
    feature.pyside_feature_dict.setdefault(_name, -1)


def speak_pythonqt(*module_names: str) -> None:
    """From now on code of these modules sees Qt properties as attributes.

    PySide6 looks at the module whose code is running, so the modules need not import anything for it.
    """
    for name in module_names:
        feature.set_selection(TRUE_PROPERTY, name)


def speak_pyside(*module_names: str) -> None:
    """From now on code of these modules sees Qt as PySide6 has it: properties are read by calling them."""
    for name in module_names:
        feature.set_selection(0, name)


def _import_and_note(import_module: Callable, name: str, importer: dict | None = None, *arguments, **options):
    """What Python's import is replaced by: a module that imports ``qt`` or ``ctk`` speaks PythonQt from there on."""
    speaker = (importer or {}).get("__name__")
    if name in ("qt", "ctk") and feature.pyside_feature_dict.get(speaker, -1) == -1:
        speak_pythonqt(speaker)
    return import_module(name, importer, *arguments, **options)


def class_of(name: str) -> type | None:
    """The class of ``import qt`` of this name."""
    return getattr(sys.modules["qt"], name, None)


def call_slot(slot: Callable, arguments: tuple) -> None:
    """Call as PythonQt does: no more arguments than the slot takes, and an exception is printed, not passed on."""
    try:
        slot(*arguments[: _argument_count(slot)])
    except Exception as error:
        slot_errors.append(error)
        traceback.print_exc()


def note_printed_errors() -> None:
    """Note also what VTK and PySide6 only print: exceptions in observers and in overridden methods."""
    print_error = sys.excepthook

    def note(kind, error, trace):
        slot_errors.append(error)
        print_error(kind, error, trace)

    sys.excepthook = note


def _argument_count(slot: Callable) -> int | None:
    """How many arguments the slot takes at most, defaults included; None for any number."""
    function = slot.__func__ if inspect.ismethod(slot) else slot
    if not inspect.isfunction(function) or function.__code__.co_flags & inspect.CO_VARARGS:
        return None
    return function.__code__.co_argcount - inspect.ismethod(slot)


class PythonQtType(type(QtCore.QObject)):
    """PySide6 looks for ``connect`` and ``disconnect`` in the object's own class and nowhere above it."""

    def __new__(cls, name, bases, members, **options):
        members = {"connect": PythonQtObject.connect, "disconnect": PythonQtObject.disconnect} | members
        return super().__new__(cls, name, bases, members, **options)


class PythonQtObject:
    """What PythonQt gives to every QObject, and what it denies."""

    name = property(lambda self: self.objectName)

    def connect(self, signal: str, slot: Callable) -> bool:
        """Connect by the signal's C++ signature, such as ``'clicked(bool)'``.

        Raises
        ------
        TypeError
            If the signal is not a string, as in PySide's own ``connect``.
        ValueError
            If there is no such signal. PythonQt only returns False.
        """
        signature = self._signal_signature(signal)

        def receive(*arguments):
            call_slot(slot, arguments)

        self.__dict__.setdefault("_connections", []).append((signature, slot, receive))
        return bool(QtCore.QObject.connect(self, QtCore.SIGNAL(signature), receive))

    def disconnect(self, signal: str, slot: Callable) -> bool:
        """Undo :meth:`connect`; False if there was no such connection."""
        signature = self._signal_signature(signal)
        connections = self.__dict__.get("_connections", [])
        for connection in connections:
            if connection[:2] == (signature, slot):
                connections.remove(connection)
                return bool(QtCore.QObject.disconnect(self, QtCore.SIGNAL(signature), connection[2]))
        return False

    def _signal_signature(self, signal: str) -> str:
        if not isinstance(signal, str):
            raise TypeError(f"a signal is named by a string, such as 'clicked(bool)', not by {signal!r}")
        signature = bytes(QtCore.QMetaObject.normalizedSignature(plain.without_vtk_types(signal)).data()).decode()
        meta = self.metaObject()
        if meta.indexOfSignal(signature) < 0:
            known = [plain.signature(meta.method(index)) for index in range(meta.methodCount())]
            alike = [name for name in known if name.split("(")[0] == signature.split("(")[0]]
            raise ValueError(f"{meta.className()} has no signal {signal}; of that name: {alike}")
        return signature

    def className(self) -> str:
        return self.metaObject().className()

    def exec_(self):
        return self.exec()

    def __setattr__(self, name: str, value) -> None:
        # PySide6 would crash here, and on reading a property of a destroyed object it does: see scripted_module.
        if not shiboken6.isValid(self):
            raise ValueError(f"trying to set {name} of a destroyed {type(self).__name__}")
        is_pure = "qt_class" in vars(type(self))
        speaker = sys._getframe(1).f_globals["__name__"]
        speaks_pythonqt = feature.pyside_feature_dict.get(speaker) == TRUE_PROPERTY
        if is_pure and speaks_pythonqt and not hasattr(self, name):
            raise AttributeError(f"{self.className()} has no attribute {name}, and PythonQt lets none be added")
        super().__setattr__(name, value)


def make_class(qt_class: type, name: str | None = None, **members) -> type:
    """A class that adds PythonQt's manners to a QObject class of PySide6."""
    # Hidden by true_property, but there in PythonQt: setText, setToolTip, isVisible, toPlainText ...
    hidden = plain.methods(qt_class, beyond=dir(qt_class))
    members = hidden | {"__module__": "qt", "qt_class": qt_class} | members
    return PythonQtType(name or qt_class.__name__, (PythonQtObject, qt_class), members)


class _QtModule(ModuleType):
    """Makes its classes when they are first asked for."""

    def __getattr__(self, name: str):
        found = next((getattr(library, name) for library in _LIBRARIES if hasattr(library, name)), None)
        if found is None or name.startswith("__"):
            raise AttributeError(f"module 'qt' has no attribute {name!r}")
        if isinstance(found, type) and issubclass(found, QtCore.QObject):
            found = make_class(found)
        if name in _PATH_CLASSES:
            found = _refusing_paths(found)
        setattr(self, name, found)
        return found


def _refusing_paths(qt_class: type) -> type:
    """The class, which takes text for a path; PySide6 takes a pathlib.Path too, PythonQt does not."""

    def initialise(self, *arguments, **options):
        if any(isinstance(argument, os.PathLike) for argument in arguments):
            raise ValueError(f"{qt_class.__name__} takes a string for a path under PythonQt, not {arguments!r}")
        super(made, self).__init__(*arguments, **options)

    made = type(qt_class)(qt_class.__name__, (qt_class,), {"__init__": initialise, "__module__": "qt"})
    return made


class _SingleShot:
    """``qt.QTimer.singleShot(ms, f)`` of the class, and the property ``timer.singleShot`` of a timer."""

    def __get__(self, timer: QtCore.QTimer | None, timer_class: type):
        return _single_shot if timer is None else timer.isSingleShot()

    def __set__(self, timer: QtCore.QTimer, value: bool) -> None:
        timer.setSingleShot(value)


def _single_shot(milliseconds: int, slot: Callable) -> None:
    QtCore.QTimer.singleShot(int(milliseconds), lambda: call_slot(slot, ()))


def make_qt_module() -> ModuleType:
    """Make ``qt`` importable."""
    module = _QtModule("qt", "Qt's classes, as Slicer has them.")
    sys.modules["qt"] = module
    builtins.__import__ = functools.partial(_import_and_note, builtins.__import__)
    module.QTimer = make_class(QtCore.QTimer, singleShot=_SingleShot())
    return module
