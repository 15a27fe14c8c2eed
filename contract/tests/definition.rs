//! A form file that is not understood completely is refused, with its place; whatever is loaded, time and memory are
//! bounded.
#![expect(clippy::panic, reason = "tests")]

use serde_json::{Value, json};
use service_tool_contract::form::{DefinitionError, Form, definition_hash};

fn text(words: &str) -> Value {
    json!({ "de": words, "en": words })
}

/// A small form of every kind of field, without a fault.
fn sound() -> Value {
    let field = |id: &str, kind: &str| json!({ "id": id, "kind": kind, "label": text(id) });
    let mut pick = field("pick", "choice");
    pick["options"] = json!([{ "value": "a", "label": text("A") }, { "value": "b", "label": text("B") }]);
    pick["initial"] = json!("a");
    let mut ticks = field("ticks", "choices");
    ticks["options_from"] = json!("tenant.groups");
    let mut one = field("one", "choice");
    one["options_from"] = json!("ticks");
    one["visible"] = json!("size(ticks) > 1");
    json!({
        "format": 1, "id": "small", "version": 1, "kind": "change", "icon": "user", "order": 1,
        "title": text("Klein"), "line": text("Eine Zeile"), "approval": "none", "effect": "none",
        "subject": text("{name}"), "due": "day",
        "sections": [
            { "id": "first", "title": text("Eins"), "fields": [
                { "id": "name", "kind": "text", "label": text("Name"), "required": "true", "shape": "person_name" },
                field("more", "long_text"), field("tick", "yes"), field("day", "date") ] },
            { "id": "second", "title": text("Zwei"), "visible": "tick", "fields":
                [pick, ticks, one, field("queues", "printers"), field("pictures", "files")] }
        ],
        "rules": [{ "at": "day", "assert": "day >= today", "message": text("Nach dem {day}") }],
        "plan": {
            "opening": [{ "text": text("**{name}** am {day}"), "otherwise": text("Jemand"), "date": "day", "when": "tick" }],
            "costs": [{ "price": "thing", "when": "pick == 'a'" }],
            "lead_times": [{ "lead_time": "thing" }]
        }
    })
}

fn errors(definition: &Value) -> Vec<DefinitionError> {
    match Form::load(&definition.to_string()) {
        Ok(_) => panic!("it is understood: {definition}"),
        Err(errors) => errors,
    }
}

#[test]
fn the_sound_form_is_understood() {
    Form::load(&sound().to_string()).unwrap();
}

/// Path of the change (JSON pointer), new value, place of the error, column, message.
type Row<'a> = (&'a str, Value, &'a str, Option<u32>, &'a str);

