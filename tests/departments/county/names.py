"""Names: common Han names, minority names with their separator, rare characters, and the planted strangers."""
from __future__ import annotations

from random import Random

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
MALE = "伟强磊军洋勇杰涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林海山峰建国志文武新成东亮德贵福生荣发富祥庆永长春"
FEMALE = "芳娜敏静丽艳娟霞秀燕玲桂英华慧巧美云兰凤洁梅琳素莲真环雪荣爱妹香月莺媛红春菊勤珍贞莉琴翠玉萍婷雅佳倩蓉"
MIDDLE = "建国志文小晓永国春玉秀金明海天德家世忠义正光思雨子梓一浩嘉佳欣诗宇泽俊雪美丽红桂兰凤素淑少仁伯仲启延承"
# Characters beyond the basic plane and others that old systems could not write.
RARE = "𬭎𪨊𠅤𬀩𬸚𬘭𫖯𬍛𫟹𬬱䶮㛃㑇"
MINORITY_FIRST = ("阿依古丽", "买买提", "阿卜杜拉", "古丽娜尔", "吐尔逊", "热依罕", "艾力", "帕提古丽", "木沙", "阿迪力")
MINORITY_LAST = ("艾买提", "吾斯曼", "阿布都热依木", "玉素甫", "肉孜", "依明", "库尔班", "托合提", "阿西木", "尼亚孜")
SEPARATOR = "·"
SEPARATOR_FORMS = ("·", "•", "‧", "・", "･", "⋅", "∙", "·", "˙", "．", ".", " ", "")
UNKNOWN_CHARACTERS = ("?", "〓", "□", "\ufffd")

# Kept for the planted strangers: no other name uses one of these surnames or characters.
STRANGER_SURNAMES = ("澹台", "闾丘", "濮阳", "公冶", "钟离", "申屠", "尉迟", "宇文", "鲜于", "皇甫")
STRANGER_FIRST = "瑭璟翀煊骞澍旻昉颢铄"
STRANGER_SECOND = "瓒霁骅筠琰祎皞昶棣瀛"
# Heads of planted households: nobody else is called so.
CASE_FIRST = "沛岚骏钧禾稔榕桐柏楷"
CASE_SECOND = "沅泓澜溥汐淼洵涵渝湘滢濂瀚澈泠沁沐沄洛浔"


def planted_strangers() -> list[str]:
    """A thousand names that occur nowhere else."""
    return [s + a + b for s in STRANGER_SURNAMES for a in STRANGER_FIRST for b in STRANGER_SECOND]


def surname(rng: Random) -> str:
    # The first surnames are much more common than the last.
    return SURNAMES[int(rng.random() ** 1.7 * len(SURNAMES))]


def given(rng: Random, male: bool) -> str:
    pool = MALE if male else FEMALE
    last = pool[int(rng.random() * len(pool))]
    if rng.random() < 0.12:
        return last
    return MIDDLE[int(rng.random() * len(MIDDLE))] + last


def minority(rng: Random) -> str:
    first = MINORITY_FIRST[int(rng.random() * len(MINORITY_FIRST))]
    return first + SEPARATOR + MINORITY_LAST[int(rng.random() * len(MINORITY_LAST))]


def full(rng: Random, male: bool, family: str = "") -> str:
    """A name; `family` keeps the surname of the household."""
    chance = rng.random()
    if not family and chance < 0.02:
        return minority(rng)
    name = (family or surname(rng)) + given(rng, male)
    if chance > 0.995:
        return name[:-1] + RARE[int(rng.random() * len(RARE))]
    return name


def as_written(rng: Random, name: str) -> str:
    """How a department's clerk or system writes the same name."""
    if SEPARATOR in name:
        return name.replace(SEPARATOR, SEPARATOR_FORMS[int(rng.random() * len(SEPARATOR_FORMS))])
    chance = rng.random()
    if chance < 0.004:
        return f"{name[0]}  {name[1:]}"
    if chance < 0.006:
        return name + " "
    if name[-1] in RARE and chance < 0.3:
        return name[:-1] + UNKNOWN_CHARACTERS[int(rng.random() * len(UNKNOWN_CHARACTERS))]
    return name


def of_case(serial: int) -> str:
    """The name of the head of a planted household: unique for a good while."""
    first = CASE_FIRST[serial % len(CASE_FIRST)]
    second = CASE_SECOND[serial // len(CASE_FIRST) % len(CASE_SECOND)]
    return SURNAMES[serial // (len(CASE_FIRST) * len(CASE_SECOND)) % len(SURNAMES) + serial % 7] + first + second
