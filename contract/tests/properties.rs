//! What holds for any answers, any condition, any file: evaluating is pure and total, hidden answers have no effect and
//! never leave, and a condition means what it means in CEL.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{collections::BTreeSet, path::Path, sync::LazyLock};

use proptest::prelude::*;
use serde_json::json;
use service_tool_contract::{
    form::{
        Form,
        facts::Facts,
        state::{Answers, FormState, Value},
    },
    id::FieldId,
    text::Language,
};

const FORMS: [&str; 2] = ["user-create", "support"];

fn file(name: &str) -> String {
    fs_err::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../forms").join(name)).unwrap()
}

static CATALOG: LazyLock<Vec<Form>> =
    LazyLock::new(|| FORMS.iter().map(|name| Form::load(&file(&format!("{name}.json"))).unwrap()).collect());

/// The firms of the examples: with and without DATEV, with and without lists.
static FACTS: LazyLock<Vec<Facts>> = LazyLock::new(|| {
    let examples = FORMS.iter().map(|name| file(&format!("{name}.examples.json")));
    let facts = examples.flat_map(|text| {
        let examples: serde_json::Value = serde_json::from_str(&text).unwrap();
        examples["facts"].as_object().unwrap().values().cloned().collect::<Vec<_>>()
    });
    facts.map(|facts| serde_json::from_value(facts).unwrap()).collect()
});

/// Answers as people, old drafts and attackers give them.
fn value() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "",
        " ",
        "Lena",
        "Hofmann ",
        "2026-12-01",
        "2027-03-31",
        "2020-01-01",
        "2027-02-29",
        "temporary",
        "permanent",
        "smartcard",
        "midentity",
        "smartlogin",
        "provider",
        "firm",
        "per_jana",
        "per_miriam",
        "per_ole",
        "lohn",
        "Fulda",
        "lohn-sb",
        "29098",
        "like_user",
        "none",
        "FD-1OG-Lohn",
        "FD-EG-Kyocera",
        "le.hofmann",
        "a@b.example",
        "36",
        "other",
        "several",
        "not_listed",
        "limited",
        "private",
        "Le\u{200b}na",
        "a\u{202e}b",
        "Mu\u{308}ller",
        "**x** {y}",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ]);
    let word = words.prop_map(str::to_owned);
    prop_oneof![
        any::<bool>().prop_map(Value::Yes),
        word.clone().prop_map(Value::Text),
        ".{0,30}".prop_map(Value::Text),
        (200_usize..300).prop_map(|length| Value::Text("ä".repeat(length))),
        prop::collection::vec(word, 0..4).prop_map(Value::List),
    ]
}

/// A form, facts and any answers, beginning with some of the right kind so that deep places are reached.
fn case() -> impl Strategy<Value = (&'static Form, &'static Facts, Answers)> {
    (prop::sample::select(&CATALOG[..]).prop_map(|_| ()), 0..CATALOG.len(), 0..FACTS.len()).prop_flat_map(
        |((), form, facts)| {
            let (form, facts) = (&CATALOG[form], &FACTS[facts]);
            let ids: Vec<FieldId> = form
                .definition()
                .sections
                .iter()
                .flat_map(|section| &section.fields)
                .map(|field| field.id.clone())
                .collect();
            let given = prop::collection::vec((prop::sample::select(ids), value()), 0..40);
            (any::<bool>(), given).prop_map(move |(fresh, given)| {
                let mut answers = if fresh { form.initial(facts) } else { Answers::new() };
                answers.extend(given);
                (form, facts, answers)
            })
        },
    )
}

