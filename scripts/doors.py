"""An import-linter contract of ours: another module is entered through its doors only."""

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class DoorsContract(Contract):
    """`loopline.a.x` may import `loopline.b.<door>` only, for doors named in the contract.

    `open_packages` (the kernel) may be entered anywhere; `outside` (settings, the command line's own package,
    tests) are not bound by the rule.
    """

    package = fields.StringField()
    doors = fields.ListField(subfield=fields.StringField())
    open_packages = fields.ListField(subfield=fields.StringField())
    outside = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Find every import that climbs in through a window."""
        windows = sorted(
            f"{importer} imports {imported}"
            for importer in graph.modules
            for imported in graph.find_modules_directly_imported_by(importer)
            if self._is_window(importer.split("."), imported.split("."))
        )
        return ContractCheck(kept=not windows, metadata={"windows": windows})

    def _is_window(self, importer: list[str], imported: list[str]) -> bool:
        if (
            len(importer) < 2
            or len(imported) < 3
            or imported[0] != self.package
            or importer[0] != self.package
        ):
            return False
        if importer[1] == imported[1] or imported[1] in self.open_packages or importer[1] in self.outside:
            return False
        return "tests" not in importer and imported[2] not in self.doors

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Say each of them."""
        for window in check.metadata["windows"]:
            output.print_error(window)
