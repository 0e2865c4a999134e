# ruff: noqa: E501  markup stands on its own lines
"""Hand-made pages of vBulletin 3 and 4, a list of topics, a topic's page.

Written from memory of their usual markup, which these pages can therefore not prove. The content is invented.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.crawlers.forum_pages import ONE, Entry, Row, Sheet


def vbulletin3_pages(address: str, sheet: Sheet) -> str:
    links = "".join(
        f'<td class="alt1"><a class="smallfont" href="{address}{"" if number == 1 else f"&amp;page={number}"}">{number}</a></td>'
        for number in sheet.others
    )
    return f"""<div class="pagenav" align="right"><table class="tborder"><tr><td class="vbmenu_control">Page {sheet.shown} of 9</td>
<td class="alt2"><span class="smallfont" title="Showing results"><strong>{sheet.shown}</strong></span></td>{links}</tr></table></div>"""


def vbulletin3_list(rows: Sequence[Row], sheet: Sheet = ONE) -> str:
    session = "s=0123456789abcdef0123456789abcdef&amp;"
    shown = "".join(
        f"""<tr><td class="alt1" id="td_threadstatusicon_{row.id}"><img src="a.gif" alt=""></td><td class="alt2">&nbsp;</td>
<td class="alt1" id="td_threadtitle_{row.id}" title="words of the first post"><div>
<a href="showthread.php?{session}t={row.id}" id="thread_title_{row.id}">{row.title}</a>
<span class="smallfont">({"".join(f'<a href="showthread.php?{session}t={row.id}&amp;page={n}">{n}</a>' for n in range(2, row.pages + 1))})</span></div>
<div class="smallfont"><span style="cursor:pointer">ana</span></div></td><td class="alt2" title="Replies: {row.replies}, Views: 99">
<div class="smallfont" style="text-align:right; white-space:nowrap">{row.when.replace(", ", ' <span class="time">')}</span><br>
by <a href="member.php?{session}find=lastposter&amp;t={row.id}">{row.by}</a>
<a href="showthread.php?{session}p={row.last_post}#post{row.last_post}"><img class="inlineimg" src="l.gif" alt="Go to last post"></a></div></td>
<td class="alt1" align="center"><a href="misc.php?do=whoposted&amp;t={row.id}">{row.replies}</a></td><td class="alt2">99</td></tr>"""
        for row in rows
    )
    return f"""<!DOCTYPE html><html dir="ltr" lang="en"><head><meta name="generator" content="vBulletin 3.8.7"></head><body>
<form action="login.php?do=login"><input name="vb_login_username" id="navbar_username"></form>
{vbulletin3_pages("forumdisplay.php?f=3", sheet)}<table class="tborder" id="threadslist"><tbody><tr><td class="thead">Thread</td></tr></tbody>
<tbody id="threadbits_forum_3">{shown}</tbody></table></body></html>"""


def vbulletin3_topic(
    entries: Sequence[Entry], sheet: Sheet = ONE, topic: int = 5, title: str = "The road north"
) -> str:
    shown = "".join(
        f"""<div id="edit{entry.id}"><table class="tborder" id="post{entry.id}"><tr><td class="thead"><a name="post{entry.id}"><img class="inlineimg" src="o.gif" alt="Old"></a>
{entry.when}</td><td class="thead" align="right">&nbsp;#<a href="showpost.php?p={entry.id}&amp;postcount=1" id="postcount{entry.id}"><strong>1</strong></a></td></tr>
<tr valign="top"><td class="alt2"><div id="postmenu_{entry.id}"><a class="bigusername" href="member.php?u=2">{entry.author}</a></div>
<div class="smallfont">Join Date: Jan 2020</div></td><td class="alt1" id="td_post_{entry.id}"><div class="smallfont"><strong>{title}</strong></div>
<div id="post_message_{entry.id}"><div style="margin:20px; margin-top:5px; "><div class="smallfont">Quote:</div><table><tr><td class="alt2"><div>
Originally Posted by <strong>ben</strong></div><div style="font-style:italic">words of another</div></td></tr></table></div>{entry.text}
<img class="inlineimg" src="s.gif" alt=":)"><img src="boat.jpg" alt="a boat at night"></div><div>__________________<br>a signature</div>
{f'<div class="smallfont"><hr><em>Last edited by {entry.author}; {entry.edited.replace(", ", " at ")}.</em></div>' if entry.edited else ""}
</td></tr></table></div>"""
        for entry in entries
    )
    return f"""<!DOCTYPE html><html dir="ltr" lang="en"><head><meta name="generator" content="vBulletin 3.8.7"></head><body>