#[test]
fn every_fault_is_told_with_its_place() {
    let word = "lower case letters, digits and underscores, beginning with a letter";
    let hyphen_word = "lower case letters, digits and hyphens, beginning with a letter, at most 64";
    let no_account =
        "it names a `choice` from `directory.people` alone that is always visible and `\"required\": \"true\"`";
    let rows: Vec<Row<'_>> = vec![
        ("/id", json!("Groß"), "id", None, hyphen_word),
        ("/version", json!(0), "version", None, "versions begin with 1"),
        ("/icon", json!("../x"), "icon", None, hyphen_word),
        ("/title/en", json!(""), "title.en", None, "the text is empty"),
        ("/title/de", json!("Für {name}"), "title.de", Some(5), "no names can be inserted here"),
        ("/line/de", json!("a\u{202e}b"), "line.de", Some(2), "a control or direction-changing character"),
        ("/subject/de", json!("{nmae}"), "subject.de", Some(1), "unknown name `nmae`; did you mean `name`?"),
        (
            "/offered",
            json!("tick"),
            "offered",
            Some(1),
            "`tick` does not stand above; only fields above and facts are seen here",
        ),
        ("/due", json!("name"), "due", None, "`name` is not a date"),
        ("/due", json!("dya"), "due", None, "no field `dya`; did you mean `day`?"),
        ("/account", json!("pick"), "account", None, "only with an effect on an existing account"),
        ("/effect", json!("delete"), "account", None, "an effect on an existing account needs the field that names it"),
        ("/sections", json!([]), "sections", None, "a form has at least one section"),
        ("/sections/1/id", json!("first"), "sections[1].id", None, "`first` stands twice"),
        ("/sections/1/id", json!("2"), "sections[1].id", None, word),
        ("/sections/1/fields", json!([]), "sections[1].fields", None, "a section has at least one field"),
        ("/sections/1/visible", json!("tick &&"), "sections[1].visible", Some(8), "expected a value"),
        (
            "/sections/1/visible",
            json!("pick == 'a'"),
            "sections[1].visible",
            Some(1),
            "`pick` does not stand above; only fields above and facts are seen here",
        ),
        (
            "/sections/0/fields/0/visible",
            json!("tick"),
            "sections[0].fields[0].visible",
            Some(1),
            "`tick` does not stand above; only fields above and facts are seen here",
        ),
        (
            "/sections/0/fields/0/visible",
            json!("name == 'x'"),
            "sections[0].fields[0].visible",
            Some(1),
            "`name` does not stand above; only fields above and facts are seen here",
        ),
        (
            "/sections/0/fields/0/required",
            json!("yes"),
            "sections[0].fields[0].required",
            Some(1),
            "unknown name `yes`",
        ),
        ("/sections/0/fields/0/required", json!(""), "sections[0].fields[0].required", Some(1), "expected a value"),
        ("/sections/0/fields/1/id", json!("name"), "sections[0].fields[1].id", None, "`name` stands twice"),
        (
            "/sections/0/fields/1/id",
            json!("today"),
            "sections[0].fields[1].id",
            None,
            "`today` is a word of the conditions",
        ),
        (
            "/sections/0/fields/1/id",
            json!("null"),
            "sections[0].fields[1].id",
            None,
            "`null` is a word of the conditions",
        ),
        (
            "/sections/0/fields/1/id",
            json!("Mehr"),
            "sections[0].fields[1].id",
            None,
            "lower case letters, digits and underscores, beginning with a letter, at most 64",
        ),
        ("/sections/0/fields/1/label/de", json!(" "), "sections[0].fields[1].label.de", None, "the text is empty"),
        (
            "/sections/0/fields/1/hint",
            text("{day}"),
            "sections[0].fields[1].hint.de",
            Some(1),
            "`day` does not stand above; only fields above and facts are seen here",
        ),
        (
            "/sections/0/fields/1/options",
            json!([{ "value": "a", "label": text("A") }]),
            "sections[0].fields[1].options",
            None,
            "only `choice` and `choices` have options",
        ),
        (
            "/sections/0/fields/1/options_from",
            json!("tenant.sites"),
            "sections[0].fields[1].options_from",
            None,
            "only `choice` and `choices` have options",
        ),
        ("/sections/0/fields/1/look", json!("radio"), "sections[0].fields[1].look", None, "only a `choice` has a look"),
        (
            "/sections/0/fields/1/shape",
            json!("email"),
            "sections[0].fields[1].shape",
            None,
            "only a `text` has a shape",
        ),
        ("/sections/0/fields/1/max_length", json!(10_001), "sections[0].fields[1].max_length", None, "1 to 10000"),
        ("/sections/0/fields/1/max_length", json!(0), "sections[0].fields[1].max_length", None, "1 to 10000"),
        (
            "/sections/0/fields/2/max_length",
            json!(5),
            "sections[0].fields[2].max_length",
            None,
            "only `text` and `long_text` have a length",
        ),
        (
            "/sections/0/fields/0/follow_up",
            json!(true),
            "sections[0].fields[0].follow_up",
            None,
            "the first field of a section follows no other",
        ),
        (
            "/sections/0/fields/2/initial",
            json!("ja"),
            "sections[0].fields[2].initial",
            None,
            "it does not fit the kind of the field",
        ),
        (
            "/sections/0/fields/3/initial",
            json!("1.12.2026"),
            "sections[0].fields[3].initial",
            None,
            "a day is written `2026-12-01` or `{today}`",
        ),
        (
            "/sections/0/fields/1/initial",
            json!("{nobody}"),
            "sections[0].fields[1].initial.de",
            Some(1),
            "unknown name `nobody`",
        ),
        (
            "/sections/1/fields/0/initial",
            json!("c"),
            "sections[1].fields[0].initial",
            None,
            "'c' is not among the options",
        ),
        (
            "/sections/1/fields/0/options",
            json!([]),
            "sections[1].fields[0].options",
            None,
            "a choice needs `options` or `options_from`",
        ),
        (
            "/sections/1/fields/0/options/1/value",
            json!("a"),
            "sections[1].fields[0].options[1].value",
            None,
            "'a' stands twice",
        ),
        (
            "/sections/1/fields/0/options/1/value",
            json!(" b"),
            "sections[1].fields[0].options[1].value",
            None,
            "a plain text of 1 to 100 characters",
        ),
        (
            "/sections/1/fields/0/options/1/offered",
            json!("size(ticks) > 0"),
            "sections[1].fields[0].options[1].offered",
            Some(6),
            "`ticks` does not stand above; only fields above and facts are seen here",
        ),
        (
            "/sections/1/fields/1/options_from",
            json!("tenant.gruops"),
            "sections[1].fields[1].options_from",
            None,
            "unknown name `tenant.gruops`; did you mean `tenant.groups`?",
        ),
        (
            "/sections/1/fields/1/options_from",
            json!("tenant.datev"),
            "sections[1].fields[1].options_from",
            None,
            "`tenant.datev` is no list to choose from",
        ),
        (
            "/sections/1/fields/1/options_from",
            json!("name"),
            "sections[1].fields[1].options_from",
            None,
            "`name` is no list to choose from",
        ),
        (
            "/sections/1/fields/1/options_from",
            json!("queues"),
            "sections[1].fields[1].options_from",
            None,
            "`queues` does not stand above; only fields above and facts are seen here",
        ),
        ("/rules/0/at", json!("dey"), "rules[0].at", None, "no field `dey`; did you mean `day`?"),
        (
            "/rules/0/assert",
            json!("day >= '2026-12-01'"),
            "rules[0].assert",
            Some(5),
            "`>=` does not fit between a day and a text",
        ),
        ("/rules/0/assert", json!("day"), "rules[0].assert", Some(1), "a condition must be a yes or no, this is a day"),
        ("/rules/0/message", text("Für {name}"), "rules[0].message", None, "it can name only the fields of `assert`"),
        ("/plan/opening/0/text/en", json!("**{name}"), "plan.opening[0].text.en", Some(1), "`**` is not closed"),
        (
            "/plan/opening/0/otherwise/de",
            json!("{x"),
            "plan.opening[0].otherwise.de",
            Some(1),
            "the brace is not closed",
        ),
        ("/plan/opening/0/date", json!("name"), "plan.opening[0].date", None, "`name` is not a date"),
        (
            "/plan/opening/0/when",
            json!("pick == 'c'"),
            "plan.opening[0].when",
            Some(9),
            "it never has the value 'c'; did you mean 'a'?",
        ),
        (
            "/plan/costs/0/price",
            json!("Preis!"),
            "plan.costs[0].price",
            None,
            "lower case letters, digits and underscores",
        ),
        (
            "/plan/costs/0/when",
            json!("1 < 2 < 3"),
            "plan.costs[0].when",
            Some(7),
            "comparisons cannot be chained; join two with `&&`",
        ),
    ];
    for (pointer, value, place, column, message) in rows {
        let mut definition = sound();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = definition.pointer_mut(parent).unwrap();
        match parent {
            Value::Array(items) => items[key.parse::<usize>().unwrap()] = value.clone(),
            parent => parent[key] = value.clone(),
        }
        let found = errors(&definition);
        let expected = DefinitionError { place: place.to_owned(), column, message: message.to_owned() };
        assert!(found.contains(&expected), "{pointer} = {value}\n  expected {expected}\n  found {found:?}");
    }
    let mut deletes = sound();
    deletes["effect"] = json!("delete");
    deletes["account"] = json!("pick");
    assert_eq!(errors(&deletes)[0].to_string(), format!("account: {no_account}"));
}

