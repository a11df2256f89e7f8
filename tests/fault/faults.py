"""The faults of the campaign: each is a `with` block in which one pull runs, and what that pull must end in.

`during` gives what the pull's environment and command get in addition. Where the block ends the fault is over and the
department as it was."""
from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Callable, Iterator

from world import Deployment, Kind, World

Extra = dict[str, str]


@dataclass
class Fault:
    title: str

    says = ""           # what must stand in the log

    def is_possible(self) -> bool:
        """On this machine, to this user."""
        return True

    @contextmanager
    def during(self, world: World, kind: Kind, d: Deployment) -> Iterator[tuple[Extra, tuple[str, ...]]]:
        yield {}, ()


@dataclass
class Says(Fault):
    """The server misbehaves: lines of misbehave.h or gateway_misbehave.py without the dataset."""
    lines: tuple[str, ...] = ()

    @contextmanager
    def during(self, world, kind, d):
        world.misbehave(kind, *(self.lines or (self.title,)))
        try:
            yield {}, ()
        finally:
            world.misbehave(kind)


@dataclass
class Breaks(Fault):
    """The connection fails behind `after` bytes; `link` is another than the kind's own."""
    how: str = "reset"
    after: int = 0
    upwards: bool = False
    times: int = 1 << 30
    link: str = ""

    @contextmanager
    def during(self, world, kind, d):
        link = world.links[self.link or kind.link]
        link.fail(self.how, self.after, self.upwards, self.times)
        try:
            yield {}, ()
            if link.failed == 0:
                raise AssertionError(f"no connection came to byte {self.after}")
        finally:
            link.heal()


@dataclass
class Dies(Fault):
    """The server behind the link is killed when a connection has brought `after` bytes."""
    after: int = 0

    @contextmanager
    def during(self, world, kind, d):
        link = world.links[kind.link]
        link.fail(after=self.after, times=1, call=lambda: world.kill(kind.server))
        try:
            yield {}, ()
            if link.failed == 0:
                raise AssertionError(f"no connection came to byte {self.after}")
        finally:
            world.kill(kind.server) if link.failed == 0 else None
            link.heal()
            world.start(kind.server)


@dataclass
class Presents(Fault):
    """The server shows a certificate that must not be accepted."""
    certificate: str = ""

    @contextmanager
    def during(self, world, kind, d):
        link = world.links[kind.secure_link]
        for edit in kind.secure_edits:
            d.edit(*edit)
        link.present(*world.certificate(self.certificate))
        try:
            yield kind.secure, ()
        finally:
            link.present(*world.certificate("good"))
            for file, old, new in kind.secure_edits:
                d.edit(file, new, old)


@dataclass
class Serves(Fault):
    """vsftpd or nginx shows a certificate that must not be accepted."""
    certificate: str = ""

    @contextmanager
    def during(self, world, kind, d):
        def show(called: str) -> None:
            for suffix in ("key", "crt", "pem"):
                shutil.copyfile(world.root / f"certificates/{called}.{suffix}", world.files / f"server.{suffix}")
            world.kill(kind.server)
            world.start(kind.server)
        show(self.certificate)
        try:
            yield {}, ()
        finally:
            show("good")


@dataclass
class Certifies(Fault):
    """MariaDB shows this certificate (none: it speaks no TLS) to a client that asks for TLS and a server it can trust."""
    certificate: str = ""

    @property
    def says(self) -> str:
        return "" if self.certificate == "good" else "TLS 连接失败"

    @contextmanager
    def during(self, world, kind, d):
        name = "DISABLED_PERSONS_ODBC"
        asked = kind.env[name].replace("Server=127.0.0.1", "Server=localhost;TCPIP=1")
        world.certify_mariadb(self.certificate)
        try:
            yield {name: f"{asked};SSLCA={world.certificate('ca')[0]};SSLVERIFY=1;FORCETLS=1"}, ()
        finally:
            world.certify_mariadb("")


@dataclass
class Has(Fault):
    """Something on this machine is wrong: environment and the command in front."""
    extra: Extra = field(default_factory=dict)
    prefix: tuple[str, ...] = ()

    @contextmanager
    def during(self, world, kind, d):
        yield {k: v.replace("{case}", str(d.folder)) for k, v in self.extra.items()}, self.prefix


IN_A_NAMESPACE = ("unshare", "--mount", *(() if os.geteuid() == 0 else ("--map-root-user",)))


@dataclass
class Fills(Fault):
    """A file system of its own, of few pages and files, in place of a folder, and really full: the process alone sees it."""
    variable: str = "TMPDIR"
    options: str = "size=4096"

    says = "磁盘已满"

    @contextmanager
    def during(self, world, kind, d):
        mount = f'LD_PRELOAD= mount -t tmpfs -o "$0" bidui "${self.variable}" && exec "$@"'
        yield {}, (*IN_A_NAMESPACE, "sh", "-c", mount, self.options)

    def is_possible(self) -> bool:
        return subprocess.run([*IN_A_NAMESPACE, "mount", "-t", "tmpfs", "bidui", "/tmp"], capture_output=True).returncode == 0


@dataclass
class Finds(Fault):
    """The department's file is not what it should be."""
    spoil: Callable[[Deployment, World], object] = lambda d, w: None

    @contextmanager
    def during(self, world, kind, d):
        left = self.spoil(d, world)
        try:
            yield {}, ()
        finally:
            if callable(left):
                left()
            world.supply(kind, d)


# -- what becomes of files --------------------------------------------------------------------------------------------


def file_of(d: Deployment):
    return next((d.folder / "housing").glob("鉴定_*.csv"))


def shorten(n: int) -> Callable[[Deployment, World], None]:
    def spoil(d: Deployment, w: World) -> None:
        path = file_of(d)
        path.write_bytes(path.read_bytes()[:n])
    return spoil


def rewrite(change: Callable[[bytes], bytes]) -> Callable[[Deployment, World], None]:
    def spoil(d: Deployment, w: World) -> None:
        path = file_of(d)
        path.write_bytes(change(path.read_bytes()))
    return spoil


def no_marker(d: Deployment, w: World) -> None:
    file_of(d).with_name(file_of(d).name + ".done").unlink()


def a_pipe(d: Deployment, w: World) -> None:
    import os
    path = file_of(d)
    path.unlink()
    os.mkfifo(path)


def a_folder(d: Deployment, w: World) -> None:
    path = file_of(d)
    path.unlink()
    path.mkdir()


def no_folder(d: Deployment, w: World) -> None:
    shutil.rmtree(d.folder / "housing")


def cut_database(n: int) -> Callable[[Deployment, World], None]:
    def spoil(d: Deployment, w: World) -> None:
        path = d.folder / "agriculture.db"
        path.write_bytes(path.read_bytes()[:n])
    return spoil


def lock_database(d: Deployment, w: World) -> Callable[[], None]:
    holder = sqlite3.connect(d.folder / "agriculture.db", isolation_level=None, check_same_thread=False)
    holder.execute("begin exclusive")
    return holder.close


def workbook(change: Callable[[bytes], bytes]) -> Callable[[Deployment, World], Callable[[], None]]:
    """The workbook on the SFTP server."""
    def spoil(d: Deployment, w: World) -> Callable[[], None]:
        folder = w.sftp_files
        path = next(folder.glob("*.xlsx"))
        whole, stamp = path.read_bytes(), path.stat()
        path.write_bytes(change(whole))

        def mend() -> None:
            import os
            path.write_bytes(whole)
            os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        return mend
    return spoil
