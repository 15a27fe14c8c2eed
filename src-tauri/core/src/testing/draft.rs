//! Drafts: stored as they are typed, whole after every crash, followed by newer forms.

use service_tool_contract::{code::Code, wire::Topic};

use super::*;

async fn before_click(workplace: &Workplace, desktop: &Arc<Desktop>) -> Value {
    workplace.clock.advance(SignedDuration::from_secs(1));
    let before = locked(&workplace.desk.opened).len();
    desktop.activate();
    until("the menu", || locked(&workplace.desk.opened).len() > before).await;
    call(desktop, "picture_list", json!({})).await.unwrap()["offers"][0]["picture"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_on_disk_before_its_state_comes_back() {
    let mut workplace = Workplace::new();
    let (desktop, _hub) = enrolled(&workplace).await;
    let draft = filled(&desktop, "Berta").await;
    let state = answer(&desktop, &draft, "urgent", json!(true)).await;
    assert_eq!(state["sequence"], 1);
    let fields = state["sections"][0]["fields"].as_array().unwrap();
    assert!(fields.iter().any(|field| field["id"] == "why"), "the follow-up appears");
    workplace.steps.kill_after(0);
    let desktop = workplace.restart(desktop).await;
    let view = call(&desktop, "draft_get", json!({ "draft": draft })).await.unwrap();
    assert_eq!(view["answers"], json!({ "name": "Berta", "urgent": true }));
    assert_eq!(overview(&desktop).await.drafts[0].subject, "Berta");
    let resumed = call(&desktop, "draft_begin", json!({ "form": "test-form", "resume": true })).await.unwrap();
    assert_eq!(resumed["draft"], json!(draft));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_while_typing_leaves_the_old_or_the_new_answer() {
    for kill_after in 0..6 {
        let mut workplace = Workplace::new();
        let (desktop, _hub) = enrolled(&workplace).await;
        let draft = filled(&desktop, "Berta").await;
        workplace.steps.kill_after(kill_after);
        let request = json!({ "draft": draft, "field": "name", "value": "Carla", "sequence": 2 });
        let answered = call(&desktop, "draft_answer", request).await;
        if let Err(problem) = &answered {
            assert_eq!(problem.code, Code::NotStored);
        }
        let desktop = workplace.restart(desktop).await;
        let view = call(&desktop, "draft_get", json!({ "draft": draft })).await.unwrap();
        let name = view["answers"]["name"].as_str().unwrap();
        assert!(name == "Carla" || (name == "Berta" && answered.is_err()), "{kill_after}: {name}");
        desktop.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_draft_is_set_aside_by_name_and_the_others_stay() {
    let mut workplace = Workplace::new();
    let (desktop, _hub) = enrolled(&workplace).await;
    let (broken, whole) = (filled(&desktop, "Berta").await, filled(&desktop, "Carla").await);
    desktop.shutdown().await;
    let path = workplace.data().join("drafts").join(&broken);
    fs_err::write(&path, b"power cut").unwrap();
    let desktop = workplace.restart(desktop).await;
    let shown = overview(&desktop).await;
    assert_eq!(shown.set_aside, [format!("drafts/{broken}.damaged")]);
    assert_eq!(shown.drafts.len(), 1);
    assert_eq!(shown.drafts[0].draft.as_str(), whole);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damaged_state_of_every_kind_never_keeps_the_desktop_from_starting() {
    let mut workplace = Workplace::new();
    let (desktop, _hub) = enrolled(&workplace).await;
    filled(&desktop, "Berta").await;
    call(&desktop, "language_set", json!({ "language": "en" })).await.unwrap();
    desktop.shutdown().await;
    for name in ["enrolment", "known", "catalog", "settings"] {
        fs_err::write(workplace.data().join(name), b"{}").unwrap();
    }
    let desktop = workplace.restart(desktop).await;
    assert_eq!(
        overview(&desktop).await.set_aside,
        ["catalog.damaged", "enrolment.damaged", "known.damaged", "settings.damaged"].map(String::from)
    );
    assert!(!desktop.enrolled().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_is_kept_encrypted_with_the_draft_and_goes_with_it() {
    let mut workplace = Workplace::new();
    let (desktop, _hub) = enrolled(&workplace).await;
    let draft = filled(&desktop, "Berta").await;
    let picture = before_click(&workplace, &desktop).await;
    let add = json!({ "draft": draft, "field": "pictures", "picture": picture });
    let view = call(&desktop, "draft_picture_add", add.clone()).await.unwrap();
    let again = call(&desktop, "draft_picture_add", add).await.unwrap();
    assert_eq!(view["pictures"], again["pictures"], "once is enough");
    assert_eq!(view["pictures"][0]["name"], "Bildschirm-1.png");
    let wrong = json!({ "draft": draft, "field": "name", "picture": picture });
    assert_eq!(call(&desktop, "draft_picture_add", wrong).await.unwrap_err().code, Code::Malformed);
    let desktop = workplace.restart(desktop).await;
    let ask = json!({ "picture": picture });
    assert_eq!(call(&desktop, "picture_get", ask.clone()).await.unwrap(), json!(png(0, 100)));
    let remove = json!({ "draft": draft, "field": "pictures", "picture": picture });
    let view = call(&desktop, "draft_picture_remove", remove).await.unwrap();
    assert_eq!((view["pictures"].clone(), view["answers"].get("pictures")), (json!([]), None));
    assert_eq!(fs_err::read_dir(workplace.data().join("pictures")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_discarded_draft_comes_back_with_its_pictures_until_the_next_start() {
    let mut workplace = Workplace::new();
    let (desktop, _hub) = enrolled(&workplace).await;
    let draft = filled(&desktop, "Berta").await;
    let picture = before_click(&workplace, &desktop).await;
    call(&desktop, "draft_picture_add", json!({ "draft": draft, "field": "pictures", "picture": picture }))
        .await
        .unwrap();
    let ask = json!({ "draft": draft });
    call(&desktop, "draft_discard", ask.clone()).await.unwrap();
    assert!(overview(&desktop).await.drafts.is_empty());
    call(&desktop, "draft_restore", ask.clone()).await.unwrap();
    desktop.windows_closed();
    call(&desktop, "picture_get", json!({ "picture": picture })).await.unwrap();
    call(&desktop, "draft_discard", ask.clone()).await.unwrap();
    let desktop = workplace.restart(desktop).await;
    assert_eq!(call(&desktop, "draft_restore", ask).await.unwrap_err().code, Code::NotFound);
    assert_eq!(fs_err::read_dir(workplace.data().join("pictures")).unwrap().count(), 0, "swept at the start");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_form_reaches_the_running_desktop_and_no_answer_is_lost() {
    let workplace = Workplace::new();
    let (desktop, hub) = enrolled(&workplace).await;
    let draft = filled(&desktop, "Berta").await;
    let ask = json!({ "draft": draft });
    assert_eq!(call(&desktop, "draft_get", ask.clone()).await.unwrap()["form_changed"], false);
    locked(&hub.kept).form_version = 2;
    hub.event(Topic::Catalog);
    until("the catalog", || {
        locked(&desktop.state_now().unwrap().forms).form(&"test-form".into()).unwrap().0.definition().version == 2
    })
    .await;
    let view = call(&desktop, "draft_get", ask.clone()).await.unwrap();
    assert_eq!((&view["form_changed"], &view["form_version"]), (&json!(true), &json!(2)));
    assert_eq!(view["answers"]["name"], "Berta");
    answer(&desktop, &draft, "name", json!("Carla")).await;
    assert_eq!(call(&desktop, "draft_get", ask).await.unwrap()["form_changed"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_open_and_are_filled_in_without_the_hub() {
    let mut workplace = Workplace::new();
    let (desktop, hub) = enrolled(&workplace).await;
    hub.stop();
    let desktop = workplace.restart(desktop).await;
    let kinds = call(&desktop, "kind_list", json!({})).await.unwrap();
    assert_eq!(kinds[0]["title"], "Testformular");
    let draft = filled(&desktop, "Berta").await;
    let view = call(&desktop, "draft_get", json!({ "draft": draft })).await.unwrap();
    assert_eq!(view["state"]["complete"], true);
    assert_eq!(overview(&desktop).await.tenant_name, "Kanzlei Berger");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_print_system_that_is_down_is_told_apart_from_no_printers() {
    let workplace = Workplace::new();
    let (desktop, _hub) = enrolled(&workplace).await;
    let draft = filled(&desktop, "Berta").await;
    let ask = json!({ "draft": draft });
    assert_eq!(call(&desktop, "draft_get", ask.clone()).await.unwrap()["print_system_down"], false);
    *locked(&workplace.printers.0) = Err(PrintError::Down("no socket".into()));
    locked(&workplace.desk.events).clear();
    call(&desktop, "draft_begin", json!({ "form": "test-form", "resume": true })).await.unwrap();
    until("news of the printers", || locked(&workplace.desk.events).contains(&DesktopEvent::CatalogChanged)).await;
    assert_eq!(call(&desktop, "draft_get", ask).await.unwrap()["print_system_down"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_for_unknown_fields_and_drafts_are_refused() {
    let workplace = Workplace::new();
    let (desktop, _hub) = enrolled(&workplace).await;
    let draft = filled(&desktop, "Berta").await;
    let unknown = json!({ "draft": draft, "field": "shoe_size", "value": "38", "sequence": 1 });
    let problem = call(&desktop, "draft_answer", unknown).await.unwrap_err();
    assert_eq!((problem.code, problem.field), (Code::Malformed, Some("shoe_size".into())));
    let files = json!({ "draft": draft, "field": "pictures", "value": ["a"], "sequence": 1 });
    assert_eq!(call(&desktop, "draft_answer", files).await.unwrap_err().code, Code::Malformed);
    let foreign = json!({ "draft": "../known", "field": "name", "value": "38", "sequence": 1 });
    assert_eq!(call(&desktop, "draft_answer", foreign).await.unwrap_err().code, Code::NotFound);
    let empty = call(&desktop, "draft_begin", json!({ "form": "test-form" })).await.unwrap();
    let problem = send(&desktop, empty["draft"].as_str().unwrap()).await.unwrap_err();
    assert_eq!(problem.code, Code::AnswersRefused);
    assert_eq!(problem.findings[0].field.as_str(), "name");
    assert_eq!(overview(&desktop).await.drafts.len(), 2, "the drafts stay");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approver_may_order_in_one_step_only_where_the_firm_allows_it() {
    for own_approval in [false, true] {
        let workplace = Workplace::new();
        let hub = hub::FakeHub::start().await;
        locked(&hub.kept).role = Role::Approver;
        locked(&hub.kept).own_approval = own_approval;
        let desktop = workplace.start();
        desktop.enrol_with(&hub.long_code(), &hub.url()).await.unwrap();
        let draft = filled(&desktop, "Berta").await;
        let view = call(&desktop, "draft_get", json!({ "draft": draft })).await.unwrap();
        assert_eq!((&view["needs_approval"], &view["may_approve"]), (&json!(true), &json!(own_approval)));
        let request = json!({ "draft": draft, "approver": "per_2", "approve": true });
        let sent = call(&desktop, "draft_send", request).await.unwrap();
        until_item(&desktop, sent["item"]["item"].as_str().unwrap(), "delivered").await;
        let body = locked(&hub.kept).done[0].1.clone();
        assert_eq!((&body["approve"], &body["approver"]), (&json!(own_approval), &json!("per_2")));
        desktop.shutdown().await;
    }
}
