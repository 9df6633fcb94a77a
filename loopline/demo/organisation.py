"""The demo operator's organisation tree and its sixty people."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """An organisation unit; `parent` is the code of the unit above, None at the top."""

    code: str
    level: str  # company, province, city, district, branch, team
    name_zh: str
    name_en: str
    parent: str | None


@dataclass(frozen=True)
class Member:
    """Somebody who works for the operator; `unit` is the code of the unit that he belongs to."""

    login: str
    name_zh: str
    name_en: str
    role: str  # administrator, marketing_manager, analyst, account_manager, clerk, agent, supervisor, branch_manager
    unit: str


# (code, 中文, English, code of the invented region in identity cards)
CITIES = (("01", "望川", "Wangchuan"), ("02", "云泽", "Yunze"), ("03", "青岚", "Qinglan"))
DISTRICTS = (
    ("01", "锦湖", "Jinhu", "390102"),
    ("01", "桐山", "Tongshan", "390103"),
    ("02", "白鹭", "Bailu", "390202"),
    ("02", "松屏", "Songping", "390203"),
    ("03", "港西", "Gangxi", "390302"),
    ("03", "梅岭", "Meiling", "390303"),
)
HALLS = (
    (0, "人民路", "Renmin Road"),
    (0, "湖滨广场", "Lakeside Plaza"),
    (1, "桐山中心", "Tongshan Centre"),
    (1, "铁路新村", "Railway New Village"),
    (2, "白鹭洲", "Bailuzhou"),
    (2, "大学城", "University Town"),
    (3, "松屏街", "Songping Street"),
    (3, "工业园", "Industrial Park"),
    (4, "港西码头", "Gangxi Quay"),
    (4, "滨海大道", "Seaside Avenue"),
    (5, "梅岭老街", "Meiling Old Street"),
    (5, "高铁站", "High-speed Station"),
)
PROVINCE_TEAMS = (
    ("T-MKT", "市场营销组", "Marketing team"),
    ("T-ANA", "经营分析组", "Analysis team"),
    ("T-RET", "客户维系组", "Retention team"),
    ("T-CC1", "客服热线一组", "Hotline team 1"),
    ("T-CC2", "客服热线二组", "Hotline team 2"),
)


def branch_code(index: int) -> str:
    """Code of the branch with the given index in HALLS."""
    return f"B{index + 1:02d}"


def units() -> list[Unit]:
    """All organisation units (40), parents before children."""
    tree = [
        Unit("DJ", "company", "东江电信", "Dongjiang Telecom", None),
        Unit("P39", "province", "东江省公司", "Dongjiang Province", "DJ"),
    ]
    tree += [Unit(f"C{code}", "city", f"{zh}市分公司", f"{en} City", "P39") for code, zh, en in CITIES]
    for index, (city, zh, en, _) in enumerate(DISTRICTS):
        tree.append(Unit(f"D{index + 1:02d}", "district", f"{zh}区分公司", f"{en} District", f"C{city}"))
    for index, (district, zh, en) in enumerate(HALLS):
        tree.append(Unit(branch_code(index), "branch", f"{zh}营业厅", f"{en} Hall", f"D{district + 1:02d}"))
    for index, (_, zh, en) in enumerate(HALLS):
        code = branch_code(index)
        tree.append(Unit(f"T-{code}", "team", f"{zh}客户经理组", f"{en} account team", code))
    tree += [Unit(code, "team", zh, en, "P39") for code, zh, en in PROVINCE_TEAMS]
    return tree


_PEOPLE = """
陈立群 Chen Liqun|administrator|DJ
林晓燕 Lin Xiaoyan|marketing_manager|T-MKT
周海波 Zhou Haibo|marketing_manager|T-MKT
许文静 Xu Wenjing|analyst|T-ANA
高子昂 Gao Zi'ang|analyst|T-ANA
何淑芬 He Shufen|supervisor|T-RET
郭建平 Guo Jianping|supervisor|T-CC1
罗美玲 Luo Meiling|supervisor|T-CC2
张国强 Zhang Guoqiang|branch_manager|B01
王丽娟 Wang Lijuan|branch_manager|B02
李志明 Li Zhiming|branch_manager|B03
刘桂英 Liu Guiying|branch_manager|B04
黄俊杰 Huang Junjie|branch_manager|B05
赵雅琴 Zhao Yaqin|branch_manager|B06
吴永刚 Wu Yonggang|branch_manager|B07
孙慧敏 Sun Huimin|branch_manager|B08
马振华 Ma Zhenhua|branch_manager|B09
朱秀兰 Zhu Xiulan|branch_manager|B10
胡伟东 Hu Weidong|branch_manager|B11
梁玉洁 Liang Yujie|branch_manager|B12
谢思远 Xie Siyuan|account_manager|T-B01
宋佳怡 Song Jiayi|account_manager|T-B02
唐浩然 Tang Haoran|account_manager|T-B03
邓春梅 Deng Chunmei|account_manager|T-B04
韩天宇 Han Tianyu|account_manager|T-B05
冯雪晴 Feng Xueqing|account_manager|T-B06
曹明辉 Cao Minghui|account_manager|T-B07
彭欣悦 Peng Xinyue|account_manager|T-B08
曾庆丰 Zeng Qingfeng|account_manager|T-B09
萧雨桐 Xiao Yutong|account_manager|T-B10
田家豪 Tian Jiahao|account_manager|T-B11
董婉清 Dong Wanqing|account_manager|T-B12
潘晓东 Pan Xiaodong|clerk|B01
袁梦琪 Yuan Mengqi|clerk|B01
蔡少华 Cai Shaohua|clerk|B02
蒋红霞 Jiang Hongxia|clerk|B02
余光耀 Yu Guangyao|clerk|B03
杜若兰 Du Ruolan|clerk|B04
叶成林 Ye Chenglin|clerk|B05
程诗涵 Cheng Shihan|clerk|B06
魏东升 Wei Dongsheng|clerk|B07
苏巧云 Su Qiaoyun|clerk|B08
吕鹏飞 Lyu Pengfei|clerk|B09
丁若曦 Ding Ruoxi|clerk|B10
任大伟 Ren Dawei|clerk|B11
卢静怡 Lu Jingyi|clerk|B12
姚志远 Yao Zhiyuan|clerk|B05
沈芳菲 Shen Fangfei|agent|T-RET
钟子涵 Zhong Zihan|agent|T-RET
姜建国 Jiang Jianguo|agent|T-RET
崔海燕 Cui Haiyan|agent|T-CC1
谭宇航 Tan Yuhang|agent|T-CC1
陆思琪 Lu Siqi|agent|T-CC1
范小龙 Fan Xiaolong|agent|T-CC1
汪晓慧 Wang Xiaohui|agent|T-CC1
廖家明 Liao Jiaming|agent|T-CC2
石佩佩 Shi Peipei|agent|T-CC2
金泽宇 Jin Zeyu|agent|T-CC2
贾秋月 Jia Qiuyue|agent|T-CC2
夏晨曦 Xia Chenxi|agent|T-CC2
"""


def staff() -> list[Member]:
    """All members of staff (60); logins are `given.surname` in pinyin and unique."""
    people = []
    for line in _PEOPLE.strip().splitlines():
        name, role, unit = line.split("|")
        zh, surname, given = name.split(" ")
        login = f"{given}.{surname}".lower().replace("'", "")
        people.append(Member(login, zh, f"{given} {surname}", role, unit))
    return people
