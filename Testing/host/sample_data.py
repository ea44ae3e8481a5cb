# Names are those of Qt and Slicer.
# ruff: noqa: N802, N803
"""``import SampleData``: notes which sample data modules register."""

from types import ModuleType

sources: list[dict] = []


class SampleDataLogic:
    """Stands for the logic of Slicer's Sample Data module; downloads nothing."""

    @staticmethod
    def registerCustomSampleDataSource(category="Custom", sampleName=None, uris=None, fileNames=None, **more):
        known = {"category": category, "sampleName": sampleName, "uris": uris, "fileNames": fileNames}
        sources.append(known | more)


def make_module() -> ModuleType:
    module = ModuleType("SampleData")
    module.SampleDataLogic = SampleDataLogic
    return module
