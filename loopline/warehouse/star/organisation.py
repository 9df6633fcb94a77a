"""Who does it: units and staff."""

from loopline.warehouse.shape import Column, Keeping, Table, filled, key_column, link, one_of, text

DIM_UNIT = Table(
    "dim_unit",
    "identity_unit",
    Keeping.HISTORY,
    (
        key_column("unit_id", "Key of the unit.", "单位标识"),
        link("parent_id", "dim_unit", "The unit above.", "上级单位"),
        text("level", "Level: company, province, city, district, branch, hall, team.", "层级"),
        text("code", "Code of the unit.", "单位编码"),
        text("name", "Name in Chinese.", "中文名称"),
        text("name_en", "Name in English.", "英文名称"),
        text("path", "Keys from the root: /1/4/9/.", "自根起的路径"),
        Column("is_active", "BOOLEAN", "is_active", "Whether it is in use.", "是否启用"),
    ),
    "Organisation: the tree of units, with history.",
    "组织机构树（保留历史）",
    followed=False,
    rules=(
        *filled("level", "code", "path"),
        one_of("level", "company", "province", "city", "district", "branch", "hall", "team"),
    ),
)

DIM_STAFF = Table(
    "dim_staff",
    "identity_staff",
    Keeping.HISTORY,
    (
        key_column(
            "staff_id",
            "Key of the member of staff; his name is looked up in operations.",
            "员工标识（姓名仅在业务库查询）",
        ),
        link("unit_id", "dim_unit", "The unit he works in.", "所属单位"),
        text(
            "roles",
            "Codes of his roles, in their order, by comma.",
            "角色编码（逗号分隔）",
            "coalesce(role_codes, '')",
        ),
        Column("is_active", "BOOLEAN", "is_active", "Whether he may sign in.", "是否启用"),
    ),
    "Staff: unit and roles, without names, with history.",
    "员工：所属单位与角色（不含姓名；保留历史）",
    followed=False,
    joined="CROSS JOIN LATERAL (SELECT string_agg(r.code, ',' ORDER BY r.code) AS role_codes "
    "FROM identity_staffrole h JOIN identity_role r ON r.id = h.role_id WHERE h.staff_id = identity_staff.id) held",
    also=(("identity_staffrole", ""), ("identity_role", "")),
    rules=filled("unit_id"),
)
