//! The catalog: changed forms reach a running hub, bad ones do not, and old versions stay.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Caller, Hub, change_form, id_of, until, write_form};

async fn version(caller: &Caller, form: &str) -> Option<u64> {
    let catalog = caller.get("/catalog").await.good();
    catalog["forms"].as_array().unwrap().iter().find(|one| one["id"] == form).and_then(|one| one["version"].as_u64())
}

fn with_field(version: u32) -> Value {
    let mut form = change_form(version);
    let field = json!({"id": "display_name", "kind": "text", "label": {"de": "Anzeigename", "en": "Display name"}, "required": "true"});
    form["sections"][0]["fields"].as_array_mut().unwrap().push(field);
    form
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_form_is_published_while_the_hub_runs_and_the_old_version_still_counts() {
    let hub = Hub::start("publish").await;
    let (staff, _, _) = hub.berger().await;
    let old_order = staff.order("rename", json!({"last_name": "Roth"})).await;
    let catalog = staff.get("/catalog").await;
    let tag = catalog.headers["etag"].clone();
    let same = Caller::send(staff.request(Method::GET, "/catalog").header("if-none-match", tag.clone())).await;
    assert_eq!(same.status, 304);

    let cursor = staff.get("/events").await.good()["cursor"].clone();
    write_form(hub.forms(), &with_field(2));
    let told = staff.get(&format!("/events?after={cursor}&wait_s=30")).await.good();
    assert_eq!(told["events"][0]["topic"], "catalog");
    assert_eq!(version(&staff, "rename").await, Some(2));
    // what was filled in by the old version is decided by the old version
    staff.act("/requests", &old_order).await.good();
    let new_order = staff.order("rename", json!({"last_name": "Roth"})).await;
    let refused = staff.act("/requests", &new_order).await;
    assert_eq!(refused.code(), "answers_refused");
    assert_eq!(refused.json()["findings"][0]["field"], "display_name");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_not_understood_or_keeps_its_version_leaves_the_last_good_one() {
    let hub = Hub::start("bad-forms").await;
    let (staff, _, _) = hub.berger().await;
    let mut unknown_kind = with_field(3);
    unknown_kind["sections"][0]["fields"][0]["kind"] = json!("hologram");
    let mut unknown_name = with_field(3);
    unknown_name["sections"][0]["fields"][0]["visible"] = json!("tenant.secret && nobody");
    let same_version = with_field(1);
    let lower_version = with_field(0);
    for bad in [unknown_kind, unknown_name, same_version, lower_version] {
        write_form(hub.forms(), &bad);
        // a good form written after it shows that the folder was looked at
        let marker = format!("marker-{}", version_of_markers(&staff).await);
        let mut good = change_form(1);
        good["id"] = json!(marker);
        write_form(hub.forms(), &good);
        until("the marker is published", || async { version(&staff, &marker).await }).await;
        assert_eq!(version(&staff, "rename").await, Some(1), "{bad}");
    }
    fs_err::write(hub.forms().join("rename.json"), "{ not json").unwrap();
    fs_err::write(hub.forms().join("rename.examples.json"), "[]").unwrap();
    write_form(hub.forms(), &with_field(4));
    until("the good one again", || async { version(&staff, "rename").await.filter(|version| *version == 4) }).await;
}

async fn version_of_markers(staff: &Caller) -> usize {
    staff.get("/catalog").await.good()["forms"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_whose_file_is_taken_away_is_offered_no_more_and_its_orders_stay() {
    let hub = Hub::start("withdrawn").await;
    let (staff, _, _) = hub.berger().await;
    let id = staff.ordered().await;
    fs_err::remove_file(hub.forms().join("rename.json")).unwrap();
    until("the form is gone", || async { version(&staff, "rename").await.is_none().then_some(()) }).await;
    assert_eq!(staff.view(&id).await["document"]["sections"][0]["lines"][0]["value"], "Sievert-Roth");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_built_in_forms_are_laid_out_at_the_first_start_and_published() {
    let mut hub = Hub::start("built-in").await;
    hub.stop().await;
    hub.configuration.forms = None;
    hub.configuration.data = hub.folder.0.join("other");
    hub.serve().await;
    let (staff, _, _) = hub.berger().await;
    assert!(version(&staff, "support").await.is_some() && version(&staff, "user-create").await.is_some());
    assert!(hub.configuration.data.join("forms/support.json").is_file());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_plain_file_is_passed_over() {
    let hub = Hub::start("pipes").await;
    let (staff, _, _) = hub.berger().await;
    let made = std::process::Command::new("mkfifo").arg(hub.forms().join("aaa-pipe.json")).status().unwrap();
    assert!(made.success());
    std::os::unix::fs::symlink("/dev/zero", hub.forms().join("aaa-zero.json")).unwrap();
    fs_err::create_dir(hub.forms().join("aaa-folder.json")).unwrap();
    fs_err::write(hub.forms().join("aaa-large.json"), vec![b' '; 1024 * 1024 + 1]).unwrap();
    fs_err::write(hub.forms().join("aaa-latin.json"), [b'{', 0xff]).unwrap();
    let mut good = change_form(1);
    good["id"] = json!("zzz-good");
    write_form(hub.forms(), &good);
    until("the good one is published", || async { version(&staff, "zzz-good").await }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_version_of_a_form_is_no_way_around_approval_or_silence() {
    let hub = Hub::start("older").await;
    let (staff, approver, other) = hub.berger().await;
    let mut form = change_form(1);
    form["id"] = json!("leave");
    form["approval"] = json!("none");
    form["sections"][0]["fields"][0] = json!({
        "id": "account", "kind": "choice", "label": {"de": "Wer?", "en": "Who?"}, "required": "true",
        "options_from": "directory.people",
    });
    form["subject"] = json!({"de": "{account}", "en": "{account}"});
    let published = |version: u32| {
        let staff = &staff;
        until("the form is published", move || async move {
            let catalog = staff.get("/catalog").await.good();
            let found =
                catalog["forms"].as_array().unwrap().iter().any(|f| f["id"] == "leave" && f["version"] == version);
            found.then_some(())
        })
    };
    write_form(hub.forms(), &form);
    published(1).await;
    let order = staff.order("leave", json!({"account": approver.id()})).await;
    let free = staff.act("/requests", &order).await.good();
    assert_eq!(free["request"]["summary"]["state"], "queued");

    form["version"] = json!(2);
    form["approval"] = json!("approver");
    form["effect"] = json!("delete");
    form["account"] = json!("account");
    write_form(hub.forms(), &form);
    published(2).await;
    let old = staff.act("/requests", &order).await.good();
    assert_eq!(old["request"]["form_version"], 1);
    assert_eq!((&old["request"]["summary"]["state"], &old["request"]["effect"]), (&json!("waiting"), &json!("delete")));
    let id = id_of(&old);
    assert_eq!(approver.get(&format!("/requests/{id}")).await.code(), "not_found");
    assert_eq!(approver.get("/inbox").await.good(), json!([]));
    assert_eq!(other.get("/inbox").await.good()[0]["id"], id);

    // nor after the form was taken out of the catalog
    fs_err::remove_file(hub.forms().join("leave.json")).unwrap();
    until("the form is withdrawn", || async {
        let catalog = staff.get("/catalog").await.good();
        (!catalog["forms"].as_array().unwrap().iter().any(|form| form["id"] == "leave")).then_some(())
    })
    .await;
    let late = staff.act("/requests", &order).await.good();
    assert_eq!(late["request"]["summary"]["state"], "waiting");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_of_one_name_can_both_be_chosen() {
    let hub = Hub::start("namesakes").await;
    let (staff, approver, _) = hub.berger().await;
    let firm = "Berger Holzmann & Partner";
    let name = "Petra Holzmann";
    let add = ["person", "add", "--tenant", firm, "--name", name, "--email", "p.h@berger.example", "--role", "staff"];
    let namesake = hub.admin(&add).await.unwrap();
    let people = staff.get("/catalog").await.good()["tenant"]["people"].clone();
    let found: Vec<_> = people
        .as_array()
        .unwrap()
        .iter()
        .filter(|person| person["label"] == name)
        .map(|one| one["value"].clone())
        .collect();
    assert!(found.len() == 2 && found.contains(&json!(approver.id())) && found.contains(&namesake["id"]), "{found:?}");
}
