"""GitHub's Markdown, as much as comments need, as HTML that is safe to show.

The source is escaped once, before anything else; what is written afterwards are our own tags only. Known: headings,
paragraphs, lists, tables, quotes, rules, fenced and inline code, bold, italic, struck, links, `<br>`, and `<details>`
with `<summary>`. HTML comments are left out, images become links, other HTML shows as text.
"""

import html
import re
from collections.abc import Callable

from markupsafe import Markup

from app.sandbox.page.circles import draw_circles

_INLINE = re.compile(
    r"\\(?P<literal>&(?:lt|gt|amp|quot|\#x27);|[!-/:-@\[-`{-~])"
    r"|(?P<ticks>`+)(?P<code>.+?)(?P=ticks)"
    r"|!?\[(?P<label>[^\[\]]+)\]\((?P<url>https?://[^\s()]+)\)"
    r"|&lt;(?P<auto>https?://(?:(?!&(?:gt|lt);)\S)+)&gt;"
    r"|(?P<bare>https?://(?:(?!&(?:gt|lt|quot|#x27);)[^\s)])+)"
    r"|\*\*(?P<strong>[^*]+)\*\*"
    r"|~~(?P<del>[^~]+)~~"
    r"|(?<![\w*])(?P<mark>[*_])(?P<em>[^*_]+)(?P=mark)(?![\w*])"
    r"|(?P<br>&lt;br ?/?&gt;|\n)"
)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_HEADING = re.compile(r"(#{1,6}) +(.+)")
_ITEM = re.compile(r"\s*(?:[-*+]|(?P<ordered>\d+)[.)]) +(?P<text>.+)")
_RULE = re.compile(r"(?:-{3,}|\*{3,}|_{3,})\s*")
_DETAILS = re.compile(r"\s*&lt;details(?P<open>(?: open(?:=&quot;&quot;)?)?)&gt;(?P<rest>.*)")
_SUMMARY = re.compile(r"\s*&lt;summary&gt;(?P<text>.*?)&lt;/summary&gt;(?P<rest>.*)")
_DETAILS_END = "&lt;/details&gt;"
_QUOTE = re.compile(r"(?:&gt; ?)+")


def markdown(source: str) -> Markup:
    """The source as safe HTML."""
    text = html.escape(_COMMENT.sub("", source)).replace("\r\n", "\n")
    blocks = _blocks(text.replace(_DETAILS_END, f"\n{_DETAILS_END}\n").split("\n"))
    return Markup(draw_circles("\n".join(blocks)))


def _blocks(lines: list[str]) -> list[str]:
    """Each kind of block takes its lines from the front, and says nothing where they are not of its kind."""
    found: list[str] = []
    opened = 0
    while lines:
        if not lines[0].strip():
            lines.pop(0)
            continue
        block = next(block for kind in _KINDS if (block := kind(lines)))
        opened += block.startswith("<details") - (block == "</details>")
        if opened < 0:
            opened = 0
        else:
            found.append(block)
    return found + ["</details>"] * opened


def _fence(lines: list[str]) -> str:
    if not lines[0].startswith("```"):
        return ""
    lines.pop(0)
    body = _taken(lines, lambda line: not line.startswith("```"))
    del lines[:1]
    text = "\n".join(body)
    return f"<pre><code>{text}</code></pre>"


def _heading(lines: list[str]) -> str:
    match = _HEADING.fullmatch(lines[0].strip())
    if not match:
        return ""
    lines.pop(0)
    level = min(len(match[1]) + 2, 6)
    return f"<h{level}>{_inline(match[2])}</h{level}>"


def _rule(lines: list[str]) -> str:
    if not _RULE.fullmatch(lines[0]):
        return ""
    lines.pop(0)
    return "<hr>"


