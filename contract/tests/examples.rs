//! Every form of the catalog is understood, and does what the examples beside it say.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use service_tool_contract::form::{Form, example};

fn forms() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../forms");
    let mut forms: Vec<PathBuf> = fs_err::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter(|path| !path.to_string_lossy().ends_with(".examples.json"))
        .collect();
    forms.sort();
    forms
}

#[test]
fn every_form_of_the_catalog_does_what_its_examples_say() {
    let forms = forms();
    assert!(forms.len() >= 2, "the catalog has at least the support request and the new user");
    let mut wrong = Vec::new();
    for path in forms {
        let name = path.display();
        let form = match Form::load(&fs_err::read_to_string(&path).unwrap()) {
            Ok(form) => form,
            Err(errors) => {
                wrong.extend(errors.into_iter().map(|error| format!("{name}: {error}")));
                continue;
            }
        };
        assert_eq!(
            path.file_stem().unwrap().to_str(),
            Some(form.definition().id.as_str()),
            "a file is named by its form"
        );
        let examples = path.with_extension("examples.json");
        let examples = fs_err::read_to_string(&examples).unwrap_or_else(|error| panic!("a form has examples: {error}"));
        wrong.extend(example::check(&form, &examples).into_iter().map(|error| format!("{name}: {error}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn ids_and_orders_of_forms_are_unique() {
    let forms: Vec<Form> =
        forms().iter().map(|path| Form::load(&fs_err::read_to_string(path).unwrap()).unwrap()).collect();
    for (index, form) in forms.iter().enumerate() {
        for other in forms.iter().skip(index + 1) {
            assert_ne!(form.definition().id, other.definition().id);
            assert_ne!(form.definition().order, other.definition().order);
        }
    }
}

/// The blocks of docs/FORMS.md that are marked as `mark`.
fn blocks<'a>(text: &'a str, mark: &str) -> Vec<&'a str> {
    let opening = format!("```json {mark}\n");
    text.split(opening.as_str()).skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

#[test]
fn what_the_guide_for_authors_shows_is_true() {
    let guide = fs_err::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/FORMS.md")).unwrap();
    let (forms, examples) = (blocks(&guide, "form"), blocks(&guide, "examples"));
    assert_eq!((forms.len(), examples.len()), (1, 1));
    for (form, examples) in forms.into_iter().zip(examples) {
        let form = Form::load(form).unwrap();
        assert_eq!(example::check(&form, examples), [""; 0]);
    }
    for name in service_tool_contract::form::fact_names() {
        assert!(guide.contains(&format!("`{name}`")), "the guide names the fact `{name}`");
    }
}
