# ruff: noqa: E501  markup stands on its own lines
"""Hand-made pages of four forum engines, a list of topics (or the notice that there is none), a topic's page.

phpBB and SMF are written after the templates in their repositories; MyBB and XenForo from memory of their usual markup, which
these pages can therefore not prove; vBulletin is in forum_vbulletin.py; machina is a real server, in tests/peers. The content
is invented.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

BASE = "https://board.example"


@dataclass
class Entry:
    """A post of a page; ``when`` as the engine's own page writes it."""

    id: int
    when: str
    text: str = "How long is the way from the border?"
    author: str = "ana"
    edited: str = ""
    deleted: bool = False


@dataclass
class Row:
    """A topic of a list. ``pages``: the highest number that its links name."""

    id: int
    when: str
    replies: int = 0
    last_post: int = 0
    title: str = "The road north"
    pages: int = 0
    by: str = "ben"


@dataclass
class Sheet:
    """Where in its pages a page stands: the numbers are those of the engine's links."""

    current: int
    others: Sequence[int] = field(default_factory=tuple)
    shown: int = 1


ONE = Sheet(0)


def phpbb_pages(address: str, sheet: Sheet) -> str:
    links = "".join(
        f'<li><a class="button" href="{address}&amp;start={number}" role="button">{number}</a></li>'
        if number
        else f'<li><a class="button" href="{address}" role="button">1</a></li>'
        for number in sheet.others
    )
    active = f'<li class="active"><span>{sheet.shown}</span></li>' if sheet.others else ""
    return f'<div class="action-bar"><div class="pagination">9 posts &bull; <ul>{links}{active}</ul></div></div>'


def phpbb_list(rows: Sequence[Row], sheet: Sheet = ONE) -> str:
    shown = "".join(
        f"""<li class="row bg1"><dl class="row-item topic_read"><dt title="No unread posts"><div class="list-inner">
<a href="./viewtopic.php?f=3&amp;t={row.id}&amp;sid=0123456789abcdef0123456789abcdef" class="topictitle">{row.title}</a><br>
<div class="pagination"><ul>{"".join(f'<li><a class="button" href="./viewtopic.php?f=3&amp;t={row.id}&amp;start={n}">x</a></li>' for n in range(10, row.pages + 1, 10))}</ul></div>
<div class="topic-poster">by <a href="./memberlist.php?mode=viewprofile&amp;u=2" class="username">ana</a> &raquo; {row.when}</div>
</div></dt><dd class="posts">{row.replies} <dfn>Replies</dfn></dd><dd class="views">99 <dfn>Views</dfn></dd>
<dd class="lastpost"><span><dfn>Last post </dfn>by <a href="./memberlist.php?u=4" class="username">{row.by}</a>
<br />{row.when}</span></dd></dl></li>"""
        for row in rows
    )
    topics = f"""<div class="forumbg"><ul class="topiclist"><li class="header"></li></ul>
<ul class="topiclist topics">{shown}</ul></div>"""
    none = """<div class="panel"><div class="inner"><strong>There are no topics or posts in this forum.</strong></div></div>"""
    return f"""<!DOCTYPE html><html dir="ltr" lang="en-gb"><head><title>Board</title></head>
<body id="phpbb" class="nojs notouch section-viewforum"><h2 class="forum-title"><a href="./viewforum.php?f=3">Travel</a></h2>
{phpbb_pages("./viewforum.php?f=3", sheet)}{topics if rows else none}</body></html>"""


