"""Kind of connector x fault -> how the pull under that fault must end.

complete: it was asked again, or the fault touches nothing that was asked for; held, incomplete, failed: the verdict, and
nothing is a fact; late: nothing has arrived. Where timing decides between two, both stand."""
from __future__ import annotations

from dataclasses import dataclass

from faults import (Breaks, Certifies, Dies, Fault, Fills, Finds, Has, Presents, Says, Serves, a_folder, a_pipe, cut_database, lock_database,
                    no_folder, no_marker, rewrite, shorten, workbook)


@dataclass
class Case:
    kinds: tuple[str, ...]
    fault: Fault
    expected: tuple[str, ...]
    quick: tuple[str, ...] = ()      # kinds for which it is part of `make test`
    is_lossy: bool = False           # what was delivered under the fault counts: nobody can tell that it isn't all


def case(kinds: str, fault: Fault, expected: str, quick: str = "", is_lossy: bool = False) -> Case:
    return Case(tuple(kinds.split()), fault, tuple(expected.split("|")), tuple(quick.split()), is_lossy)


HTTP = "http-*"
COUNTED = "http-json http-offset http-next http-link http-soap http-signed http-encrypted"
C_SERVER = "http-json http-offset http-cursor http-next http-link http-export http-slices"
PAGED = "http-json http-offset http-cursor http-next http-link http-soap http-signed http-encrypted"
GATEWAYS = "http-soap http-signed http-encrypted"
CODED = "http-json http-offset http-cursor http-next http-link http-soap http-signed http-encrypted"

# -- servers that misbehave -------------------------------------------------------------------------------------------

TWICE = "* 2"
CASES = [
    *(case(HTTP, Says(f"{what} {TWICE}"), "complete", quick)
      for what, quick in (("429", "http-signed"), ("500", "http-soap"), ("down", "http-json"), ("cut", "http-encrypted"),
                          ("wrong_length", ""))),
    *(case(HTTP, Says(what), expected, quick)
      for what, expected, quick in (("429", "failed", ""), ("500", "failed", "http-cursor"), ("down", "failed", ""),
                                    ("cut", "failed|incomplete", ""), ("wrong_length", "failed|incomplete", ""))),   # incomplete: an export had been submitted
    case(C_SERVER, Says(f"truncated_json {TWICE}"), "complete"),
    case(C_SERVER, Says("truncated_json"), "failed|incomplete"),
    case("http-soap http-signed", Says(f"truncated {TWICE}"), "complete"),
    case("http-encrypted", Says(f"truncated {TWICE}"), "failed|complete"),
    case(GATEWAYS, Says("truncated"), "failed", "http-encrypted"),
    case(HTTP, Says("slow * 1"), "complete"),
    case(CODED, Says("error200"), "failed"),
    case(HTTP, Says("garbage"), "failed"),
    case(HTTP, Says("gzip_bomb"), "failed"),
    case(PAGED, Says("500 2"), "incomplete"),
    case(PAGED, Says("garbage 2"), "incomplete"),
    case(COUNTED, Says("first_page_only"), "incomplete", "http-soap"),
    case("http-cursor", Says("first_page_only"), "complete", is_lossy=True),
    case(COUNTED, Says("false_total 7"), "incomplete"),
    case(COUNTED, Says("false_total -7"), "incomplete", "http-signed"),
]
CASES += [
    case("http-export", Says("export_stuck"), "incomplete"),
    case("http-export", Says("export_failed"), "incomplete|failed"),
    case("http-export", Says("export_lost"), "incomplete|failed"),
    case("http-export", Says("export_closed"), "failed"),
    case("http-cursor", Says("repeat_cursor"), "incomplete", "http-cursor"),
    case("http-next", Says("foreign_next"), "incomplete|failed"),
    case("http-next", Says("repeat_cursor"), "incomplete"),
    case("http-slices", Says("overlap"), "complete|incomplete"),
    case("http-slices", Says("first_page_only"), "incomplete"),
    case(f"http-json {GATEWAYS}", Says("repeat_page 2"), "incomplete", "http-json"),
    case(f"http-json {GATEWAYS}", Says("duplicate_page 3"), "incomplete"),
    case("http-json http-offset http-cursor", Says("latency 40"), "complete"),
    case("http-json", Says("rename_column XJH GHX"), "held"),
    case("http-offset", Says("rename_column QQBH HBQQ"), "held"),
    case("http-signed", Says("rename_column djbh-hbdj"), "held"),
    case("http-encrypted", Says("rename_column jjh-hjj"), "held"),
    case("http-soap", Says("rename_column zxbh-hbzx"), "held"),
    case("http-signed", Says("skew 900"), "failed", "http-signed"),
    case("http-signed", Says("skew -900"), "failed"),
    case("http-signed", Says("skew 200"), "complete"),
    case("http-encrypted", Says("no_token 3 1"), "complete", "http-encrypted"),
    case("http-encrypted", Says("no_token"), "failed"),
    case("http-encrypted", Says("wrong_key"), "failed", "http-encrypted"),
]

