//! Tables: what is refused and where, what holds when something is unknown.

use super::{Environment, parse};
use crate::{
    form::{
        facts::{Facts, PersonFacts, SessionFacts, TenantFacts},
        name::{Known, List, Scope, Slot, Slots, Type},
    },
    id::Day,
    wire::Role,
};

/// `yes`, `kind` (one of a, b), `word`, `day`, `later`, `ticks`, and `below`, which is not seen.
fn slots() -> Slots {
    let fields = [
        ("yes", Type::Yes, None),
        ("kind", Type::Text, Some(vec!["a".to_owned(), "b".to_owned()])),
        ("word", Type::Text, None),
        ("day", Type::Day, None),
        ("later", Type::Day, None),
        ("ticks", Type::List, Some(vec!["x".to_owned(), "y".to_owned()])),
        ("below", Type::Yes, None),
    ];
    let slot = |(slot, (name, kind, values)): (usize, (&str, _, _))| (name.to_owned(), Slot { slot, kind, values });
    fields.into_iter().enumerate().map(slot).collect()
}

fn facts() -> Facts {
    Facts {
        tenant: TenantFacts { features: vec!["datev".to_owned()], ..TenantFacts::default() },
        person: PersonFacts {
            id: "per_1".into(),
            name: "Jana Keller".to_owned(),
            role: Role::Staff,
            site: String::new(),
        },
        session: SessionFacts::default(),
        today: Day(jiff::civil::date(2026, 11, 23)),
    }
}

fn error(text: &str) -> (u32, String) {
    let slots = slots();
    match parse(text, Scope { slots: &slots, limit: 6 }) {
        Ok(expression) => panic!("{text:?} is understood: {expression:?}"),
        Err(error) => (error.column, error.message),
    }
}

#[test]
fn what_is_not_understood_is_refused_with_its_column() {
    for (text, column, message) in [
        // names
        ("remote_acess && true", 1, "unknown name `remote_acess`"),
        ("kimd == 'a'", 1, "unknown name `kimd`; did you mean `kind`?"),
        ("yes && tenant.datew", 8, "unknown name `tenant.datew`; did you mean `tenant.datev`?"),
        ("yes && below", 8, "`below` does not stand above; only fields above and facts are seen here"),
        ("tenant", 1, "unknown name `tenant`"),
        ("tenant.", 1, "`tenant.` is not a whole name"),
        ("null == null", 1, "unknown name `null`"),
        // types
        ("kind", 1, "a condition must be a yes or no, this is a text"),
        ("ticks", 1, "a condition must be a yes or no, this is a list"),
        ("size(ticks)", 1, "a condition must be a yes or no, this is a number"),
        ("ticks > 3", 7, "`>` does not fit between a list and a number"),
        ("yes == 'ja'", 5, "`==` does not fit between a yes or no and a text"),
        ("word < 'm'", 6, "`<` does not fit between a text and a text"),
        ("day < '2026-12-01'", 5, "`<` does not fit between a day and a text"),
        ("ticks == ticks", 7, "`==` does not fit between a list and a list"),
        ("yes && word", 8, "a side of `&&` must be a yes or no, this is a text"),
        ("word || yes", 1, "a side of `||` must be a yes or no, this is a text"),
        ("!word", 2, "what follows `!` must be a yes or no, this is a text"),
        ("!kind == 'a'", 2, "what follows `!` must be a yes or no, this is a text"),
        ("yes in ticks", 1, "the left side of `in` must be a text, this is a yes or no"),
        ("kind in word", 9, "the right side of `in` must be a list, this is a text"),
        ("size(yes) > 1", 6, "what `size` counts must be a list, this is a yes or no"),
        // values that can never be
        ("kind == 'c'", 9, "it never has the value 'c'; did you mean 'a'?"),
        ("'zzz' == kind", 1, "it never has the value 'zzz'"),
        ("kind in ['a', 'nowhere']", 9, "it never has the value 'nowhere'"),
        ("'z' in ticks", 1, "it never has the value 'z'; did you mean 'x'?"),
        ("person.role == 'aprover'", 16, "it never has the value 'aprover'; did you mean 'approver'?"),
        // shape
        ("", 1, "expected a value"),
        ("   ", 4, "expected a value"),
        ("yes &&", 7, "expected a value"),
        ("&& yes", 1, "expected a value, found `&&`"),
        ("(yes", 5, "expected `)`"),
        ("yes)", 4, "unexpected `)`"),
        ("yes yes", 5, "unexpected `yes`"),
        ("day < later < day", 13, "comparisons cannot be chained; join two with `&&`"),
        ("word = 'x'", 6, "`=` has no meaning here; to compare, write `==`"),
        ("yes & yes", 5, "`&` has no meaning here; AND is written `&&`"),
        ("yes | yes", 5, "`|` has no meaning here; OR is written `||`"),
        ("size(ticks) + 1 > 2", 13, "`+` has no meaning here"),
        ("yes ? yes : yes", 5, "`?` has no meaning here"),
        ("ticks[0] == 'x'", 6, "unexpected `[`"),
        ("matches(word)", 1, "unknown function `matches`; there is only `size`"),
        ("ticks.exists(t, true)", 1, "unknown function `ticks.exists`; there is only `size`"),
        ("word == 'ab", 9, "the quote is not closed"),
        ("word == 'a\\n'", 9, "a text in quotes holds no backslash and no line break"),
        ("word in []", 10, "a list holds texts in quotes, not `]`"),
        ("word in ['a' 'b']", 14, "expected `]`, found 'b'"),
        ("word in [1]", 10, "a list holds texts in quotes, not 1"),
        ("word in ['a',", 9, "the list is not closed"),
        ("size(ticks) > 1.5", 15, "only whole numbers can be written"),
        ("size(ticks) > 1u", 15, "only whole numbers can be written"),
        ("size(ticks) > 99999999999999999999", 15, "the number is too large"),
        ("word == 'ä' && überall", 16, "`\\u{fc}` has no meaning here"),
        ("in", 1, "expected a value, found `in`"),
    ] {
        assert_eq!(error(text), (column, message.to_owned()), "{text}");
    }
}