fn visible(state: &FormState) -> BTreeSet<FieldId> {
    state.sections.iter().flat_map(|section| &section.fields).map(|field| field.id.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn evaluating_is_pure_and_total((form, facts, answers) in case()) {
        for language in [Language::De, Language::En] {
            let state = form.evaluate(&answers, facts, language, 7);
            prop_assert_eq!(&state, &form.evaluate(&answers, facts, language, 7));
            prop_assert_eq!(state.sequence, 7);
            let seen = visible(&state);
            for finding in &state.findings {
                prop_assert!(seen.contains(&finding.field), "a finding at a hidden field: {:?}", finding);
            }
            prop_assert_eq!(state.complete, state.findings.iter().all(|finding| finding.warning));
            prop_assert_eq!(state.plan.open.is_empty(), state.complete);
        }
    }

    #[test]
    fn a_hidden_answer_has_no_effect_and_never_leaves((form, facts, answers) in case()) {
        let state = form.evaluate(&answers, facts, Language::De, 0);
        let seen = visible(&state);
        let shown: Answers = answers.iter().filter(|(id, _)| seen.contains(*id)).map(|(id, value)| (id.clone(), value.clone())).collect();
        prop_assert_eq!(&state, &form.evaluate(&shown, facts, Language::De, 0));
        match form.decide(&answers, facts, Language::De) {
            Ok((sent, document)) => {
                prop_assert!(state.complete);
                prop_assert!(sent.keys().all(|id| seen.contains(id)));
                let lines = document.sections.iter().flat_map(|section| &section.lines);
                prop_assert_eq!(lines.map(|line| &line.field).collect::<BTreeSet<_>>(), sent.keys().collect::<BTreeSet<_>>());
                prop_assert_eq!(form.decide(&sent, facts, Language::De).unwrap(), (sent, document));
            }
            Err(findings) => {
                prop_assert!(!state.complete);
                prop_assert!(!findings.is_empty());
            }
        }
    }

    #[test]
    fn answers_of_foreign_fields_are_refused_and_have_no_effect((form, facts, answers) in case(), id in "[a-z_]{1,12}", value in value()) {
        let id = FieldId(format!("foreign_{id}"));
        let mut more = answers.clone();
        more.insert(id.clone(), value);
        prop_assert_eq!(form.evaluate(&answers, facts, Language::De, 0), form.evaluate(&more, facts, Language::De, 0));
        let refused = form.decide(&more, facts, Language::De).unwrap_err();
        prop_assert!(refused.iter().any(|finding| finding.field == id));
        prop_assert_eq!(form.retain_known(&more), answers);
    }

    #[test]
    fn no_text_breaks_the_reader(text in ".{0,200}", cut in 0_usize..20_000, index in 0..FORMS.len(), byte in any::<u8>()) {
        let _ = Form::load(&text);
        let whole = file(&format!("{}.json", FORMS[index]));
        let mut bytes = whole.into_bytes();
        let place = cut % bytes.len();
        bytes[place] = byte;
        if let Ok(form) = Form::load(&String::from_utf8_lossy(&bytes)) {
            let _ = form.evaluate(&form.initial(&FACTS[0]), &FACTS[0], Language::En, 0);
        }
    }

    #[test]
    fn no_condition_breaks_the_reader(parts in prop::collection::vec(prop::sample::select(vec![
        "kind", "tick", "day", "list", "tenant.datev", "today", "(", ")", "!", "&&", "||", "==", "<", "in", "[", "]", ",",
        "'a'", "\"b\"", "12", "size(", "true", " ", "\n", "'", "ä", ".", "\\",
    ]), 0..30)) {
        let _ = Form::load(&with_condition(&parts.join(" ")));
        let _ = Form::load(&with_condition(&parts.concat()));
    }
}

// --- the same condition in CEL ---------------------------------------------------------------------------------------

/// Fields `kind`, `other`, `word`, `tick`, `day`, `later`, `list`, and `target`, which the condition shows.
fn with_condition(condition: &str) -> String {
    let text = |words: &str| json!({ "de": words, "en": words });
    let field = |id: &str, kind: &str| json!({ "id": id, "kind": kind, "label": text(id) });
    let choice = |id: &str, kind: &str| {
        let options: Vec<_> =
            ["a", "b", "c"].iter().map(|value| json!({ "value": value, "label": text(value) })).collect();
        json!({ "id": id, "kind": kind, "label": text(id), "options": options })
    };
    let target = json!({ "id": "target", "kind": "text", "label": text("target"), "visible": condition });
    let fields = [
        choice("kind", "choice"),
        choice("other", "choice"),
        field("word", "text"),
        field("tick", "yes"),
        field("day", "date"),
        field("later", "date"),
        choice("list", "choices"),
        target,
    ];
    json!({
        "format": 1, "id": "one", "version": 1, "kind": "change", "icon": "user", "order": 1, "title": text("x"),
        "line": text("x"), "approval": "none", "effect": "none", "subject": text("x"),
        "sections": [{ "id": "s", "title": text("S"), "fields": fields }]
    })
    .to_string()
}

/// A well-typed condition. Parts are joined without parentheses, so that precedence is compared too.
fn condition() -> impl Strategy<Value = String> {
    let letter = || prop::sample::select(vec!["'a'", "'b'", "\"c\""]);
    let name = || prop::sample::select(vec!["kind", "other", "word"]);
    let day = || prop::sample::select(vec!["day", "later", "today"]);
    let equality = || prop::sample::select(vec!["==", "!="]);
    let order = || prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let leaf = prop_oneof![
        prop::sample::select(vec!["tick", "tenant.datev", "tenant.vpn", "session.print_system", "true", "false"])
            .prop_map(str::to_owned),
        (name(), equality(), letter()).prop_map(|(name, sign, letter)| format!("{name} {sign} {letter}")),
        (name(), equality(), name()).prop_map(|(left, sign, right)| format!("{left}{sign}{right}")),
        (day(), order(), day()).prop_map(|(left, sign, right)| format!("{left} {sign} {right}")),
        (name(), prop::collection::vec(letter(), 1..3))
            .prop_map(|(name, list)| format!("{name} in [{}]", list.join(", "))),
        letter().prop_map(|letter| format!("{letter} in list")),
        name().prop_map(|name| format!("{name} in list")),
        name().prop_map(|name| format!("{name} in tenant.groups")),
        (order(), 0..4).prop_map(|(sign, number)| format!("size(list) {sign} {number}")),
        (order(), 0..4).prop_map(|(sign, number)| format!("{number} {sign} size(tenant.groups)")),
        (equality(), prop::sample::select(vec!["'staff'", "'approver'"]))
            .prop_map(|(sign, role)| format!("person.role {sign} {role}")),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| parts.join(" && ")),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| parts.join(" || ")),
            inner.clone().prop_map(|part| format!("({part})")),
            inner.prop_map(|part| format!("!({part})")),
        ]
    })
}