# -- connections that break -------------------------------------------------------------------------------------------

ALL_LINKED = "http-* postgres* odbc-mariadb file-sftp file-ftps file-https"


def broken(kinds: str, sizes: tuple[int, ...], expected: str = "complete", quick: dict[int, str] | None = None,
           times: int = 1, is_lossy: bool = False, **how: object) -> list[Case]:
    """Cut once behind each of these many bytes."""
    words = " ".join(str(v) for v in how.values() if v is not True) or "reset"
    side = "sent" if how.get("upwards") else "received"
    often = "once" if times == 1 else "always"
    return [case(kinds, Breaks(f"{words} {often} behind {n} bytes {side}", after=n, times=times, **how), expected,
                 (quick or {}).get(n, ""), is_lossy) for n in sizes]


MANY = (0, 1, 7, 150, 1000, 3000, 9000)
TLS_HELLO = (0, 100, 900, 1500)
CASES += broken("http-* postgres* odbc-mariadb file-sftp file-https", MANY,
                quick={150: "http-json", 3000: "http-signed postgres odbc-mariadb", 9000: "file-sftp file-https"})
CASES += broken("http-json http-signed postgres* odbc-mariadb file-sftp", (20000,), quick={20000: "postgres-ordered"})
CASES += broken("postgres postgres-ordered", (60000, 100000))
CASES += broken("postgres-sliced", (30000, 40000), quick={30000: "postgres-sliced"})
CASES += broken("file-https", (60000, 80000))
CASES += broken("http-* postgres* odbc-mariadb file-sftp file-https", (0, 1, 50, 200), upwards=True,
                quick={200: "http-json"})
CASES += broken("http-* postgres* odbc-mariadb file-sftp file-https", (0, 200, 3000), how="close", quick={200: "http-cursor"})
CASES += broken("http-* postgres* odbc-mariadb file-sftp file-https", (0, 100), "failed", times=1 << 30,
                quick={100: "postgres odbc-mariadb file-sftp"})
CASES += broken("postgres postgres-ordered odbc-mariadb", (5000,), "incomplete|failed", times=1 << 30)
CASES += broken("http-* file-sftp file-https", (0, 200, 3000), how="stall", quick={3000: "http-soap", 200: "file-sftp"})
CASES += broken("odbc-mariadb", (0, 200, 3000), how="stall", quick={0: "odbc-mariadb"})
CASES += broken("postgres postgres-ordered postgres-sliced", (0, 200, 20000), how="stall")
CASES += broken("http-json file-sftp file-https", (1000, 3000, 6000), how="garble", quick={3000: "file-https"})
# nothing guards what a plain connection carries: what is no JSON any more is told, another letter of a name is not
CASES += broken("http-signed", (1000, 3000, 6000), "complete|failed|incomplete", is_lossy=True, how="garble")
CASES += broken("file-ftps", (0, 100, 1000, 3000, 20000, 60000), quick={3000: "file-ftps"})
CASES += broken("file-ftps", (0, 1000, 20000), how="stall")
CASES += broken("file-ftps", (0, 20000), "failed", times=1 << 30)
CASES += broken("file-ftps", (0, 10, 500, 2000), link="ftps")
CASES += broken("file-ftps", (0, 500, 2000), how="stall", link="ftps")

# -- servers that die, certificates -----------------------------------------------------------------------------------