def phpbb_topic(entries: Sequence[Entry], sheet: Sheet = ONE, topic: int = 5, title: str = "The road north") -> str:
    shown = "".join(
        f"""<div id="p{entry.id}" class="post has-profile bg2"><div class="inner"><dl class="postprofile">
<dt><a href="./memberlist.php?u=2" class="username-coloured">{entry.author}</a></dt></dl><div class="postbody">
<div id="post_content{entry.id}"><h3><a href="#p{entry.id}">Re: {title}</a></h3><p class="author"><span class="responsive-hide">by
<strong><a href="./memberlist.php?u=2" class="username-coloured">{entry.author}</a></strong> &raquo; </span>{entry.when} </p>
<div class="content"><blockquote><div><cite>ben wrote:</cite>words of another</div></blockquote>{entry.text}
<img class="smilies" src="a.gif" alt=":)"><img src="boat.jpg" alt="a boat at night"></div>
{f'<div class="notice post_deleted_msg">This post by <strong>{entry.author}</strong> was deleted.</div>' if entry.deleted else ""}
{f'<div class="notice">Last edited by <a class="username">{entry.author}</a> on {entry.edited}, edited 1 time in total.</div>' if entry.edited else ""}
<div id="sig{entry.id}" class="signature">a signature</div></div></div></div></div>"""
        for entry in entries
    )
    return f"""<!DOCTYPE html><html dir="ltr" lang="en-gb"><head><title>Topic</title></head><body id="phpbb">
<h2 class="topic-title"><a href="./viewtopic.php?f=3&amp;t={topic}">{title}</a></h2>
{phpbb_pages(f"./viewtopic.php?f=3&amp;t={topic}", sheet)}{shown}</body></html>"""


def smf_pages(kind: str, number: int, sheet: Sheet) -> str:
    links = "".join(
        f'<a class="nav_page" href="{BASE}/index.php?{kind}={number}.{other}">{other}</a>' for other in sheet.others
    )
    return f'<div class="pagesection"><div class="pagelinks floatleft"><a href="#bot" class="button">Go Down</a>{links}<span class="current_page">{sheet.shown}</span></div></div>'


def smf_list(rows: Sequence[Row], sheet: Sheet = ONE) -> str:
    shown = "".join(
        f"""<div class="windowbg"><div class="info"><div><div class="message_index_title"><span class="preview">
<span id="msg_{row.id}"><a href="{BASE}/index.php?PHPSESSID=abcdefabcdefabcdefabcdef12&amp;topic={row.id}.0">{row.title}</a></span></span></div>
<p class="floatleft">Started by <a href="{BASE}/index.php?action=profile;u=2">ana</a></p>
<span class="topic_pages">{"".join(f'<a class="nav_page" href="{BASE}/index.php?topic={row.id}.{n}">x</a>' for n in range(0, row.pages + 1, 10))}</span></div></div>
<div class="board_stats centertext"><p>Replies: {row.replies}<br>Views: 9</p></div><div class="lastpost"><p>
<a href="{BASE}/index.php?topic={row.id}.msg{row.last_post}#new">{row.when}</a><br>by <a href="{BASE}/index.php?action=profile;u=4">{row.by}</a></p></div></div>"""
        for row in rows
    )
    return f"""<!DOCTYPE html><html lang="en-US"><body id="chrome" class="action_messageindex board_3"><div id="footerfix">
{smf_pages("board", 3, sheet)}<div id="messageindex"><div class="title_bar" id="topic_header">
{'<div class="info">Subject</div>' if rows else '<h3 class="titlebg">No topics</h3>'}</div>
<div id="topic_container">{shown}</div></div></div></body></html>"""


