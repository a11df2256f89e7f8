"""Townships and villages of the county, with 12-digit codes."""
from __future__ import annotations

from dataclasses import dataclass
from random import Random

TOWNSHIPS = (
    ("100", "城关镇"), ("101", "石桥镇"), ("102", "龙潭镇"), ("103", "青山镇"), ("104", "白水镇"), ("105", "大坪镇"),
    ("200", "高峰乡"), ("201", "柳溪乡"), ("202", "双河乡"), ("203", "云岭乡"), ("204", "红岩乡"), ("205", "沙坝乡"),
)
VILLAGES_EACH = 10
FIRST = "上下新老东西南北中前后大小长高"
SECOND = "湾坪沟坝岭坡寨岩塘桥庄店河溪峪洞垭梁"


@dataclass(frozen=True)
class Village:
    code: str
    name: str          # 上湾村
    township: str      # 石桥镇

    def as_written(self, rng: Random) -> str:
        """By code or by name, as departments please."""
        chance = rng.random()
        if chance < 0.5:
            return self.code
        if chance < 0.9:
            return self.name
        return self.name + "民委员会" if chance < 0.95 else self.name[:-1]


def make_villages(county: str) -> list[Village]:
    """120 villages, no two of one name save the last: it repeats the first one's name in another township."""
    rng = Random("villages")
    names = [a + b + "村" for a in FIRST for b in SECOND]
    rng.shuffle(names)
    count = len(TOWNSHIPS) * VILLAGES_EACH
    chosen = names[:count]
    chosen[count - 1] = chosen[0]
    villages = []
    for i, name in enumerate(chosen):
        code, township = TOWNSHIPS[i // VILLAGES_EACH]
        villages.append(Village(f"{county}{code}{200 + i % VILLAGES_EACH:03d}", name, township))
    return villages