CASES += [
    case("postgres", Dies("the server is killed in mid-read", 30000), "incomplete|failed|complete", "postgres"),
    case("postgres-ordered postgres-sliced", Dies("the server is killed in mid-read", 15000), "incomplete|failed"),
    case("odbc-mariadb", Dies("the server is killed in mid-read", 30000), "incomplete", "odbc-mariadb"),
    case("odbc-mariadb", Dies("the server is killed at the login", 100), "failed"),
    case("file-sftp", Dies("the server is killed in mid-transfer", 9000), "failed", "file-sftp"),
    case("file-ftps", Dies("the server is killed in mid-transfer", 20000), "failed", "file-ftps"),
    case("file-https", Dies("the server is killed in mid-transfer", 20000), "failed", "file-https"),
    *(case("http-json http-soap http-signed http-encrypted postgres", Presents(f"a certificate that is {name}", certificate=name),
           "failed", quick)
      for name, quick in (("untrusted", "http-encrypted postgres"), ("wrong_host", "http-soap"), ("expired", "http-signed"),
                          ("early", "http-json"))),
    *(case("file-ftps file-https", Serves(f"a certificate that is {name}", certificate=name), "failed", quick)
      for name, quick in (("untrusted", ""), ("wrong_host", "file-ftps"), ("expired", "file-https"), ("early", ""))),
    case("odbc-mariadb", Certifies("a certificate that is good", certificate="good"), "complete"),
    *(case("odbc-mariadb", Certifies(f"a certificate that is {name}", certificate=name), "failed", quick)
      for name, quick in (("untrusted", ""), ("wrong_host", "odbc-mariadb"), ("expired", ""), ("early", ""))),
    case("odbc-mariadb", Certifies("no TLS, which is asked for"), "failed"),
    case("file-sftp", Has("another host key", {"SFTP_HOST_KEY": "SHA256:" + "A" * 43}), "failed"),
    case("file-sftp", Has("a client key nobody knows", {"SFTP_KEY": "{case}/stranger"}), "failed"),
    case("http-json", Has("a key that is refused", {"EDUCATION_KEY": "wrong"}), "failed"),
    case("http-signed", Has("a secret that is refused", {"HUMAN_RESOURCES_SECRET": "wrong"}), "failed"),
    case("odbc-mariadb", Has("a password that is refused", {"DISABLED_PERSONS_PASSWORD": "wrong"}), "failed"),

    # -- this machine -------------------------------------------------------------------------------------------------
    *(case("file-sftp file-ftps file-https", Has(f"the disk is full behind {n} bytes", prefix=("prlimit", f"--fsize={n}")),
           "failed", quick) for n, quick in ((0, "file-ftps"), (8192, "file-sftp file-https"))),
    case("file-sftp file-https", Has("no temporary folder", {"TMPDIR": "/nowhere"}), "failed"),
    *(case("file-sftp file-ftps file-https", Fills(f"a disk that has {n} bytes left", options=f"size={n}"), "failed", quick)
      for n, quick in ((4096, "file-sftp"), (8192, ""))),
    case("http-encrypted", Fills("a disk without room for the token", variable="BIDUI_RUNTIME", options="size=4096,nr_inodes=1,mode=0700"),
         "failed|complete"),
    case("http-encrypted", Has("the disk is full for the token", prefix=("prlimit", "--fsize=0")), "failed|complete"),
    case(ALL_LINKED, Has("40 open files and no more", prefix=("prlimit", "--nofile=40")), "complete"),

    # -- files as departments leave them ------------------------------------------------------------------------------
    case("file-folder", Finds("no marker yet", no_marker), "late"),
    case("file-folder", Finds("the folder is gone", no_folder), "failed"),
    case("file-folder", Finds("a pipe in place of the file", a_pipe), "failed|late"),
    case("file-folder", Finds("a folder in place of the file", a_folder), "failed|late"),
    *(case("file-folder", Finds(f"cut off behind {n} bytes", shorten(n)), "failed|held|incomplete", "file-folder" if n == 30000 else "")
      for n in (0, 20, 200, 30000, 30001, 30002)),
    case("file-folder", Finds("zeros in the middle", rewrite(lambda b: b[:30000] + bytes(4096) + b[34096:])), "complete",
         is_lossy=True),         # few records: they are in quarantine
    case("file-folder", Finds("a web page in its place", rewrite(lambda b: b"<html><body>login</body></html>\n")), "failed|held"),
    case("file-folder", Finds("noise in its place", rewrite(lambda b: bytes(range(256)) * 400)), "failed|held"),
    *(case("file-sftp", Finds(f"a workbook that is {what}", workbook(change)), "failed", quick) for what, change, quick in (
        ("cut in half", lambda b: b[:len(b) // 2], "file-sftp"), ("empty", lambda b: b"", ""), ("zeros", lambda b: bytes(len(b)), ""),
        ("one without its end", lambda b: b[:-20], ""), ("damaged", lambda b: b[:2000] + bytes(2000) + b[4000:], ""))),
    *(case("odbc-sqlite", Finds(f"a database that is {what}", change), "failed|incomplete", quick) for what, change, quick in (
        ("empty", cut_database(0), ""), ("cut in half", cut_database(40960), "odbc-sqlite"),
        ("locked", lock_database, "odbc-sqlite"))),
]
