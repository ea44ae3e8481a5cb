"""Where results go: names that clash, folders that cannot be written to, and inputs of which only some can be read."""

from pathlib import Path

from ..builders.classic import study
from ..builders.volumes import content, cut, volume
from ..case import Build, Case
from ..outcome import Either, Read, Refused, Some


def together(*builds: Build) -> Build:
    """Several inputs, each from a folder of its own."""

    def build(folder: Path) -> list[Path]:
        inputs = []
        for n, each in enumerate(builds):
            where = folder / str(n)
            where.mkdir()
            built = each(where)
            inputs += built if isinstance(built, list) else [built]
        return inputs

    return build


def damaged(name: str) -> Build:
    return lambda folder: cut(0.5)(volume(name)(folder))


def with_output(make) -> Build:
    """Something is already where results are to go."""

    def prepared(folder: Path) -> Path:
        make(folder / "out")
        return volume("scan.nii.gz")(folder)

    return prepared


def in_output(name: str, make) -> Build:
    def prepare(out: Path) -> None:
        out.mkdir()
        make(out / name)

    return with_output(prepare)


def twice(folder: Path) -> list[Path]:
    return [volume("scan.nii.gz")(folder)] * 2


WRITE = "out|writ|folder|file|exist|space|permi"
CANNOT_WRITE = Either(Refused(WRITE, names_input=False), Refused(WRITE, exit_code=2, names_input=False))

CASES = (
    Case("output-is-a-file", with_output(lambda out: out.write_text("old")), CANNOT_WRITE),
    Case("output-cannot-be-written-to", with_output(lambda out: out.symlink_to("/sys")), CANNOT_WRITE),
    Case(
        "first-of-three-damaged",
        together(damaged("a.nii"), volume("b.nii.gz"), study()),
        Some(read=2, failed=1, says="a.nii"),
    ),
    Case("two-inputs-of-one-name", together(volume("scan.nii.gz"), volume("scan.nrrd")), Refused("scan", exit_code=2)),
    Case("one-input-twice", twice, Refused("scan", exit_code=2)),
    Case(
        "a-folder-where-the-result-goes",
        in_output("scan.json", Path.mkdir),
        Either(Read(), Refused(WRITE, names_input=False)),
    ),
    Case(
        "disk-full",
        in_output("scan.json.partial", lambda file: file.symlink_to("/dev/full")),
        Either(Read(), Refused(WRITE, names_input=False)),
    ),
    Case("output-holds-an-older-result", in_output("scan.json", lambda file: file.write_text("{}")), Read()),
    Case(
        "all-of-three-damaged", together(damaged("a.nii"), damaged("b.nrrd"), damaged("c.mha")), Some(read=0, failed=3)
    ),
    Case(
        "one-input-not-there",
        together(volume("a.nii.gz"), lambda folder: folder / "nowhere.nii"),
        Some(read=1, failed=1, says="nowhere"),
    ),
    Case("name-of-254-characters", volume(f"{'x' * 247}.nii.gz"), Either(Read(), Refused("long|name"))),
    Case("name-with-blanks-and-umlauts", volume("Wirbelsäule  L5 (2).nii.gz"), Read()),
    Case("name-with-markup", volume("[bold]scan[/bold].nii.gz"), Read()),
    Case("name-in-japanese", volume("腰椎.nii.gz"), Read()),
    Case("name-of-many-dots", volume("1.2.840.113619.2.nii.gz"), Read()),
    Case("folder-named-like-a-file", study(folder="study.nii.gz"), Read()),
    Case("output-inside-the-input", lambda folder: (study(folder=".")(folder), folder)[1], Read()),
    Case(
        "fifth-input-is-text",
        together(
            *(damaged(f"{n}.nii") for n in range(2)),
            lambda folder: content(b"?")(volume("t.mha")(folder)),
            volume("good.mha"),
        ),
        Some(read=1, failed=3),
    ),
)