<table><tr><td class="navbar"><a href="showthread.php?t={topic}"><img alt="Reload"></a> <strong>{title}</strong></td></tr></table>
{vbulletin3_pages(f"showthread.php?t={topic}", sheet)}<div id="posts">{shown}</div></body></html>"""


def vbulletin_pages(address: str, sheet: Sheet) -> str:
    links = "".join(
        f'<span><a href="{address}{"" if number == 1 else f"/page{number}"}">{number}</a></span>'
        for number in sheet.others
    )
    return f'<div class="pagination_top"><form class="pagination">{links}<span class="selected"><a href="javascript://">{sheet.shown}</a></span></form></div>'


def vbulletin_list(rows: Sequence[Row], sheet: Sheet = ONE) -> str:
    shown = "".join(
        f"""<li class="threadbit hot" id="thread_{row.id}"><div class="nonsticky"><div class="threadinfo"><h3 class="threadtitle">
<a class="title" href="showthread.php?{row.id}-road&amp;s=0123456789abcdef0123456789abcdef" id="thread_title_{row.id}">{row.title}</a></h3>
<dl class="pagination"><dd>{"".join(f'<span><a href="showthread.php?{row.id}-road/page{n}">{n}</a></span>' for n in range(2, row.pages + 1))}</dd></dl></div>
<ul class="threadstats td alt"><li>Replies: <a>{row.replies}</a></li><li>Views: 99</li></ul><dl class="threadlastpost td"><dt>Last Post By</dt>
<dd><a class="username">{row.by}</a></dd><dd>{row.when}</dd></dl></div></li>"""
        for row in rows
    )
    return f"""<!DOCTYPE html><html lang="en"><head><meta name="generator" content="vBulletin 4.2.5"></head><body>
{vbulletin_pages("forumdisplay.php?3-travel", sheet)}<ol id="threads" class="threads">{shown}</ol></body></html>"""


def vbulletin_topic(entries: Sequence[Entry], sheet: Sheet = ONE, topic: int = 5, title: str = "The road north") -> str:
    shown = "".join(
        f"""<li class="{"postbitdeleted" if entry.deleted else "postbitlegacy postbitim postcontainer"}" id="post_{entry.id}"><div class="posthead">
<span class="postdate old"><span class="date">{entry.when}</span></span></div><div class="postdetails"><div class="userinfo">
<div class="username_container"><a class="username offline"><strong>{entry.author}</strong></a></div></div><div class="postbody"><div class="content">
<div id="post_message_{entry.id}"><blockquote class="postcontent restore"><div class="bbcode_container"><div class="bbcode_quote">words of another</div></div>{entry.text}
<img class="inlineimg" alt=":)"><img alt="a boat at night"></blockquote></div></div>
{f'<blockquote class="postcontent lastedited">Last edited by {entry.author}; {entry.edited}.</blockquote>' if entry.edited else ""}</div></div></li>"""
        for entry in entries
    )
    return f"""<!DOCTYPE html><html lang="en"><head><meta name="generator" content="vBulletin 4.2.5"></head><body>
<h1>Thread: <span class="threadtitle"><a>{title}</a></span></h1>{vbulletin_pages(f"showthread.php?{topic}-road", sheet)}
<ol id="posts" class="posts">{shown}</ol></body></html>"""