#[test]
fn an_account_that_is_always_asked_for_is_understood_and_one_that_may_be_hidden_is_not() {
    let mut definition = sound();
    definition["effect"] = json!("delete");
    definition["account"] = json!("who");
    let who = json!({ "id": "who", "kind": "choice", "label": text("Wer"), "required": "true", "options_from": "directory.people" });
    let mut first = definition.clone();
    first["sections"][0]["fields"][1] = who.clone();
    Form::load(&first.to_string()).unwrap();
    let mut in_hidden_section = definition.clone();
    in_hidden_section["sections"][1]["fields"][0] = who;
    in_hidden_section["plan"]["costs"] = json!([]);
    assert!(errors(&in_hidden_section).iter().any(|error| error.place == "account"));
    for (key, value) in [("required", json!("tenant.datev")), ("visible", json!("true"))] {
        let mut maybe = first.clone();
        maybe["sections"][0]["fields"][1][key] = value;
        assert!(errors(&maybe).iter().any(|error| error.place == "account"), "{key}");
    }
}

#[test]
fn unknown_keys_kinds_and_values_are_refused_with_line_and_column() {
    let whole = serde_json::to_string_pretty(&sound()).unwrap();
    for (from, to, message) in [
        (r#""required": "true""#, r#""requird": "true""#, "unknown field `requird`"),
        (r#""kind": "yes""#, r#""kind": "slider""#, "unknown variant `slider`"),
        (r#""effect": "none""#, r#""effect": "explode""#, "unknown variant `explode`"),
        (r#""approval": "none""#, r#""approval": 7"#, "expected value"),
        (r#""version": 1"#, r#""version": -1"#, "invalid value"),
        (r#""version": 1"#, r#""version": 1, "version": 2"#, "duplicate field `version`"),
        (r#""assert":"#, r#""asserts":"#, "unknown field `asserts`"),
        (r#""price":"#, r#""prize":"#, "unknown field `prize`"),
    ] {
        assert!(whole.contains(from), "{from}");
        let errors = Form::load(&whole.replacen(from, to, 1)).unwrap_err();
        assert!(errors[0].message.starts_with(message), "{to}: {}", errors[0]);
        assert!(errors[0].place.starts_with("line ") && errors[0].column.is_some(), "{to}: {}", errors[0]);
        assert!(!errors[0].message.contains(" at line "), "{}", errors[0]);
    }
    for broken in ["", "{", "[]", "null", "{\"format\": 1}", "{\"format\": \"1\"}", "\u{feff}{}"] {
        assert_eq!(Form::load(broken).unwrap_err().len(), 1, "{broken:?}");
    }
}

#[test]
fn a_file_of_a_newer_format_says_so_whatever_else_it_holds() {
    let newer = r#"{ "format": 2, "new_key": [1, 2, 3], "sections": { "other": "shape" } }"#;
    assert_eq!(
        Form::load(newer).unwrap_err()[0].to_string(),
        "format: this version reads format 1, the file is of format 2"
    );
    let mut read = Form::load(&sound().to_string()).unwrap().definition().clone();
    read.format = 2;
    assert_eq!(Form::from_definition(read).unwrap_err()[0].to_string(), "format: this version reads format 1, not 2");
}

#[test]
fn bombs_are_refused() {
    let field = |index: usize| json!({ "id": format!("f{index}"), "kind": "yes", "label": text("x") });
    let with_fields = |count: usize| {
        let mut definition = sound();
        definition["subject"] = text("x");
        definition["sections"] =
            json!([{ "id": "s", "title": text("S"), "fields": (0..count).map(field).collect::<Vec<_>>() }]);
        definition["rules"] = json!([]);
        definition["plan"] = json!({});
        definition.as_object_mut().unwrap().remove("due");
        definition
    };
    Form::load(&with_fields(3_000).to_string()).unwrap();
    assert_eq!(errors(&with_fields(3_001))[0].to_string(), "sections: 3001 fields; at most 3000");
    assert_eq!(errors(&with_fields(50_000))[0].to_string(), "line 1: the form is larger than 1048576 bytes");
    let read = serde_json::from_value(with_fields(50_000)).unwrap();
    assert_eq!(
        Form::from_definition(read).unwrap_err()[0].to_string(),
        "line 1: the form is larger than 1048576 bytes"
    );
    assert!(Form::load(&" ".repeat(10 * 1024 * 1024)).is_err());
    for deep in ["[".repeat(500_000), r#"{"format":"#.repeat(10_000), r#"{"format":1,"plan":"#.repeat(10_000)] {
        assert!(Form::load(&deep).is_err());
    }
    let nested = format!(r#"{{"format":1,"sections":[{{"fields":[{{"initial":{}"#, "[".repeat(10_000));
    assert!(Form::load(&nested).is_err());
    let mut long = sound();
    long["rules"][0]["assert"] = json!(format!("day >= today{}", " ".repeat(2_000)));
    assert_eq!(errors(&long)[0].to_string(), "rules[0].assert, column 1: longer than 2000 characters");
    let mut deep = sound();
    deep["rules"][0]["assert"] = json!(format!("{}day >= today{}", "(".repeat(33), ")".repeat(33)));
    assert_eq!(errors(&deep)[0].to_string(), "rules[0].assert, column 33: nested deeper than 32");
    let mut endless = with_fields(3_000);
    for field in endless["sections"][0]["fields"].as_array_mut().unwrap() {
        field["visible"] = json!("unknown_name_without_end");
    }
    assert_eq!(errors(&endless).len(), 100, "not more than a hundred errors are told");
}

#[test]
fn the_hash_names_the_text_of_a_form_and_not_its_blanks() {
    let form = Form::load(&sound().to_string()).unwrap();
    let pretty = Form::load(&serde_json::to_string_pretty(&sound()).unwrap()).unwrap();
    assert_eq!(form.hash(), pretty.hash());
    assert!(form.hash().is_well_formed());
    let handed_out = serde_json::to_value(form.definition()).unwrap();
    assert_eq!(&definition_hash(&handed_out), form.hash());
    assert_eq!(&definition_hash(&sound()), form.hash(), "left-out defaults do not matter");
    let again = Form::from_definition(serde_json::from_value(handed_out).unwrap()).unwrap();
    assert_eq!(again.hash(), form.hash());
    let mut other = sound();
    other["title"]["en"] = json!("Small");
    assert_ne!(Form::load(&other.to_string()).unwrap().hash(), form.hash());
}
