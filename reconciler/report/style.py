"""How a page looks: on a phone, on a wide screen, in the light and in the dark."""

from __future__ import annotations

# Every pair of a text's colour and its ground has a contrast of at least 4.5 to 1 (WCAG 2.2, AA).
STYLE = """
:root {
  --ground: #ffffff; --text: #1f2328; --quiet: #59636e; --rule: #d1d9e0; --link: #0550ae;
  --create: #116329; --on-create: #dafbe1; --update: #7a4b00; --on-update: #fff8c5;
  --replace: #6639ba; --on-replace: #fbefff; --delete: #a40e26; --on-delete: #ffebe9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0d1117; --text: #e6edf3; --quiet: #9198a1; --rule: #3d444d; --link: #79c0ff;
    --create: #7ee787; --on-create: #12261e; --update: #e3b341; --on-update: #272115;
    --replace: #d2a8ff; --on-replace: #211830; --delete: #ffa198; --on-delete: #301b1e;
  }
}
.create { --mark: var(--create); --on: var(--on-create); }
.adopt { --mark: var(--link); --on: var(--ground); }
.update { --mark: var(--update); --on: var(--on-update); }
.replace { --mark: var(--replace); --on: var(--on-replace); }
.delete, .conflict { --mark: var(--delete); --on: var(--on-delete); }
body {
  max-width: 64rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere;
  background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif;
}
h1 { font-size: 1.4rem; line-height: 1.3; margin: 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
a { color: var(--link); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0; padding: 0; }
nav li { list-style: none; }
code, pre, dd, .node .name { font-family: ui-monospace, monospace; font-size: .875rem; }
small { color: var(--quiet); }
summary { cursor: pointer; }
.change {
  margin: .5rem 0; padding: .4rem .75rem;
  border: 1px solid var(--rule); border-left: .3rem solid var(--mark); border-radius: .375rem;
}
.change b { color: var(--mark); }
.why, .users { display: block; }
.users, strong { color: var(--delete); font-weight: 600; }
dl { margin: .5rem 0; }
dt { margin-top: .5rem; color: var(--quiet); }
dd { margin: 0 0 0 1rem; }
pre { margin: .25rem 0; white-space: pre-wrap; }
ins, del { text-decoration: none; padding: 0 .2em; border-radius: .2em; }
ins { background: var(--on-create); color: var(--create); }
del { background: var(--on-delete); color: var(--delete); }
.drawing {
  overflow-x: auto; margin-bottom: .5rem; border: 1px solid var(--rule); border-radius: .375rem;
}
.drawing svg { display: block; }
.node rect { fill: var(--on); stroke: var(--mark); stroke-width: 1.5; }
.node text { fill: var(--mark); font-size: .8rem; }
.node .name { fill: var(--text); font-size: .8rem; }
.edge { fill: none; stroke: var(--quiet); stroke-width: 1.25; }
.head { fill: var(--quiet); }
"""
