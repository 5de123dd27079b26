"""The three languages of every page, by their BCP 47 tags, and texts that exist in all three."""

from collections.abc import Mapping

ZH_HANS, ZH_HANT, EN = "zh-Hans", "zh-Hant", "en"
LANGUAGES = (ZH_HANS, ZH_HANT, EN)
DEFAULT_LANGUAGE = ZH_HANS

Texts = dict[str, str]  # language tag → text


def in_language(texts: Mapping[str, str], language: str) -> str:
    """The text in that language, or in the first language that has one ("" when none has)."""
    for tag in (language, *LANGUAGES):
        if texts.get(tag):
            return texts[tag]
    return ""


def missing_languages(texts: Mapping[str, str]) -> list[str]:
    """The languages in which the text is absent or blank."""
    return [tag for tag in LANGUAGES if not texts.get(tag, "").strip()]