def smf_topic(entries: Sequence[Entry], sheet: Sheet = ONE, topic: int = 5, title: str = "The road north") -> str:
    shown = "".join(
        f"""<div class="windowbg" id="msg{entry.id}"><div class="post_wrapper"><div class="poster"><h4>
<a href="{BASE}/index.php?action=profile;u=2">{entry.author}</a></h4></div><div class="postarea"><div class="keyinfo">
<div id="subject_{entry.id}" class="subject_title"><a href="x">{title}</a></div><div class="postinfo"><span class="messageicon"></span>
<a href="{BASE}/index.php?topic={topic}.msg{entry.id}#msg{entry.id}" rel="nofollow" title="Reply #1" class="smalltext">{entry.when}</a>
<span class="smalltext modified floatright mvisible" id="modified_{entry.id}">{f"Last Edit: {entry.edited} by {entry.author}" if entry.edited else ""}</span></div></div>
<div class="post"><div class="inner" data-msgid="{entry.id}" id="msg_{entry.id}"><blockquote class="bbc_standard_quote"><cite>Quote</cite>words of another</blockquote>{entry.text}
<img class="smiley" alt=":)"><img class="bbc_img" alt="a boat at night"></div></div></div></div></div>"""
        for entry in entries
    )
    return f"""<!DOCTYPE html><html lang="en-US"><body id="chrome"><div id="footerfix"><div id="display_head">
<h2 class="display_title"><span id="top_subject">{title}</span></h2></div>{smf_pages("topic", topic, sheet)}
<div id="forumposts"><form>{shown}</form></div></div></body></html>"""


def mybb_pages(address: str, sheet: Sheet) -> str:
    links = "".join(
        f'<a href="{address}{"" if number == 1 else f"&amp;page={number}"}" class="pagination_page">{number}</a>'
        for number in sheet.others
    )
    return f'<div class="pagination"><span class="pages">Pages:</span>{links}<span class="pagination_current">{sheet.shown}</span></div>'


def mybb_list(rows: Sequence[Row], sheet: Sheet = ONE) -> str:
    shown = "".join(
        f"""<tr class="inline_row"><td class="trow1"><span class="thread_status"></span></td><td class="trow1"><div><span>
<span class="subject_old" id="tid_{row.id}"><a href="showthread.php?tid={row.id}">{row.title}</a></span>
<span class="smalltext">(Pages: <a href="showthread.php?tid={row.id}">1</a>{"".join(f'<a href="showthread.php?tid={row.id}&amp;page={n}">{n}</a>' for n in range(2, row.pages + 1))})</span></span>
<div class="author smalltext"><a href="member.php?action=profile&amp;uid=2">ana</a></div></div></td>
<td class="trow1"><a href="javascript:MyBB.whoPosted({row.id});">{row.replies}</a></td><td class="trow1">99</td>
<td class="trow1"><span class="lastpost smalltext">{row.when}<br><a href="showthread.php?tid={row.id}&amp;action=lastpost">Last Post</a>:
<a href="member.php?action=profile&amp;uid=4">{row.by}</a></span></td></tr>"""
        for row in rows
    )
    return f"""<!DOCTYPE html><html xml:lang="en" lang="en"><body>{mybb_pages("forumdisplay.php?fid=3", sheet)}
<table class="tborder"><tr><td class="tcat"><a href="forumdisplay.php?fid=3&amp;sortby=lastpost&amp;order=desc">Last Post</a></td></tr>
{shown or '<tr><td colspan="7" class="trow1">There are no threads.</td></tr>'}</table><span id="copyright">Powered By <a href="https://mybb.com">MyBB</a></span></body></html>"""


def mybb_topic(entries: Sequence[Entry], sheet: Sheet = ONE, topic: int = 5, title: str = "The road north") -> str:
    shown = "".join(
        f"""<a name="pid{entry.id}" id="pid{entry.id}"></a><div class="post" id="post_{entry.id}"><div class="post_author">
<div class="author_information"><strong><span class="largetext"><a href="member.php?uid=2">{entry.author}</a></span></strong></div></div>
<div class="post_content"><div class="post_head"><span class="post_date">{entry.when} <span class="post_edit" id="edited_by_{entry.id}">{f"(This post was last modified: {entry.edited} by <a>{entry.author}</a>.)" if entry.edited else ""}</span></span></div>
<div class="post_body scaleimages" id="pid_{entry.id}"><blockquote class="mycode_quote"><cite>ben Wrote:</cite>words of another</blockquote>{entry.text}
<img class="smilie" alt=":)"><img class="mycode_img" alt="a boat at night"></div></div></div>"""
        for entry in entries
    )
    return f"""<!DOCTYPE html><html xml:lang="en" lang="en"><body>{mybb_pages(f"showthread.php?tid={topic}", sheet)}
<table><tr><td class="thead"><div><strong>{title}</strong></div></td></tr><tr><td id="posts_container">{shown}</td></tr></table>
<a href="https://mybb.com">MyBB</a></body></html>"""


