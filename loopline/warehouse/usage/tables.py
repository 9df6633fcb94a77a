"""The tables of usage records, defined once: the records, their dimensions, their ledger."""

import duckdb

from loopline.warehouse.shape import Column, Known, known_tables, own_column

FIELDS = (
    "number",
    "kind",
    "started_at",
    "other_number",
    "other_operator",
    "seconds",
    "bytes_up",
    "bytes_down",
    "cell",
    "imei",
    "roaming",
    "charge",
    "vas",
    "sequence",
)
"""What a file may tell of a record. The first three are needed."""
NEEDED = FIELDS[:3]
KINDS = ("voice_out", "voice_in", "sms_out", "sms_in", "mms_out", "mms_in", "data", "vas")
ROAMING = ("home", "domestic", "international")
OWN = "own"
"""The operator of numbers in our own network."""
CHARGE = "DECIMAL(18,4)"


RECORD = "fact_usage_record"
RECORD_COLUMNS = (
    own_column("month", "DATE", "Month of the record, in the operator's zone.", "账期（运营商时区）"),
    own_column("on_day", "DATE", "Day of its start, in the operator's zone.", "日期（运营商时区）"),
    own_column("hour", "TINYINT", "Hour of its start, in the operator's zone.", "小时（运营商时区）"),
    own_column("started_at", "TIMESTAMP", "Start (UTC).", "开始时刻（UTC）"),
    own_column(
        "subscription_id",
        "BIGINT",
        "The subscription; empty for a number that is nobody's.",
        "用户（未知号码为空）",
        "dim_subscription",
    ),
    own_column("number_key", "BIGINT", "Keyed hash of its number.", "本方号码的加密散列"),
    own_column(
        "kind",
        "VARCHAR",
        "voice_out, voice_in, sms_out, sms_in, mms_out, mms_in, data or vas.",
        "话单类型",
    ),
    own_column("other_key", "BIGINT", "Keyed hash of the other party's number.", "对方号码的加密散列"),
    own_column(
        "other_segment",
        "INTEGER",
        "First seven digits of the other party's number.",
        "对方号段",
        "dim_segment",
    ),
    own_column("other_operator", "VARCHAR", "The other party's operator; own for ours.", "对方运营商"),
    own_column("is_on_net", "BOOLEAN", "Whether the other party is in our own network.", "是否网内"),
    own_column("seconds", "INTEGER", "Duration in seconds.", "时长（秒）"),
    own_column("bytes_up", "BIGINT", "Bytes sent.", "上行字节"),
    own_column("bytes_down", "BIGINT", "Bytes received.", "下行字节"),
    own_column("cell", "VARCHAR", "Cell where it began.", "小区", "dim_cell"),
    own_column("tac", "INTEGER", "Type of the device: first eight digits of its IMEI.", "终端型号码（TAC）"),
    own_column("device_key", "BIGINT", "Keyed hash of the IMEI.", "IMEI 的加密散列"),
    own_column("roaming", "VARCHAR", "home, domestic or international.", "漫游类型"),
    own_column("charge", CHARGE, "Charge.", "费用"),
    own_column("vas", "VARCHAR", "Value-added service.", "增值业务", "dim_vas"),
    own_column("record_key", "BIGINT", "Tells equal records from different ones.", "去重键"),
    own_column("file_id", "BIGINT", "The file that brought it.", "来源文件", "usage_file"),
)

