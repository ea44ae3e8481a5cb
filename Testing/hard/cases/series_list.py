"""What ``ccfnet series`` shows of a folder."""

from ..builders.classic import another_series, in_plane, study, tags, without
from ..builders.enhanced import one_file
from ..case import Case
from ..outcome import Listed
from .contrasts import dixon
from .folders import MIDDLE, T1

CASES = (
    Case(
        "list-of-three-series",
        study(another_series(2, "T1 sag", T1), another_series(3, "T2 ax", in_plane("axial"))),
        Listed("T2 sagittal.*T1.*axial|axial.*T1"),
        command="series",
    ),
    Case("list-of-contrasts", study(dixon("W", "F")), Listed("13.*13"), command="series"),
    Case("list-as-json", study(one_file()), Listed(r"^\s*[\[{].*[\]}]\s*$"), command="series", options=("--json",)),
    Case("list-of-what-is-not-usable", study(without(*range(2, 13))), Listed("slice"), command="series"),
    Case(
        "list-of-odd-headers",
        study(tags(PixelSpacing=None), MIDDLE),
        Listed("pixel|spacing|unknown|T2"),
        command="series",
    ),
)