def xenforo_pages(address: str, sheet: Sheet) -> str:
    items = "".join(
        f'<li class="pageNav-page"><a href="{address}{"" if number == 1 else f"page-{number}"}">{number}</a></li>'
        for number in sheet.others
    )
    current = f'<li class="pageNav-page pageNav-page--current"><a href="{address}{"" if sheet.shown == 1 else f"page-{sheet.shown}"}">{sheet.shown}</a></li>'
    return f'<nav><div class="pageNav"><ul class="pageNav-main">{items}{current}</ul></div></nav>'


def xenforo_list(rows: Sequence[Row], sheet: Sheet = ONE) -> str:
    shown = "".join(
        f"""<div class="structItem structItem--thread js-threadListItem-{row.id}" data-author="ana"><div class="structItem-cell structItem-cell--main">
<div class="structItem-title"><a href="/forums/travel.3/?prefix_id=1" class="labelLink"><span class="label">Q</span></a><a href="/threads/road.{row.id}/" data-xf-init="preview-tooltip">{row.title}</a></div>
<div class="structItem-minor"><span class="structItem-pageJump">{"".join(f'<a href="/threads/road.{row.id}/page-{n}">{n}</a>' for n in range(2, row.pages + 1))}</span></div></div>
<div class="structItem-cell structItem-cell--meta"><dl class="pairs pairs--justified"><dt>Replies</dt><dd>{row.replies}</dd></dl><dl><dt>Views</dt><dd>1K</dd></dl></div>
<div class="structItem-cell structItem-cell--latest"><a href="/threads/road.{row.id}/latest"><time class="structItem-latestDate u-dt" datetime="{row.when}" data-time="1">Monday at 8:15 PM</time></a>
<div class="structItem-minor"><a class="username">{row.by}</a></div></div></div>"""
        for row in rows
    )
    return f"""<!DOCTYPE html><html id="XF" lang="en-US" dir="LTR" data-app="public"><body>{xenforo_pages("/forums/travel.3/", sheet)}
<div class="structItemContainer">{shown or '<div class="structItem js-emptyThreadList">There are no threads.</div>'}</div></body></html>"""


def xenforo_topic(entries: Sequence[Entry], sheet: Sheet = ONE, topic: int = 5, title: str = "The road north") -> str:
    shown = "".join(
        f"""<article class="message message--post js-post{" message--deleted" if entry.deleted else ""}" data-author="{entry.author}" data-content="post-{entry.id}" id="js-post-{entry.id}">
<h4 class="message-name"><a class="username">{entry.author}</a></h4><header class="message-attribution"><ul class="message-attribution-main">
<li><a href="/threads/road.{topic}/post-{entry.id}"><time class="u-dt" datetime="{entry.when}">Today at 8:15 PM</time></a></li></ul></header>
<article class="message-body js-selectToQuote"><div class="bbWrapper"><blockquote class="bbCodeBlock bbCodeBlock--quote">words of another</blockquote>{entry.text}
<img class="smilie" alt=":)"><img class="bbImage" alt="a boat at night"></div></article>
{f'<div class="message-lastEdit">Last edited: <time class="u-dt" datetime="{entry.edited}">x</time></div>' if entry.edited else ""}</article>"""
        for entry in entries
    )
    return f"""<!DOCTYPE html><html id="XF" lang="en-US"><body><h1 class="p-title-value">{title}</h1>
{xenforo_pages(f"/threads/road.{topic}/", sheet)}{shown}</body></html>"""