FILE = "usage_file"
FILE_COLUMNS = (
    own_column("file_id", "BIGINT", "Number of the file.", "文件编号"),
    own_column("name", "VARCHAR", "Its name.", "文件名"),
    own_column("sha256", "VARCHAR", "Fingerprint of its bytes.", "文件指纹"),
    own_column("bytes", "BIGINT", "Its size.", "字节数"),
    own_column("format", "VARCHAR", "csv, parquet, fixed or json.", "格式"),
    own_column("layout", "VARCHAR", "The layout by which it was read (TOML).", "版式（TOML）"),
    own_column("status", "VARCHAR", "done or refused.", "状态：已入库、已拒收"),
    own_column("reason", "VARCHAR", "Why it was refused.", "拒收原因"),
    own_column("rows_read", "BIGINT", "Records in the file: taken + doubles + rejected.", "读入条数"),
    own_column("taken", "BIGINT", "Records that went into the lake.", "入库条数"),
    own_column("doubles", "BIGINT", "Records that were there already.", "重复条数"),
    own_column("rejected", "BIGINT", "Records that could not be read.", "拒收条数"),
    own_column("late", "BIGINT", "Records of a month that had been made already.", "迟到条数"),
    own_column("unknown", "BIGINT", "Records of numbers that are nobody's.", "未知号码条数"),
    own_column("charge", CHARGE, "Charges of what was taken.", "入库费用"),
    own_column("first_day", "DATE", "First day of what was taken.", "最早日期"),
    own_column("last_day", "DATE", "Last day of what was taken.", "最晚日期"),
    own_column("moment", "TIMESTAMP", "When it was brought (UTC).", "入库时刻（UTC）"),
)
REJECT = "usage_reject"
REJECT_COLUMNS = (
    own_column("file_id", "BIGINT", "The file.", "文件", "usage_file"),
    own_column("line", "BIGINT", "Row in the file, counted from 1.", "行号（自 1 起）"),
    own_column("field", "VARCHAR", "The field that could not be read.", "字段"),
    own_column("reason", "VARCHAR", "Why.", "原因"),
)
DUE = "usage_due"
DUE_COLUMNS = (own_column("month", "DATE", "A month to be made anew.", "待重算账期"),)

SEGMENT = "dim_segment"
SEGMENT_COLUMNS = (
    own_column("segment", "INTEGER", "First seven digits of numbers.", "号段（前七位）"),
    own_column("operator", "VARCHAR", "Operator to which it was first given; own for ours.", "初始运营商"),
    own_column("city", "VARCHAR", "Home city.", "归属地"),
)
CELL = "dim_cell"
CELL_COLUMNS = (
    own_column("cell", "VARCHAR", "Code of the cell.", "小区编码"),
    own_column("name", "VARCHAR", "Its name.", "名称"),
    own_column("unit_code", "VARCHAR", "Code of the organisation unit it lies in.", "所属单位编码"),
    own_column("technology", "VARCHAR", "2g, 4g or 5g.", "制式"),
)
VAS = "dim_vas"
VAS_COLUMNS = (
    own_column("vas", "VARCHAR", "Code of the service.", "业务编码"),
    own_column("name", "VARCHAR", "Name in Chinese.", "中文名称"),
    own_column("name_en", "VARCHAR", "Name in English.", "英文名称"),
    own_column("service", "VARCHAR", "What kind of service it is.", "业务类别"),
    own_column("partner", "VARCHAR", "The partner that provides it.", "合作伙伴"),
)

DIMENSIONS: dict[str, tuple[Column, ...]] = {
    SEGMENT: SEGMENT_COLUMNS,
    CELL: CELL_COLUMNS,
    VAS: VAS_COLUMNS,
}
ALL: dict[str, tuple[Column, ...]] = {
    RECORD: RECORD_COLUMNS,
    FILE: FILE_COLUMNS,
    REJECT: REJECT_COLUMNS,
    DUE: DUE_COLUMNS,
    **DIMENSIONS,
}
ABOUT: dict[str, tuple[str, str]] = {
    RECORD: ("Usage records: calls, messages, data and services, one row each.", "话单明细"),
    FILE: ("Files of usage records, each with its counts.", "话单文件台账"),
    REJECT: ("Rows of usage files that could not be read.", "话单拒收行"),
    DUE: ("Months of usage to be made anew.", "待重算的话单账期"),
    SEGMENT: ("Number segments: home city and first operator.", "号段：归属地与初始运营商"),
    CELL: ("Cells and where they stand.", "小区及其所属单位"),
    VAS: ("Value-added services and their partners.", "增值业务与合作伙伴"),
}


def prepare(con: duckdb.DuckDBPyConnection, there: Known | None = None) -> None:
    """Make the tables that are missing, in the writer's schema."""
    there = known_tables(con) if there is None else there
    for name, columns in ALL.items():
        if name not in there:
            con.execute(
                f"CREATE TABLE IF NOT EXISTS {name} ({', '.join(f'{c.name} {c.type}' for c in columns)})"
            )
            if name == RECORD:
                con.execute(f"ALTER TABLE {name} SET PARTITIONED BY (month)")
