from collections.abc import Mapping
from pathlib import Path

class Figure:
    def savefig(
        self, fname: Path, *, dpi: float = ..., metadata: Mapping[str, str | None]
    ) -> None: ...
    def subplots_adjust(
        self, *, left: float, right: float, top: float, bottom: float, wspace: float
    ) -> None: ...
    def suptitle(
        self, t: str, *, x: float, y: float, ha: str, fontsize: float, fontweight: str
    ) -> object: ...
    def text(self, x: float, y: float, s: str, *, fontsize: float, color: str) -> object: ...
