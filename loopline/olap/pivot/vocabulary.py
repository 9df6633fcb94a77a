"""The words in which people ask: the labels of cubes, levels and measures in both languages, and what else they say."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.utils import translation

from loopline.olap.question import Member, Way


class Named(Protocol):
    """What has a label in the reader's language."""

    @property
    def label(self) -> object: ...


class Theme(Protocol):
    """As much of a cube as its words need."""

    @property
    def label(self) -> object: ...
    @property
    def levels(self) -> Mapping[str, Named]: ...
    @property
    def measures(self) -> Mapping[str, Named]: ...


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a phrase may mean. `kind`: cube, measure, level, member, way, people, across, except, up, down, from, to,
    filler."""

    kind: str
    name: str = ""
    cube: str = ""
    member: Member = None


type Vocabulary = dict[str, list[Meaning]]

MEASURES = {
    "at_end": "customer base|subscriber base|number of customers|number of subscribers|"
    "用户数|在网用户|在网用户数|客户数",
    "joined": "new customers|new lines|new users|gross adds|activations|"
    "新增|新增客户|新增用户|新用户|新客户|入网|入网量|开户数",
    "lost": "lost customers|lost lines|churned|churn|losses|disconnections|"
    "流失|流失客户|流失用户|离网|离网用户|拆机",
    "lost_rate": "churn rate|loss rate|离网率|流失率",
    "new_rate": "growth rate|新增率",
    "net_additions": "net adds|net growth|净增|净增用户|净增客户",
    "upgraded": "upgrades|upgraded customers|升级|升档|升档用户",
    "downgraded": "downgrades|降级|降档|降档用户",
    "ported_out": "port outs|ported numbers|携出|携号转出|转出",
    "revenue": "income|sales|turnover|billed revenue|收入|营收|营业收入|出账收入",
    "arpu": "revenue per user|revenue per subscriber|average revenue|户均收入|每用户平均收入",
    "margin": "profit|gross margin|利润|毛利",
    "margin_per_line": "average profit|profit per customer|户均利润|平均利润",
    "discount": "discounts|rebates|优惠|折扣|减免|优惠金额",
    "minutes": "calls|voice minutes|call minutes|通话|通话时长|通话分钟|分钟数|语音",
    "messages": "sms|texts|短信|短信量",
    "data_mb": "data|data traffic|data usage|traffic|流量|上网流量|数据流量",
    "complaints": "complaint|投诉|投诉量|投诉数",
    "complaint_rate": "complaint ratio|投诉率|万投比",
    "contacts": "contacts|contact|接触|来访|联系次数|接触量",
    "enquiries": "inquiries|questions|咨询|咨询量",
    "fault_reports": "faults reported|fault reports|报障|故障申告|报障量",
    "owed": "arrears|debt|outstanding|overdue|欠费|欠款|欠费金额",
    "arrears_rate": "debt rate|arrears ratio|欠费率",
    "recovery_rate": "collection rate|回收率|回款率",
    "paid": "payments|paid|cash in|缴费|缴费额|回款",
    "debtors": "debtors|owing customers|欠费客户|欠费用户|欠费用户数",
    "accepted": "acceptances|accepts|接受|接受数|办理成功",
    "acceptance_rate": "success rate|conversion|conversion rate|接受率|成功率|转化率",
    "takers": "takers|subscribers of services|订购用户|订购用户数|订购数",
    "active_rate": "active rate|active takers|活跃率",
    "penetration": "penetration|渗透率",
    "other_share": "off-net share|异网占比",
    "other_out": "minutes to competitors' networks|异网去话",
    "long_owed": "bad debt|long overdue|长账龄欠费",
    "ported_in": "port ins|携入|携号转入|转入",
    "reached": "contacted|reached|已接触|触达|触达数",
}
"""Measure → what else it is called."""

LEVELS = {
    "year": "years|yearly|annual|annually|年|年度|年份|每年|逐年",
    "quarter": "quarters|quarterly|季|季度|每季|每季度",
    "month": "months|monthly|月|月份|账期|每月|逐月|每个月",
    "day": "days|daily|日|天|每日|每天|逐日|日报",
    "company": "companies|公司",
    "city": "cities|town|towns|region|城市|地市|市|地区",
    "district": "districts|区县|区|县",
    "branch": "branches|shop|shops|store|stores|outlet|营业厅|网点|门店|营业网点|厅店",
    "service": "services|business|业务|业务类型|业务种类",
    "plan": "plans|tariff|tariffs|price plans|package|packages|套餐|资费|资费套餐",
    "tier": "tiers|grade|customer tier|星级|等级|客户等级|客户级别|级别",
    "kind": "customer kind|customer type|person or organisation|客户类型|客户类别|公众政企",
    "reason": "reasons|原因|来由",
    "channel": "channels|渠道",
    "topic": "topics|主题|话题",
    "campaign": "campaigns|活动|营销活动",
    "vas": "value-added services|增值业务|数据业务",
    "partner": "partners|合作方|合作商",
    "stage": "life cycle|life cycle stage|生命周期阶段",
    "operator": "operators|competitor|各运营商",
    "age": "ages|ageing|aging|欠费账龄",
    "grade": "grades|group grade|集团级别",
    "industry": "industries|行业",
    "group": "groups|集团",
    "manager": "account managers|客户经理",
}
"""Level → what else it is called."""

WAYS = {
    Way.YEAR_ON_YEAR: "year on year|year-on-year|yoy|y/y|vs last year|compared with last year|同比|同比增长|较去年",
    Way.PERIOD_ON_PERIOD: "period on period|month on month|month-on-month|mom|quarter on quarter|"
    "环比|环比增长|较上期",
    Way.YEAR_AGO: "a year ago|a year before|去年同期|上年同期",
    Way.PERIOD_AGO: "the period before|previous period|上期",
    Way.MONTH_AGO: "a month ago|a month before|上月同期",
    Way.SAME_DAY_LAST_MONTH: "same day last month|上月同日",
    Way.SAME_DAY_CHANGE: "against the same day last month|vs same day last month|较上月同日|比上月同日",
    Way.CUMULATIVE: "cumulative|year to date|ytd|running total|累计|本年累计",
    Way.SHARE: "share|percentage|percent of total|proportion|占比|比重|份额",
    Way.SHARE_OF_PARENT: "share of parent|share of the row above|占上级|占上级比重",
}

SIGNS = {
    "people": "subscribers|subscriber|lines|customers|customer|users|user|用户|客户",
    "across": "across|in columns|as columns|横向|列为|作列",
    "except": "except|without|excluding|but not|not|除了|除去|除|不含|不包括|非",
    "down": "descending|highest first|largest first|降序|从高到低|从大到小",
    "up": "ascending|lowest first|smallest first|升序|从低到高|从小到大",
    "from": "from|since|starting|自|从|自从",
    "to": "to|until|till|up to|through|至|到|截至",
    "filler": "by|per|of|for|and|with|in|on|the|a|an|each|every|show|me|what|is|are|how|many|much|number|only|all|"
    "did|do|does|have|has|had|there|was|were|"
    "please|split|broken|down|grouped|compare|figures|report|"
    "按|按照|各|每个|每|的|和|与|及|分|看|查|查询|请|一下|显示|在|是|多少|有|有多少|情况|统计|分析|对比|个|只|仅|以来|之间|期间|,",
}


def plain(text: str) -> str:
    """A text as it is compared: one width, small letters."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def vocabulary(cubes: Mapping[str, Theme]) -> Vocabulary:
    """Every phrase with what it may mean."""
    found: Vocabulary = {}
    for kind, phrases in SIGNS.items():
        _add(found, phrases.split("|"), Meaning(kind))
    for way, said in WAYS.items():
        _add(found, said.split("|"), Meaning("way", way))
    for cube, theme in cubes.items():
        _add(found, _labels(theme), Meaning("cube", cube))
        for name, measure in theme.measures.items():
            said_too = MEASURES.get(name, "").split("|")
            _add(found, [*_labels(measure), *said_too], Meaning("measure", name, cube))
        for name, level in theme.levels.items():
            _add(found, [*_labels(level), *LEVELS.get(name, "").split("|")], Meaning("level", name))
    return found


def with_members(known: Vocabulary, members: Iterable[tuple[str, Member, str]]) -> Vocabulary:
    """The same with members of levels: (level, member, label)."""
    found = {phrase: list(meanings) for phrase, meanings in known.items()}
    for level, member, label in members:
        _add(found, [label], Meaning("member", level, member=member))
    return found


def phrase_at(text: str, at: int, known: Vocabulary, longest: int) -> str:
    """The longest known phrase that begins here, '' for none. In Latin letters it ends with its word."""
    if at and _is_latin(text[at]) and _is_latin(text[at - 1]):
        return ""
    for end in range(min(len(text), at + longest), at, -1):
        part = text[at:end]
        if part in known and not (end < len(text) and _is_latin(text[end - 1]) and _is_latin(text[end])):
            return part
    return ""


def _is_latin(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()


def _labels(named: Named) -> list[str]:
    labels = []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            labels.append(str(named.label))
    return labels


def _add(found: Vocabulary, phrases: Iterable[str], meaning: Meaning) -> None:
    for phrase in phrases:
        key = re.sub(r"\s+", " ", plain(phrase))
        if key and meaning not in found.setdefault(key, []):
            found[key].append(meaning)
