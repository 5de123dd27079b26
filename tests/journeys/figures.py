"""The list of figures: each with what was wanted and whether that was met."""

from dataclasses import dataclass, field

LINE = "{:<58}{:>14}{:>14}  {}"


@dataclass
class Figures:
    """Collected while they are measured, printed together."""

    lines: list[str] = field(default_factory=list)

    def most(self, name: str, seen: float, target: float, unit: str) -> None:
        """A figure that must not be larger."""
        self._add(name, seen, f"≤ {target:g} {unit}", unit, is_met=seen <= target)

    def least(self, name: str, seen: float, target: float, unit: str) -> None:
        """A figure that must not be smaller."""
        self._add(name, seen, f"≥ {target:g} {unit}", unit, is_met=seen >= target)

    def note(self, name: str, seen: float, unit: str) -> None:
        """A figure that nobody has set a target for."""
        self.lines.append(LINE.format(name, _said(seen, unit), "", ""))

    def text(self) -> str:
        return "\n".join((LINE.format("figure", "seen", "target", ""), *self.lines))

    def _add(self, name: str, seen: float, target: str, unit: str, *, is_met: bool) -> None:
        word = "met" if is_met else "MISSED"
        self.lines.append(LINE.format(name, _said(seen, unit), target, word))


def _said(seen: float, unit: str) -> str:
    return f"{seen:.2f} {unit}" if unit == "s" else f"{seen:.0f} {unit}"
