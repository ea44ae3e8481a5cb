"""Finds in source files what runs on PySide6 and not, or not in the house style, under PythonQt.

At run time the host cannot tell ``button.clicked.connect(f)`` from its own use of it, so it is looked for here.
"""

import ast
from pathlib import Path


def connections_without_signature(file: Path) -> list[str]:
    """``.connect`` and ``.disconnect`` without a signal's signature in a string, as "line: code"."""
    return [
        f"{node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(ast.parse(Path(file).read_text()))
        if isinstance(node, ast.Call) and _is_connect(node.func) and not _names_signal(node)
    ]


def pyside_imports(file: Path) -> list[str]:
    """Imports of Qt other than ``import qt``, as "line: code"."""
    return [
        f"{node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(ast.parse(Path(file).read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        and ast.unparse(node).split()[1].split(".")[0] in ("PySide6", "PyQt5", "PyQt6", "__feature__")
    ]


def _is_connect(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr in ("connect", "disconnect")


def _names_signal(call: ast.Call) -> bool:
    first = call.args[0] if call.args else None
    return isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value.endswith(")")
