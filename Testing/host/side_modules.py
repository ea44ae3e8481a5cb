# Names are those of Slicer.
# ruff: noqa: N802
"""``slicer.i18n``, which leaves all text English, and ``SampleData``, which downloads nothing; both take notes."""

from types import ModuleType, SimpleNamespace

translated: set[str] = set()
"""Every text that was marked for translation so far."""

sample_data_sources: list[dict] = []
"""What modules registered as sample data."""


def translate(_context: str, text: str) -> str:
    translated.add(text)
    return text


def registerCustomSampleDataSource(**source) -> None:
    sample_data_sources.append(source)


def make_modules() -> dict[str, ModuleType]:
    """The importable stand-ins, by name."""
    i18n, sample_data = ModuleType("slicer.i18n"), ModuleType("SampleData")
    i18n.tr, i18n.translate = lambda text: translate("", text), translate
    sample_data.SampleDataLogic = SimpleNamespace(registerCustomSampleDataSource=registerCustomSampleDataSource)
    return {"slicer.i18n": i18n, "SampleData": sample_data}
