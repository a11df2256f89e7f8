#!/usr/bin/python3
"""Writes the workbooks and archives that table_test reads, with writers that know nothing of its readers.

make_workbooks.py FOLDER
"""
import datetime
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import xlwt
from openpyxl.styles import Font
from openpyxl.utils.datetime import CALENDAR_MAC_1904

FOLDER = Path(sys.argv[1])
HEADER = ["编号", "姓名", "金额"]


def typed():
    """Everything a cell can be."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "明细"
    sheet.append(["种类", "值"])
    rows = [
        ("整数", 13800138000, "0"), ("小数", 1234.5, "0.00"), ("噪声", 4.35 * 100, "General"),
        ("日期", datetime.date(2024, 3, 5), "yyyy-mm-dd"), ("中文日期", datetime.date(2024, 3, 5), 'yyyy"年"m"月"d"日"'),
        ("只有月", datetime.date(2024, 3, 1), 'yyyy"年"m"月"'), ("时刻", datetime.datetime(2024, 3, 5, 10, 11, 12), "yyyy/m/d h:mm:ss"),
        ("钟点", datetime.time(8, 30), "h:mm"), ("百分比", 0.125, "0.0%"), ("真", True, "General"), ("假", False, "General"),
        ("文本数字", "440101199001011234", "@"), ("空白", "", "General"), ("富文本", "阿依古丽·买买提", "General"),
        ("闰年前", datetime.date(1900, 2, 28), "yyyy-mm-dd"), ("负数", -0.5, "#,##0.00_);[Red](#,##0.00)"),
    ]
    for name, value, code in rows:
        sheet.append([name, value])
        sheet.cell(sheet.max_row, 2).number_format = code
        sheet.cell(sheet.max_row, 2).font = Font(bold=True)
    book.save(FOLDER / "typed.xlsx")


def mac():
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(["日期", datetime.date(2024, 3, 5)])
    book.active["B1"].number_format = "yyyy-mm-dd"
    book.save(FOLDER / "mac1904.xlsx")


def sheets():
    book = openpyxl.Workbook()
    book.active.title = "户表"
    for sheet in (book.active, book.create_sheet("人表"), book.create_sheet("隐藏表"), book.create_sheet("空表")):
        if sheet.title != "空表":
            sheet.append([sheet.title])
    book["隐藏表"].sheet_state = "hidden"
    book.move_sheet("隐藏表", offset=-2)
    book.save(FOLDER / "sheets.xlsx")


def hidden():
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["a", "b", "c"], [1, 2, 3], [4, 5, 6]):
        sheet.append(row)
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["B"].hidden = True
    book.save(FOLDER / "hidden.xlsx")


def formulas():
    """openpyxl keeps no result of a formula; what Excel keeps is written by hand below."""
    book = openpyxl.Workbook()
    book.active.append(["=1+1", "x"])
    book.save(FOLDER / "uncached.xlsx")


def by_hand():
    """What openpyxl never writes: prefixes, inline and rich text, phonetics, cached results, errors, gaps."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    shared = f"""<x:sst xmlns:x="{main}"><x:si><x:r><x:t>张</x:t></x:r><x:r><x:t xml:space="preserve">三 </x:t></x:r>
      <x:rPh sb="0" eb="1"><x:t>zhang</x:t></x:rPh></x:si><x:si><x:t/></x:si></x:sst>"""
    sheet = f"""<x:worksheet xmlns:x="{main}"><x:sheetData>
      <x:row r="2"><x:c r="A2" t="s"><x:v>0</x:v></x:c><x:c r="C2" t="inlineStr"><x:is><x:t>内联</x:t></x:is></x:c></x:row>
      <x:row/>
      <x:row r="5"><x:c t="str"><x:f>A2&amp;"x"</x:f><x:v>张三x</x:v></x:c><x:c><x:f>1/4</x:f><x:v>0.25</x:v></x:c>
        <x:c t="e"><x:f>NA()</x:f><x:v>#N/A</x:v></x:c><x:c t="d"><x:v>2024-03-05</x:v></x:c></x:row>
      <x:row r="6"><x:c r="A6"><x:v>1.3800138E10</x:v></x:c><x:c r="B6"><x:v>4.40101199001011E17</x:v></x:c>
        <x:c r="C6"><x:v>4.3499999999999996</x:v></x:c><x:c r="D6"><x:v>440101199001011234</x:v></x:c></x:row>
      </x:sheetData></x:worksheet>"""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{types}"/>',
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r" Type="{rel}/officeDocument" Target="/book/main.xml"/></Relationships>',
        "book/main.xml": f'<x:workbook xmlns:x="{main}" xmlns:q="{rel}"><x:sheets><x:sheet name="一" sheetId="1" q:id="r1"/></x:sheets></x:workbook>',
        "book/_rels/main.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{rel}/worksheet" Target="sheets/one.xml"/>'
                                    f'<Relationship Id="r2" Type="{rel}/sharedStrings" Target="../book/texts.xml"/></Relationships>',
        "book/sheets/one.xml": sheet,
        "book/texts.xml": shared,
        "book/workbook.xml": "",
    }
    with zipfile.ZipFile(FOLDER / "by_hand.xlsx", "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in parts.items():
            out.writestr(name, text)
    parts["book/texts.xml"] = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><sst><si><t>&a;</t></si></sst>'
    with zipfile.ZipFile(FOLDER / "entities.xlsx", "w") as out:
        for name, text in parts.items():
            out.writestr(name, text)


def large():
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("大表")
    for i in range(20000):
        sheet.append([i, f"姓名{i}", i / 4])
    book.save(FOLDER / "large.xlsx")
    whole = (FOLDER / "large.xlsx").read_bytes()
    (FOLDER / "cut.xlsx").write_bytes(whole[:len(whole) // 2])


def delivery():
    """As departments send it: titles, merged two-line headers, a sheet for each township."""
    book = openpyxl.Workbook()
    book.active.title = "甲镇"
    for sheet in (book.active, book.create_sheet("乙镇")):
        sheet.append(["某县房屋安全鉴定汇总表"])
        sheet.merge_cells("A1:D1")
        sheet.append(["填报单位:", "住建局", None, "2026年10月"])
        sheet.append(["编号", "户 主", None, "鉴定", None])
        sheet.append([None, "*姓名", "电话", "等级", "日期"])
        for place in ("A3:A4", "B3:C3", "D3:E3"):
            sheet.merge_cells(place)
        for i in range(40):
            sheet.append([i, f"{sheet.title}{i}", "1", "C", "x"] if i % 9 != 4 else [i, "=NA()", "1"])
        sheet.append([])
    book.save(FOLDER / "delivery.xlsx")


def old():
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("旧表")
    date, moment = xlwt.XFStyle(), xlwt.XFStyle()
    date.num_format_str, moment.num_format_str = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
    for row, (name, value, style) in enumerate([
            ("种类", "值", None), ("整数", 13800138000, None), ("小数", 1234.5, None), ("噪声", 0.1 + 0.2, None),
            ("日期", datetime.date(2024, 3, 5), date), ("时刻", datetime.datetime(2024, 3, 5, 10, 11, 12), moment),
            ("文本", "阿依古丽·买买提", None), ("文本数字", "440101199001011234", None)]):
        sheet.write(row if row < 3 else row + 1, 0, name)
        sheet.write(row if row < 3 else row + 1, 1, value, *([style] if style else []))
    book.add_sheet("第二张").write(0, 0, "另一张")
    book.save(str(FOLDER / "old.xls"))


class GbkName(zipfile.ZipInfo):
    def _encodeFilenameFlags(self):
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def archives():
    """Member names as Chinese programs on Windows write them: GBK without the UTF-8 flag."""
    names = {"乙.csv": "编号,姓名\n2,李四\n".encode("gb18030"), "甲.csv": "编号,姓名\n1,张三\n".encode(),
             "说明.txt": b"x", "__MACOSX/._x": b"x", "~$x.xlsx": b"x", "旧/": b"",
             "丙.xlsx": (FOLDER / "mac1904.xlsx").read_bytes()}
    with zipfile.ZipFile(FOLDER / "gbk.zip", "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in names.items():
            out.writestr(GbkName(name), data)
    with zipfile.ZipFile(FOLDER / "utf8.zip", "w") as out:
        out.writestr("甲.csv", names["甲.csv"])
    with zipfile.ZipFile(FOLDER / "nested.zip", "w") as out:
        out.write(FOLDER / "utf8.zip", "inner.zip")
    with zipfile.ZipFile(FOLDER / "nothing.zip", "w"):
        pass
    (FOLDER / "锁.csv").write_bytes(names["甲.csv"])
    subprocess.run(["zip", "-q", "-j", "-P", "口令", FOLDER / "locked.zip", FOLDER / "锁.csv"], check=True)


def container(streams):
    """The first two sectors of an OLE file: its header and the folder of streams."""
    header = bytearray(512)
    header[:8] = bytes.fromhex("D0CF11E0A1B11AE1")
    header[30:32] = (9).to_bytes(2, "little")
    header[48:52] = (0).to_bytes(4, "little")
    folder = b"".join(name.encode("utf-16le").ljust(128, b"\0") for name in ["Root Entry", *streams])
    return bytes(header) + folder.ljust(512, b"\0")


def refused():
    """What can't be read and must be told in one sentence."""
    files = {"locked.xlsx": container(["EncryptionInfo", "EncryptedPackage"]), "letter.doc": container(["WordDocument"]),
             "wps.et": (FOLDER / "old.xls").read_bytes(), "a.rar": b"Rar!\x1a\x07\x01\x00", "a.7z": b"7z\xbc\xaf\x27\x1c\0",
             "a.gz": b"\x1f\x8b\x08", "a.pdf": b"%PDF-1.7", "page.xls": "<html><table><tr><td>1".encode(),
             "sheet.xml": b"<?xml version='1.0'?><Workbook/>", "damaged.xls": container(["Workbook"])}
    for name, data in files.items():
        (FOLDER / name).write_bytes(data)
    with zipfile.ZipFile(FOLDER / "a.ods", "w") as out:
        out.writestr("content.xml", "x")
        out.writestr("META-INF/manifest.xml", "x")


for make in (typed, mac, sheets, hidden, formulas, by_hand, large, delivery, old, archives, refused):
    make()
