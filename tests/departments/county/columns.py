"""The departments' datasets: where they lie and which columns they have, in order."""
from __future__ import annotations

ROSTER = (
    "户编号", "人编号", "姓名", "证件号码", "与户主关系", "性别", "出生日期", "联系电话", "行政村编码", "行政村名称", "乡镇名称",
    "户类型", "户来源", "监测对象类别", "风险是否已消除", "风险消除日期", "人均纯收入（元）", "是否危房户", "是否解决安全饮用水",
    "风险消除后是否住房损毁", "风险消除后是否饮水设施损毁", "是否参加城乡居民基本医疗保险", "是否参加城镇职工基本医疗保险",
    "是否参加大病保险", "在校生状况", "义务教育阶段未上学原因", "是否义务教育阶段适龄儿童少年失学辍学",
    "劳动技能",
)

# dataset: (folder, file or table name, columns)
JSON_DATASETS = {
    "education.enrolment": ("education", "enrolment",
                            ("XJH", "SFZH", "XM", "CSRQ", "XB", "XXMC", "NJ", "XJZT", "JDFS", "RXRQ", "GXSJ")),
    "education.attendance": ("education", "attendance", ("QQBH", "SFZH", "XM", "KSRQ", "TS", "QJLX", "GXSJ")),
    "education.aid": ("education", "aid", ("ZZBH", "SFZH", "XM", "ZZXM", "ZZJE", "FFRQ")),
    "health_insurance.enrolment": ("health_insurance", "enrolment", (
        "psn_no", "certno", "psn_name", "insutype", "clct_year", "psn_insu_stas", "updt_time")),
    "health_insurance.settlement": ("health_insurance", "settlement", (
        "setl_id", "certno", "psn_name", "setl_time", "med_type", "medfee_sumamt", "psn_part_amt", "updt_time")),
}
TABLE_DATASETS = {
    "civil_affairs.allowance": ("civil_affairs", "dibao", (
        "jzzh", "hz_sfzh", "hz_xm", "cwh", "lb", "ybzj", "sqrq", "spjg", "qsrq", "tfrq", "tfyy")),
    "civil_affairs.hardship": ("civil_affairs", "tekun", ("tkzh", "sfzh", "xm", "gyfs", "qsrq", "zzrq")),
    "civil_affairs.relief": ("civil_affairs", "linshijiuzhu", ("jzbh", "sfzh", "xm", "jzyy", "je", "jzrq")),
    "civil_affairs.disability_allowance": ("civil_affairs", "canjibutie", (
        "btbh", "cjzh", "xm", "btlx", "je", "qsrq", "zzrq")),
    "civil_affairs.low_income": ("civil_affairs", "dishouru", ("rdbh", "hz_sfzh", "hz_xm", "cwh", "rdlb", "rdrq", "zzrq")),
    "civil_affairs.child": ("civil_affairs", "ertong", ("rdbh", "sfzh", "xm", "rtlb", "rdrq", "zzrq")),
    "water.works": ("water", "gongcheng", ("gcbm", "gcmc", "gsfs", "gsrk")),
    "water.served_village": ("water", "gongcheng_cun", ("gcbm", "cbm", "cmc")),
    "water.outage": ("water", "tingshui", ("tsbh", "gcbm", "tsrq", "tsts", "tsxs", "yy", "songshui")),
    "water.test": ("water", "shuizhi", ("jcbh", "gcbm", "jcrq", "jg", "bhgx")),
}
FILE_DATASETS = {
    "housing.assessment": ("housing", "鉴定", (
        "房屋编号", "户主姓名", "身份证号", "所在村", "鉴定等级", "鉴定日期", "是否唯一住房", "有无其他安全住房")),
    "housing.renovation": ("housing", "改造", (
        "项目编号", "户主姓名", "身份证号", "所在村", "改造方式", "开工日期", "竣工日期", "补助金额（万元）")),
}
# The other twelve departments: tables, whatever they are served as.
OTHER_DATASETS = {
    "human_resources.employment": ("human_resources", "employment", (
        "djbh", "sfzh", "xm", "dwmc", "xydm", "jylx", "jyrq", "zzrq")),
    "human_resources.unemployment": ("human_resources", "unemployment", ("sybh", "sfzh", "xm", "syrq", "syyy", "zjyrq")),
    "human_resources.public_post": ("human_resources", "public_post", (
        "gwbh", "sfzh", "xm", "gwlb", "ksrq", "htzz", "ygz")),
    "health.major_disease": ("health", "major_disease", ("救治编号", "证件号码", "姓名", "病种", "确诊日期", "救治状态")),
    "health.chronic_contract": ("health", "chronic_contract", ("签约编号", "证件号码", "姓名", "慢病病种", "签约日期", "签约机构")),
    "health.death": ("health", "death", ("证明编号", "证件号码", "姓名", "死亡日期", "死因编码")),
    "disabled_persons.certificate": ("disabled_persons", "certificate", (
        "cjzh", "sfzh", "xm", "cjlb", "cjdj", "fzrq", "yxqz", "zt")),
    "disabled_persons.need": ("disabled_persons", "need", ("dcbh", "sfzh", "xm", "xqlb", "dcrq")),
    "public_security.cancellation": ("public_security", "cancellation", ("zxbh", "sfzh", "xm", "zxyy", "zxrq")),
    "public_security.accident": ("public_security", "accident", ("sgbh", "sfzh", "xm", "sgrq", "shcd", "sgzr")),
    "public_security.vehicle": ("public_security", "vehicle", ("clbh", "sfzh", "xm", "cllx", "djrq")),
    "emergency.damage": ("emergency", "damage", ("台账编号", "户主姓名", "身份证号", "所在村", "灾害种类", "发生日期", "损坏程度", "受损间数", "是否转移安置")),
    "emergency.winter_relief": ("emergency", "winter_relief", ("救助编号", "户主姓名", "身份证号", "所在村", "救助金额（元）", "发放日期")),
    "agriculture.claim": ("agriculture", "claim", ("lpbh", "sfzh", "xm", "bxbd", "cxrq", "pfje")),
    "agriculture.dividend": ("agriculture", "dividend", ("fhbh", "sfzh", "xm", "xmmc", "yfje", "sfje", "ffrq")),
    "agriculture.subsidy": ("agriculture", "subsidy", ("btbh", "sfzh", "xm", "btxm", "je", "ffrq")),
    "finance.microcredit": ("finance", "microcredit", ("jjh", "zjhm", "xm", "dkye", "dqrq", "yqts")),
    "finance.payout": ("finance", "payout", ("paid_no", "zjhm", "xm", "pfyy", "pfje", "pfrq")),
    "finance.deposit": ("finance", "deposit", ("ckbh", "zjhm", "xm", "ckye", "tjrq")),
    "tax.income": ("tax", "income", ("jlbh", "zjhm", "xm", "sdxm", "sdnd", "sre")),
    "market_regulation.enterprise": ("market_regulation", "enterprise", (
        "tyshxydm", "zjhm", "xm", "ztmc", "ztlx", "zw", "rjcze", "jyzt", "clrq")),
    "natural_resources.property": ("natural_resources", "property", ("bdcdyh", "zjhm", "xm", "mj", "yt", "djrq")),
    "justice.sentence": ("justice", "sentence", ("文书编号", "身份证号", "姓名", "类别", "起始日期", "截止日期")),
    "relocation.household": ("relocation", "household", ("bqbh", "hbh", "hz_sfzh", "hz_xm", "azd", "bqrq", "sfrz", "azmj")),
}
ALL = {**JSON_DATASETS, **TABLE_DATASETS, **FILE_DATASETS, **OTHER_DATASETS}
