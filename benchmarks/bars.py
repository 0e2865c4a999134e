"""What was asked of a figure, printed beside it; a benchmark that misses one ends with exit status 1.

`make bench` runs all of them before it ends with theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Bars:
    """The bars of one benchmark, and which of them were missed."""

    missed: list[str] = field(default_factory=list)

    def least(self, name: str, seen: float, asked: float, shown: str = "g") -> str:
        """``asked at least …`` for the figure's line, with a word where it is missed. ``shown``: how the bar is formatted."""
        return self._told(name, seen >= asked, f"asked at least {asked:{shown}}")

    def most(self, name: str, seen: float, asked: float, shown: str = "g") -> str:
        """``asked at most …``, likewise."""
        return self._told(name, seen <= asked, f"asked at most {asked:{shown}}")

    def _told(self, name: str, held: bool, text: str) -> str:
        if held:
            return text
        self.missed.append(name)
        return f"{text}: MISSED"

    def end(self) -> None:
        """Ends the benchmark. Raises SystemExit with status 1 where a bar was missed."""
        if self.missed:
            print(f"missed: {', '.join(self.missed)}")
            raise SystemExit(1)
