"""What :mod:`host.pythonqt` needs of PySide6 as it is: getters and setters that ``true_property`` hides.

Speaks PySide6, unlike the file that uses it.
"""

import re
from types import BuiltinFunctionType

from PySide6 import QtCore

_VTK_POINTER = re.compile(r"vtk\w+\s*\*")


def without_vtk_types(signature: str) -> str:
    """The signature with ``PyObject`` for pointers to VTK objects, which is how PySide6 passes them on."""
    return _VTK_POINTER.sub("PyObject", signature)


def signature(method: QtCore.QMetaMethod) -> str:
    return bytes(method.methodSignature().data()).decode()


def methods(qt_class: type, beyond: list[str]) -> dict[str, object]:
    """The class's methods that are not among the names given, each as a function of its own."""
    return {name: _function(getattr(qt_class, name)) for name in dir(qt_class) if name not in set(beyond)}


def _function(method):
    if isinstance(method, BuiltinFunctionType):
        return staticmethod(method)
    return lambda self, *arguments, **options: method(self, *arguments, **options)