/// An answer to every field.
fn complete_answers() -> impl Strategy<Value = Answers> {
    let letter = || prop::sample::select(vec!["a", "b", "c"]);
    let day = || prop::sample::select(vec!["2026-11-22", "2026-11-23", "2026-12-01", "2027-01-31"]);
    let list = prop::sample::subsequence(vec!["a", "b", "c"], 1..=3);
    (letter(), letter(), letter(), any::<bool>(), day(), day(), list).prop_map(
        |(kind, other, word, tick, day, later, list)| {
            let text = |text: &str| Value::Text(text.to_owned());
            let list = Value::List(list.into_iter().map(str::to_owned).collect());
            [
                ("kind", text(kind)),
                ("other", text(other)),
                ("word", text(word)),
                ("tick", Value::Yes(tick)),
                ("day", text(day)),
                ("later", text(later)),
                ("list", list),
            ]
            .into_iter()
            .map(|(id, value)| (FieldId::from(id), value))
            .collect()
        },
    )
}

fn some_facts() -> impl Strategy<Value = Facts> {
    let groups = prop::sample::subsequence(vec!["a", "b", "c"], 0..=3);
    (any::<bool>(), any::<bool>(), any::<bool>(), groups).prop_map(|(datev, print_system, approver, groups)| {
        let groups: Vec<_> = groups.iter().map(|group| json!({ "value": group, "label": group })).collect();
        serde_json::from_value(json!({
            "tenant": {
                "name": "x", "provider": "x", "features": if datev { vec!["datev"] } else { vec![] },
                "lists": { "groups": groups }
            },
            "person": { "id": "per_1", "name": "x", "role": if approver { "approver" } else { "staff" }, "site": "x" },
            "session": { "host": "x", "session": "", "printers": [], "print_system": print_system },
            "today": "2026-11-23"
        }))
        .unwrap()
    })
}

fn is_shown(form: &Form, answers: &Answers, facts: &Facts) -> bool {
    visible(&form.evaluate(answers, facts, Language::De, 0)).contains(&FieldId::from("target"))
}

fn in_cel(condition: &str, answers: &Answers, facts: &Facts) -> bool {
    let mut context = cel::Context::default();
    for (id, value) in answers {
        context.add_variable(id.as_str(), value).unwrap();
    }
    let has = |name: &str| facts.tenant.features.iter().any(|feature| feature == name);
    let groups: Vec<&str> = facts.tenant.lists["groups"].iter().map(|group| group.value.as_str()).collect();
    context.add_variable("tenant", json!({ "datev": has("datev"), "vpn": has("vpn"), "groups": groups })).unwrap();
    context.add_variable("session", json!({ "print_system": facts.session.print_system })).unwrap();
    context.add_variable("person", json!({ "role": facts.person.role })).unwrap();
    context.add_variable("today", facts.today.to_string()).unwrap();
    match cel::Program::compile(condition).unwrap().execute(&context).unwrap() {
        cel::Value::Bool(yes) => yes,
        other => panic!("{condition} is {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn with_complete_answers_a_condition_means_what_it_means_in_cel(
        condition in condition(), answers in complete_answers(), facts in some_facts(),
    ) {
        let form = Form::load(&with_condition(&condition));
        prop_assume!(condition.chars().count() <= 2_000);
        let form = form.unwrap_or_else(|errors| panic!("{condition}: {}", errors[0]));
        prop_assert_eq!(is_shown(&form, &answers, &facts), in_cel(&condition, &answers, &facts), "{}", condition);
    }

    #[test]
    fn what_holds_with_some_answers_holds_whatever_is_answered_later(
        condition in condition(), answers in complete_answers(), facts in some_facts(), kept in any::<u8>(),
    ) {
        prop_assume!(condition.chars().count() <= 2_000);
        let form = Form::load(&with_condition(&condition)).unwrap();
        let some: Answers = (answers.iter().enumerate())
            .filter(|(index, (id, _))| id.as_str() == "tick" || kept & (1 << index) != 0)
            .map(|(_, (id, value))| (id.clone(), value.clone()))
            .collect();
        if is_shown(&form, &some, &facts) {
            prop_assert!(is_shown(&form, &answers, &facts), "{}", condition);
        }
    }
}
