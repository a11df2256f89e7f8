"""The departments' datasets: where they lie and which columns they have, in order."""
from __future__ import annotations

ROSTER = (
    "户编号", "人编号", "姓名", "证件号码", "与户主关系", "性别", "出生日期", "联系电话", "行政村编码", "行政村名称", "乡镇名称",
    "户类型", "户来源", "监测对象类别", "风险是否已消除", "风险消除日期", "人均纯收入（元）", "是否危房户", "是否解决安全饮用水",
    "风险消除后是否住房损毁", "风险消除后是否饮水设施损毁", "是否参加城乡居民基本医疗保险", "是否参加城镇职工基本医疗保险",
    "是否参加大病保险", "在校生状况", "义务教育阶段未上学原因", "是否义务教育阶段适龄儿童少年失学辍学",
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
        "setl_id", "certno", "psn_name", "setl_time", "medfee_sumamt", "psn_part_amt", "updt_time")),
}
TABLE_DATASETS = {
    "civil_affairs.allowance": ("civil_affairs", "dibao", (
        "jzzh", "hz_sfzh", "hz_xm", "cwh", "lb", "ybzj", "sqrq", "spjg", "qsrq", "tfrq", "tfyy")),
    "civil_affairs.hardship": ("civil_affairs", "tekun", ("tkzh", "sfzh", "xm", "gyfs", "qsrq", "zzrq")),
    "civil_affairs.relief": ("civil_affairs", "linshijiuzhu", ("jzbh", "sfzh", "xm", "jzyy", "je", "jzrq")),
    "civil_affairs.disability_allowance": ("civil_affairs", "canjibutie", (
        "btbh", "cjzh", "xm", "btlx", "je", "qsrq", "zzrq")),
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
ALL = {**JSON_DATASETS, **TABLE_DATASETS, **FILE_DATASETS}