def _table(lines: list[str]) -> str:
    if len(lines) < 2 or "|" not in lines[0] or not _aligns(lines[1]):
        return ""
    head, _, *rows = _taken(lines, lambda line: "|" in line)
    body = "".join(_row(row, "td") for row in rows)
    return f'<div class="wide"><table><thead>{_row(head, "th")}</thead><tbody>{body}</tbody></table></div>'


def _aligns(line: str) -> bool:
    """Whether this is the line under a table's head."""
    return "|" in line and "-" in line and not line.strip(" :|-")


def _row(line: str, tag: str) -> str:
    cells = re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))
    written = "".join(f"<{tag}>{_inline(cell.strip())}</{tag}>" for cell in cells)
    return f"<tr>{written}</tr>"


def _list(lines: list[str]) -> str:
    first = _ITEM.fullmatch(lines[0])
    if not first:
        return ""
    tag = "ol" if first["ordered"] else "ul"
    items = _taken(lines, lambda line: bool(_ITEM.fullmatch(line)))
    written = "".join(f"<li>{_inline(_ITEM.sub(_item_text, item))}</li>" for item in items)
    return f"<{tag}>{written}</{tag}>"


def _item_text(match: re.Match[str]) -> str:
    return match["text"]


def _quote(lines: list[str]) -> str:
    body = _taken(lines, lambda line: bool(_QUOTE.match(line)))
    inner = "\n".join(_blocks([_QUOTE.sub("", line, count=1) for line in body]))
    return f"<blockquote>{inner}</blockquote>" if body else ""


def _details(lines: list[str]) -> str:
    """The opening alone; what is inside are blocks like others, and `_blocks` sees that it is closed."""
    match = _DETAILS.fullmatch(lines[0])
    if not match:
        return ""
    lines[0] = match["rest"]
    _taken(lines, lambda line: not line.strip())
    summary = _SUMMARY.fullmatch(lines[0]) if lines else None
    if summary:
        lines[0] = summary["rest"]
    title = _inline(summary["text"]) if summary else "Details"
    return f"<details{' open' if match['open'] else ''}><summary>{title}</summary>"


def _details_end(lines: list[str]) -> str:
    if lines[0].strip() != _DETAILS_END:
        return ""
    lines.pop(0)
    return "</details>"


def _paragraph(lines: list[str]) -> str:
    body = [lines.pop(0), *_taken(lines, lambda line: bool(line.strip()) and not _interrupts(line))]
    text = _inline("\n".join(body))
    return f"<p>{text}</p>"


_KINDS: list[Callable[[list[str]], str]] = [
    _fence,
    _heading,
    _rule,
    _table,
    _list,
    _quote,
    _details,
    _details_end,
    _paragraph,
]


def _interrupts(line: str) -> bool:
    """Whether a line ends the paragraph before it."""
    starts = line.startswith("```") or bool(_QUOTE.match(line)) or line.strip() == _DETAILS_END
    return starts or any(one.fullmatch(line) for one in (_HEADING, _ITEM, _DETAILS))


def _taken(lines: list[str], wanted: Callable[[str], bool]) -> list[str]:
    """Take lines from the front as long as they are wanted."""
    taken: list[str] = []
    while lines and wanted(lines[0]):
        taken.append(lines.pop(0))
    return taken


def _inline(text: str) -> str:
    return _INLINE.sub(_span, text)


def _span(match: re.Match[str]) -> str:
    if match["literal"]:
        return match["literal"]
    if match["code"]:
        return f"<code>{match['code'].strip()}</code>"
    if match["label"]:
        return _link(match["url"], match["label"] if "://" in match["label"] else _inline(match["label"]))
    if address := match["auto"] or match["bare"]:
        return _link(address, address)
    if match["br"]:
        return "<br>"
    tag = next(name for name in ("strong", "del", "em") if match[name])
    return f"<{tag}>{_inline(match[tag])}</{tag}>"


def _link(url: str, label: str) -> str:
    return f'<a href="{url}" target="_blank" rel="noreferrer">{label}</a>'
