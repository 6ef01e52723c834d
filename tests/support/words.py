"""Words, sentences and names made from syllables, in many scripts. Nothing here was written by anybody."""

import random

LATIN = ["ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "zo", "ka", "li", "mo", "nu"]
SCRIPTS = {
    "latin": LATIN,
    "accents": ["bä", "cé", "dî", "fö", "gü", "là", "më", "ñi", "pô", "rù", "sß", "tå", "vø", "zœ"],
    "cyrillic": ["ба", "ве", "ги", "до", "жу", "за", "ки", "ле", "мо", "ну", "пы", "ря", "сё", "ты"],
    "greek": ["βα", "γε", "δι", "ζο", "κυ", "λη", "μω", "νά", "πέ", "ρί", "σό", "τύ"],
    "japanese": ["かき", "さし", "たち", "なに", "はひ", "まみ", "やゆ", "らり", "カキ", "サシ", "日", "月", "山", "川"],
    "chinese": ["一", "二", "三", "人", "大", "小", "山", "水", "火", "木", "天", "上", "下", "中"],
    "korean": ["가", "나", "다", "라", "마", "바", "사", "아", "자", "차", "하", "고", "노"],
    "arabic": ["با", "تا", "جي", "دو", "را", "سي", "شو", "فا", "قي", "لا", "مو", "ني"],
    "hebrew": ["בא", "גי", "דו", "הא", "זי", "חו", "לא", "מי", "נו", "פא", "רי", "שו"],
    "emoji": ["📬", "✉️", "🌍", "🎒", "🚂", "🐟", "☕", "🌧️"],
}
CHARSETS = {
    "latin": ["us-ascii", "utf-8", "iso-8859-1"],
    "accents": ["iso-8859-15", "windows-1252", "utf-8"],
    "cyrillic": ["koi8-r", "windows-1251", "iso-8859-5", "utf-8"],
    "greek": ["iso-8859-7", "utf-8"],
    "japanese": ["iso-2022-jp", "shift_jis", "euc-jp", "utf-8"],
    "chinese": ["gb2312", "gb18030", "utf-8"],
    "korean": ["euc-kr", "utf-8"],
    "arabic": ["windows-1256", "utf-8"],
    "hebrew": ["windows-1255", "utf-8"],
    "emoji": ["utf-8"],
}


def word(rng: random.Random, script: str = "latin") -> str:
    return "".join(rng.choices(SCRIPTS[script], k=rng.randint(1, 4)))


def words(rng: random.Random, count: int, script: str = "latin") -> str:
    return " ".join(word(rng, script) for _ in range(count))


def paragraph(rng: random.Random, script: str = "latin") -> str:
    """Some lines of at most about seventy characters."""
    lines = [words(rng, rng.randint(5, 12), script).capitalize() + "." for _ in range(rng.randint(2, 6))]
    return "\n".join(line[:200] for line in lines)


class TextPool:
    """Paragraphs made once and drawn often: text by the hundred megabytes in seconds."""

    def __init__(self, rng: random.Random, size: int = 400, script: str = "latin"):
        self._rng = rng
        self._paragraphs = [paragraph(rng, script) for _ in range(size)]

    def text(self, wanted_bytes: int) -> str:
        parts, size = [], 0
        while size < wanted_bytes:
            part = self._rng.choice(self._paragraphs)
            parts.append(part)
            size += len(part) + 2
        return "\n\n".join(parts) + "\n"


def address(rng: random.Random) -> tuple[str, str]:
    """A display name and an address of a domain that is reserved for examples."""
    name = f"{word(rng).capitalize()} {word(rng).capitalize()}"
    return name, f"{word(rng)}.{word(rng)}@{rng.choice(['example.org', 'example.com', 'example.net'])}"
