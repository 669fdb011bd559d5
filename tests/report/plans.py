"""Made-up plans of any size, and texts that try to break out of a report."""

from __future__ import annotations

from hypothesis import strategies as st

from reconciler.model import (
    Account,
    Action,
    Change,
    Estate,
    FieldChange,
    Key,
    Location,
    Observed,
    Plan,
    Resource,
    Scope,
)
from reconciler.spec import Spec

KINDS = ("KeyPair", "SecurityGroup", "Policy", "Role", "InstanceProfile", "Parameter", "Document")
NASTY = (
    *(
        "`",
        "```",
        "~~~",
        "\n",
        "\r\n",
        "\n\n",
        "|",
        "</details>",
        "</summary>",
        "</code>",
        "</pre>",
    ),
    *("<b>", "<script>", "<!--", "-->", "]]>", "&lt;", "&#64;", '"', "'", "@octocat", "#123", "- "),
    *(
        "![x](https://example.org/x)",
        "/close",
        "\u202e",
        "\u2028",
        "\x1b[2J",
        "\x00",
        "\ud800",
        "!",
    ),
)


def plan(*changes: Change, notes: tuple[str, ...] = (), unchanged: int = 7) -> Plan:
    estate = Estate("acme", "ci-", (Account("123456789012"),), ("eu-central-1",))
    return Plan(estate, changes, (), {}, unchanged, notes)


def change(
    action: Action,
    name: str = "worker",
    *fields: FieldChange,
    kind: str = "Role",
    region: str = "",
    reason: str = "",
    users: tuple[str, ...] = (),
    before: Spec | None = None,
    after: Spec | None = None,
) -> Change:
    """A change of Role/worker, or of another; what it was before and is after may refer to more."""
    key = Key(kind, name, Scope("123456789012", region))
    there = Observed(
        f"ci-{name}", f"arn:aws:iam::123456789012:role/ci-{name}", before or Spec(), {}
    )
    here = Resource(key, f"ci-{name}", after or Spec(), {}, Location("all.yml", 1, 1))
    return Change(
        action,
        key,
        None if action is Action.CREATE else there,
        None if action is Action.DELETE else here,
        fields,
        reason,
        users,
    )


def many(count: int, actions: tuple[Action, ...] = tuple(Action), fields: int = 10) -> Plan:
    """So many changes of every kind, each action in its turn."""
    return plan(
        *(
            change(
                actions[n % len(actions)],
                f"worker-{n:05}",
                *(FieldChange(f"field{m}", f"old value {m}", f"new {m}") for m in range(fields)),
                kind=KINDS[n % len(KINDS)],
            )
            for n in range(count)
        )
    )


texts = st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=8)), max_size=6).map("".join)
maybe = st.none() | texts
fields = st.builds(FieldChange, texts, maybe, maybe, st.booleans())
changes = st.builds(
    lambda action, name, fields, kind, region, reason, users: change(
        action, name, *fields, kind=kind, region=region, reason=reason, users=tuple(users)
    ),
    st.sampled_from(Action),
    texts,
    st.lists(fields, max_size=3),
    st.sampled_from(KINDS),
    st.just("") | texts,
    texts,
    st.lists(texts, max_size=2),
)
plans = st.builds(
    lambda changes, notes: plan(*changes, notes=tuple(notes)),
    st.lists(changes, max_size=4),
    st.lists(texts, max_size=2),
)
