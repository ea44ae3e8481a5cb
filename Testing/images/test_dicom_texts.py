"""Names and other values in the headers of DICOM files, as scanners and anonymisers write them."""

import struct

import pydicom
import pytest

from CCFNetCore.errors import InputError
from CCFNetCore.images.dicom.texts import numbers_of, read_header, text_of

ESCAPE = b"\x1b"


def element(group, number, kind, value):
    value += b" " * (len(value) % 2)
    return struct.pack("<HH2sH", group, number, kind, len(value)) + value


def header_of(folder, *elements):
    """The header of a file in explicit little endian with these bytes as its elements."""
    meta = element(0x0002, 0x0010, b"UI", b"1.2.840.10008.1.2.1\0")
    file = folder / "image.dcm"
    file.write_bytes(bytes(128) + b"DICM" + element(0x0002, 0x0000, b"UL", struct.pack("<I", len(meta))) + meta)
    with file.open("ab") as stream:
        stream.write(b"".join(elements))
    return read_header(file)


def name_of(folder, sets, name):
    declared = [] if sets is None else [element(0x0008, 0x0005, b"CS", sets)]
    return text_of(header_of(folder, *declared, element(0x0010, 0x0010, b"PN", name)), "PatientName")


JAPANESE = "山田^太郎"
NAMES = {
    "Japan": (b"\\ISO 2022 IR 87", b"Yamada^Tarou=" + "山田".encode("iso2022_jp") + b"^" + "太郎".encode("iso2022_jp")),
    "Japan, half-width": (b"ISO 2022 IR 13\\ISO 2022 IR 87", "ﾔﾏﾀﾞ^ﾀﾛｳ".encode("shift_jis")),
    "Korea": (b"\\ISO 2022 IR 149", b"Hong^Gildong=" + ESCAPE + b"$)C" + "洪".encode("euc_kr")),
    "China": (b"GB18030", "Wang^XiaoDong=王^小东".encode("gb18030")),
    "China, bytes like delimiters": (b"GB18030", "誠^乗".encode("gb18030")),
    "China, code extensions": (b"\\ISO 2022 IR 58", b"Zhang^XiaoDong=" + ESCAPE + b"$)A" + "张".encode("gb2312")),
    "UTF-8": (b"ISO_IR 192", "Wang^XiaoDong=王^小東".encode()),
    "Greece": (b"ISO_IR 126", "Διονυσιος".encode("iso8859_7")),
    "Arabic": (b"ISO_IR 127", "قباني^لنزار".encode("iso8859_6")),
    "Hebrew": (b"ISO_IR 138", "שרון^דבורה".encode("iso8859_8")),
    "Russia": (b"ISO_IR 144", "Люк^Джил".encode("iso8859_5")),
    "Thailand": (b"ISO_IR 166", "นามสกุล^ชื่อ".encode("iso8859_11")),
    "several single-byte sets": (
        b"ISO 2022 IR 6\\ISO 2022 IR 100\\ISO 2022 IR 144",
        b"Buc^J" + ESCAPE + b"-A\xe9r\xf4me=" + ESCAPE + b"-L" + "Люк".encode("iso8859_5"),
    ),
    "a space too many": (b"ISO_IR 100  ", "Müller^Jürgen".encode("latin_1")),
    "a name of Python's": (b"utf8", "Müller^Jürgen".encode()),
    "unknown": (b"GARBAGE", "Müller^Jürgen".encode()),
    "absent": (None, "Müller^Jürgen".encode()),
}
RIGHT = {
    "Japan": f"Yamada^Tarou={JAPANESE}",
    "Japan, half-width": "ﾔﾏﾀﾞ^ﾀﾛｳ",
    "Korea": "Hong^Gildong=洪",
    "China": "Wang^XiaoDong=王^小东",
    "China, bytes like delimiters": "誠^乗",
    "China, code extensions": "Zhang^XiaoDong=张",
    "UTF-8": "Wang^XiaoDong=王^小東",
    "Greece": "Διονυσιος",
    "Arabic": "قباني^لنزار",
    "Hebrew": "שרון^דבורה",
    "Russia": "Люк^Джил",
    "Thailand": "นามสกุล^ชื่อ",
    "several single-byte sets": "Buc^Jérôme=Люк",
    "a space too many": "Müller^Jürgen",
    "a name of Python's": "Müller^Jürgen",
    "unknown": "Müller^Jürgen",
    "absent": "Müller^Jürgen",
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("written", NAMES)
def test_a_name_is_read_as_it_was_written(written, tmp_path):
    assert name_of(tmp_path, *NAMES[written]) == RIGHT[written]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("sets", [None, b"GARBAGE", b"ISO_IR 6", b"ISO_IR 192", b"hex"])
def test_bytes_that_are_not_of_the_character_set_are_no_name(sets, tmp_path):
    assert name_of(tmp_path, sets, "Müller^Jürgen".encode("latin_1")) is None


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("PatientBirthDate", "0000"),
        ("PatientBirthDate", "XXXX"),
        ("PatientBirthDate", "1990-01-01"),
        ("PatientBirthDate", "19900231"),
        ("PatientBirthDate", "19900101-19910101"),
        ("StudyTime", "99:99"),
        ("PatientSex", "unknown"),
        ("PatientSex", "UNKNOWN"),
        ("PatientAge", "45"),
        ("PatientID", "x" * 65),
        ("PatientID", "one\\two"),
        ("PatientID", "one\ntwo"),
        ("PatientName", "x" * 65),
        ("PatientName", "a^b^c^d^e^f"),
        ("PatientName", "a=b=c=d"),
        ("AccessionNumber", "x" * 17),
        ("StudyInstanceUID", "1.2.abc"),
        ("StudyInstanceUID", "1.2.03"),
        ("StudyInstanceUID", "192.8.3"),
        ("StudyInstanceUID", "1." * 32 + "1"),
        ("PatientWeight", "70 kg"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_what_dicom_forbids_is_nothing(keyword, value, tmp_path):
    tag = pydicom.tag.Tag(keyword)
    kind = pydicom.datadict.dictionary_VR(keyword).encode()
    assert text_of(header_of(tmp_path, element(tag.group, tag.element, kind, value.encode())), keyword) is None


def test_empty_and_absent_values_are_empty_texts(tmp_path):
    header = header_of(tmp_path, element(0x0010, 0x0010, b"PN", b""), element(0x0010, 0x0020, b"LO", b"  "))
    assert [text_of(header, keyword) for keyword in ("PatientName", "PatientID", "StudyID")] == ["", "", ""]


def test_numbers_are_there_or_not(tmp_path):
    spacing = element(0x0028, 0x0030, b"DS", b"0.9\\0.8")
    header = header_of(tmp_path, element(0x0018, 0x0050, b"DS", b"4,4 mm"), spacing)
    assert numbers_of(header, "PixelSpacing") == (0.9, 0.8)
    assert numbers_of(header, "SliceThickness") == numbers_of(header, "SpacingBetweenSlices") == ()


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="absent.dcm: cannot be read as a DICOM file"):
        read_header(tmp_path / "absent.dcm")