#[test]
fn length_and_depth_are_bounded() {
    let slots = slots();
    let scope = Scope { slots: &slots, limit: 6 };
    let nested = |depth: usize| format!("{}yes{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(32), scope).is_ok());
    assert_eq!(error(&nested(33)), (33, "nested deeper than 32".to_owned()));
    assert_eq!(error(&format!("{}yes", "!".repeat(33))).1, "nested deeper than 32");
    let long = format!("yes{}", " || yes".repeat(285));
    assert_eq!(long.len(), 1998);
    assert!(parse(&long, scope).is_ok(), "a long chain is not deep");
    assert_eq!(error(&format!("{long}   ")), (1, "longer than 2000 characters".to_owned()));
    assert_eq!(error(&"(".repeat(2_000)).1, "nested deeper than 32");
}

#[test]
fn unknown_stays_unknown_unless_the_rest_decides() {
    let slots = slots();
    let facts = facts();
    let ticked = ["x".to_owned()];
    let (early, late) = (Day(jiff::civil::date(2026, 12, 1)), Day(jiff::civil::date(2027, 1, 31)));
    let known = [
        Known::Yes(true),
        Known::Text("a"),
        Known::Nothing,
        Known::Day(early),
        Known::Day(late),
        Known::List(List::Texts(&ticked)),
    ];
    for (text, expected) in [
        ("yes", Some(true)),
        ("!yes", Some(false)),
        ("word == 'x'", None),
        ("word != 'x'", None),
        ("!(word == 'x')", None),
        ("word == word", None),
        ("word == 'x' && yes", None),
        ("word == 'x' && !yes", Some(false)),
        ("!yes && word == 'x'", Some(false)),
        ("word == 'x' || yes", Some(true)),
        ("word == 'x' || !yes", None),
        ("word in ['x', 'y']", None),
        ("word in ticks", None),
        ("kind == 'a'", Some(true)),
        ("kind != 'a'", Some(false)),
        ("kind in ['a', 'b']", Some(true)),
        ("kind in [\"b\"]", Some(false)),
        ("'x' in ticks && !('y' in ticks)", Some(true)),
        ("size(ticks) == 1", Some(true)),
        ("size(ticks) > 1", Some(false)),
        ("day < later && later >= day && day != later", Some(true)),
        ("day > today", Some(true)),
        ("tenant.datev && !tenant.exchange", Some(true)),
        ("size(tenant.sites) == 0", Some(true)),
        ("person.role == 'staff'", Some(true)),
        ("person.site == 'Fulda'", None),
        ("session.print_system", Some(false)),
        ("yes || word == 'x' && kind == 'b'", Some(true)),
        ("(yes || word == 'x') && kind == 'b'", Some(false)),
    ] {
        let expression =
            parse(text, Scope { slots: &slots, limit: 6 }).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        let environment = Environment { slots: &known, facts: &facts };
        assert_eq!(expression.truth(environment), expected, "{text}");
        assert_eq!(expression.holds(environment), expected == Some(true), "{text}");
    }
}
