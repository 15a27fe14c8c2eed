//! The outbox: nothing lost, nothing twice, in order, with every end visible.

use service_tool_contract::{
    code::{Code, Problem},
    request::RequestState,
};

use super::{hub::*, *};
use crate::receipt::{self, KeptReceipt, Standing};

fn unavailable() -> Mood {
    Mood::RefusesChanges(503, json!({ "code": "hub_unavailable", "message": "" }))
}

fn item_of(sent: &Value) -> String {
    sent["item"]["item"].as_str().unwrap().to_owned()
}

async fn with_picture(desktop: &Arc<Desktop>, length: usize) -> (String, Vec<u8>) {
    let draft = filled(desktop, "Berta").await;
    let bytes = png(77, length);
    let taken = desktop.pictures.hold_for_test(bytes.clone());
    let add = json!({ "draft": draft, "field": "pictures", "picture": taken });
    call(desktop, "draft_picture_add", add).await.unwrap();
    (draft, bytes)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sent_order_arrives_with_its_number_and_its_receipt_is_kept() {
    let workplace = Workplace::new();
    let (desktop, hub) = enrolled(&workplace).await;
    let draft = filled(&desktop, "Berta").await;
    let sent = send(&desktop, &draft).await.unwrap();
    let line = until_item(&desktop, &item_of(&sent), "delivered").await;
    assert_eq!(
        (&line["number"], &line["request"], &line["subject"]),
        (&json!("B-1"), &json!("req_1"), &json!("Berta"))
    );
    let body = locked(&hub.kept).done[0].1.clone();
    assert_eq!(body["answers"]["name"], "Berta");
    assert_eq!(body["session"]["host"], "TS-01");
    assert_eq!(fs_err::read_dir(workplace.data().join("receipts")).unwrap().count(), 1);
    assert_eq!(fs_err::read_dir(workplace.data().join("drafts")).unwrap().count(), 0);
    let list = call(&desktop, "request_list", json!({})).await.unwrap();
    assert_eq!((list["outbox"].as_array().unwrap().len(), &list["requests"][0]["number"]), (0, &json!("B-1")));
    let again = send(&desktop, &draft).await.unwrap();
    assert_eq!(item_of(&again), item_of(&sent), "sending twice is sending once");
    assert_eq!(hub.routes(), ["requests"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_step_an_order_is_a_draft_or_an_item_never_both_and_arrives_once() {
    let (mut as_draft, mut as_item) = (0, 0);
    for kill_after in 0..14 {
        let mut workplace = Workplace::new();
        let (desktop, hub) = enrolled(&workplace).await;
        let draft = filled(&desktop, "Berta").await;
        workplace.steps.kill_after(kill_after);
        let said = send(&desktop, &draft).await;
        if said.is_ok() {
            // the rest of the steps die while the order is on its way
            until("the disk's end", || workplace.steps.is_dead() || hub.routes() == ["requests"]).await;
        }
        hub.feel(unavailable());
        let desktop = workplace.restart(desktop).await;
        let shown = overview(&desktop).await;
        let list = call(&desktop, "outbox_retry", json!({})).await.unwrap();
        let open = list["outbox"].as_array().unwrap().len();
        let arrived = hub.routes().len();
        if said.is_ok() {
            assert!(shown.drafts.is_empty(), "{kill_after}: said to be stored, so no draft");
            assert!(open == 1 || arrived == 1, "{kill_after}: said to be stored, so it is somewhere");
            as_item += 1;
        }
        if shown.drafts.is_empty() {
            assert!(open == 1 || arrived == 1, "{kill_after}: nothing is lost");
        } else {
            assert_eq!((open, arrived), (0, 0), "{kill_after}: not both");
            as_draft += 1;
        }
        hub.feel(Mood::Well);
        for line in &shown.drafts {
            send(&desktop, line.draft.as_str()).await.unwrap();
        }
        until("the order", || hub.routes() == ["requests"]).await;
        until("the end of the outbox", || desktop.state_now().unwrap().outbox.counts() == (0, 0)).await;
        assert_eq!(hub.routes(), ["requests"], "{kill_after}: once");
        desktop.shutdown().await;
    }
    assert!(as_draft >= 4 && as_item >= 6, "both sides of the step were tried: {as_draft} {as_item}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_lost_leads_to_the_same_request_not_to_a_second() {
    let mut workplace = Workplace::new();
    let (desktop, hub) = enrolled(&workplace).await;
    let draft = filled(&desktop, "Berta").await;
    hub.feel(Mood::LosesAnswers);
    let item = item_of(&send(&desktop, &draft).await.unwrap());
    until("the order at the hub", || hub.routes() == ["requests"]).await;
    desktop.shutdown().await;
    // meanwhile the desktop has heard of something later
    let later = KeptReceipt { receipt: hub.receipt(), request: "req_9".into(), at: workplace.clock.now() };
    let standing = receipt::keep(&desktop.state_now().unwrap().store, &later, &hub.identity(), 0).unwrap();
    assert_eq!(standing, Standing::Fits);
    let desktop = workplace.restart(desktop).await;
    hub.feel(Mood::Well);
    let line = until_item(&desktop, &item, "delivered").await;
    assert_eq!(line["number"], "B-1");
    assert_eq!(hub.routes(), ["requests"]);
    assert!(!overview(&desktop).await.audit_mismatch, "an old receipt, given again, is no contradiction");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_goes_on_where_it_ended_in_chunks_of_a_mebibyte() {
    const CHUNK: u64 = 1024 * 1024;
    let mut workplace = Workplace::new();
    let (desktop, hub) = enrolled(&workplace).await;
    let (draft, bytes) = with_picture(&desktop, 5 * 1024 * 1024 / 2).await;
    hub.feel(Mood::CutsUploads(1));
    let item = item_of(&send(&desktop, &draft).await.unwrap());
    until("the first chunk", || locked(&hub.kept).mood == Mood::CutsUploads(0)).await;
    let line = until_item(&desktop, &item, "stored").await;
    assert_eq!((&line["sent_bytes"], &line["total_bytes"]), (&json!(CHUNK), &json!(bytes.len())));
    let desktop = workplace.restart(desktop).await;
    hub.feel(Mood::Well);
    until_item(&desktop, &item, "delivered").await;
    let kept = locked(&hub.kept);
    assert_eq!(kept.chunks, [0, CHUNK, 2 * CHUNK], "every byte went up once");
    assert_eq!(kept.uploads.values().collect::<Vec<_>>(), [&bytes]);
    assert_eq!(kept.done[0].1["attachments"][0]["name"], "Bildschirm-1.png");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_concerns_one_request_goes_out_in_order_and_other_requests_do_not_wait() {
    let workplace = Workplace::new();
    let (desktop, hub) = enrolled(&workplace).await;
    locked(&hub.kept).requests = vec![view(1, RequestState::Waiting), view(2, RequestState::Waiting)];
    for request in ["req_1", "req_2"] {
        call(&desktop, "request_get", json!({ "request": request })).await.unwrap();
    }
    hub.feel(unavailable());
    for number in 1..=3 {
        let comment = json!({ "request": "req_1", "text": format!("number {number}") });
        let shown = call(&desktop, "request_comment", comment).await.unwrap();
        assert_eq!(shown["history"], json!([]), "the last known view, unchanged");
    }
    call(&desktop, "request_withdraw", json!({ "request": "req_1" })).await.unwrap();
    call(&desktop, "request_comment", json!({ "request": "req_2", "text": "other" })).await.unwrap();
    assert_eq!(overview(&desktop).await.unsent, 5);
    hub.feel(Mood::Well);
    until("all five", || hub.routes().len() == 5).await;
    let done = locked(&hub.kept).done.clone();
    let first: Vec<_> = done.iter().filter(|(route, _)| route.starts_with("requests/req_1")).collect();
    let texts: Vec<_> = first.iter().map(|(_, body)| body["text"].as_str().unwrap_or("withdrawal")).collect();
    assert_eq!(texts, ["number 1", "number 2", "number 3", "withdrawal"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_refused_for_good_stays_visible_and_comes_back_as_a_draft() {
    let mut workplace = Workplace::new();
    let (desktop, hub) = enrolled(&workplace).await;
    let (draft, _) = with_picture(&desktop, 300).await;
    hub.feel(Mood::RefusesChanges(422, json!({ "code": "form_unknown", "message": "" })));
    let item = item_of(&send(&desktop, &draft).await.unwrap());
    let line = until_item(&desktop, &item, "given_up").await;
    assert_eq!(line["reason"], "form_unknown");
    let desktop = workplace.restart(desktop).await;
    let shown = overview(&desktop).await;
    assert_eq!((shown.unsent, shown.given_up), (0, 1));
    assert_eq!(locked(&workplace.desk.tray).last().unwrap().unsent, 1, "the bag shows it");
    let mut item = item;
    let mut desktop = desktop;
    for kill_after in [5, 6, 100] {
        // the program dies between the draft's return and the item's end, then not at all
        workplace.steps.kill_after(kill_after);
        let back = call(&desktop, "outbox_return", json!({ "item": item })).await;
        assert_eq!(back.is_ok(), kill_after == 100);
        desktop = workplace.restart(desktop).await;
        let shown = overview(&desktop).await;
        assert_eq!((shown.drafts.len(), shown.given_up), (1, 0), "{kill_after}: a draft, no item");
        let id = shown.drafts[0].draft.to_string();
        let view = call(&desktop, "draft_get", json!({ "draft": id })).await.unwrap();
        assert_eq!(view["answers"]["name"], "Berta");
        let picture = json!({ "picture": view["pictures"][0]["picture"] });
        assert_eq!(call(&desktop, "picture_get", picture).await.unwrap(), json!(png(77, 300)));
        item = item_of(&send(&desktop, &id).await.unwrap());
        until_item(&desktop, &item, "given_up").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_is_the_hubs_at_once_and_stored_while_the_hub_is_gone() {
    let workplace = Workplace::new();
    let hub = FakeHub::start().await;
    {
        let mut kept = locked(&hub.kept);
        kept.role = Role::Approver;
        kept.inbox = vec![view(1, RequestState::Waiting), view(2, RequestState::Waiting)];
    }
    let desktop = workplace.start();
    desktop.enrol_with(&hub.long_code(), &hub.url()).await.unwrap();
    let decide = |request: &RequestViewJson| json!({ "request": request.0, "verdict": "approve", "text": "", "content_hash": request.1 });
    let first = RequestViewJson::fetch(&desktop, "req_1").await;
    let second = RequestViewJson::fetch(&desktop, "req_2").await;
    let shown = call(&desktop, "request_decide", decide(&first)).await.unwrap();
    assert_eq!(shown["summary"]["state"], "queued");
    let body = locked(&hub.kept).done[0].clone();
    assert_eq!((body.0.as_str(), &body.1["content_hash"]), ("requests/req_1/decision", &json!(first.1)));
    let inbox = call(&desktop, "inbox_list", json!({})).await.unwrap();
    assert_eq!(inbox["decided"][0]["id"], "req_1");
    assert_eq!(inbox["waiting"].as_array().unwrap().len(), 1);
    hub.feel(unavailable());
    let shown = call(&desktop, "request_decide", decide(&second)).await.unwrap();
    assert_eq!(shown["summary"]["state"], "waiting", "the last known view; the outbox tells the rest");
    assert_eq!(overview(&desktop).await.unsent, 1);
    assert_eq!(overview(&desktop).await.waiting, 0, "decided here, so it does not wait here");
    hub.feel(Mood::Well);
    until("the decision", || hub.routes().len() == 2).await;
}

/// Id and hash of a request that was looked at.
struct RequestViewJson(String, String);

impl RequestViewJson {
    async fn fetch(desktop: &Arc<Desktop>, id: &str) -> Self {
        let view = call(desktop, "request_get", json!({ "request": id })).await.unwrap();
        Self(id.to_owned(), view["content_hash"].as_str().unwrap().to_owned())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_on_what_was_changed_meanwhile_is_refused_to_the_screen_or_kept_with_its_reason() {
    let workplace = Workplace::new();
    let (desktop, hub) = enrolled_as(&workplace, Role::Approver).await;
    locked(&hub.kept).inbox = vec![view(1, RequestState::Waiting)];
    let seen = RequestViewJson::fetch(&desktop, "req_1").await;
    let changed = Mood::RefusesChanges(409, json!({ "code": "changed", "message": "" }));
    hub.feel(changed.clone());
    let decide = json!({ "request": seen.0, "verdict": "approve", "text": "", "content_hash": seen.1 });
    assert_eq!(call(&desktop, "request_decide", decide.clone()).await.unwrap_err().code, Code::Changed);
    assert_eq!(overview(&desktop).await.given_up, 0, "told to the screen, so nothing stays");
    hub.feel(unavailable());
    call(&desktop, "request_decide", decide).await.unwrap();
    hub.feel(changed);
    until("the refusal", || desktop.state_now().unwrap().outbox.counts() == (0, 1)).await;
    let list = call(&desktop, "outbox_retry", json!({})).await.unwrap();
    let line = &list["outbox"][0];
    assert_eq!(
        (&line["kind"], &line["reason"], &line["state"]),
        (&json!("approve"), &json!("changed"), &json!("given_up"))
    );
    let item = json!({ "item": line["item"] });
    assert_eq!(call(&desktop, "outbox_return", item.clone()).await.unwrap_err().code, Code::StateConflict);
    let list = call(&desktop, "outbox_drop", item).await.unwrap();
    assert_eq!(list["outbox"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_of_a_newer_hub_are_judged_by_their_status() {
    let workplace = Workplace::new();
    let (desktop, hub) = enrolled(&workplace).await;
    // recorded from a hub that knows more codes than this version
    let newer = json!({ "code": "moon_phase_wrong", "message": "not today", "phase": 3, "findings": [
        { "field": "name", "code": "rhymes_badly", "message": "", "warning": false }
    ] });
    hub.feel(Mood::RefusesChanges(503, newer.clone()));
    let draft = filled(&desktop, "Berta").await;
    let item = item_of(&send(&desktop, &draft).await.unwrap());
    let line = until_tried(&desktop, &item).await;
    assert_eq!((&line["state"], &line["reason"]), (&json!("stored"), &json!("unknown")), "tried again");
    hub.feel(Mood::RefusesChanges(422, newer));
    let line = until_item(&desktop, &item, "given_up").await;
    assert_eq!(line["reason"], "unknown");
}

async fn until_tried(desktop: &Arc<Desktop>, item: &str) -> Value {
    loop {
        let line = call(desktop, "outbox_get", json!({ "item": item })).await.unwrap();
        if line["attempts"].as_u64() > Some(0) && line["state"] == "stored" {
            return line;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_ended_is_renewed_silently_and_a_revoked_device_is_told() {
    let mut workplace = Workplace::new();
    let (desktop, hub) = enrolled(&workplace).await;
    locked(&hub.kept).tokens.clear();
    let draft = filled(&desktop, "Berta").await;
    let item = item_of(&send(&desktop, &draft).await.unwrap());
    until_item(&desktop, &item, "delivered").await;
    {
        let mut kept = locked(&hub.kept);
        kept.revoked = true;
        kept.tokens.clear();
    }
    let draft = filled(&desktop, "Carla").await;
    let item = item_of(&send(&desktop, &draft).await.unwrap());
    let line = until_tried(&desktop, &item).await;
    assert_eq!(line["reason"], "signed_out");
    assert_eq!(overview(&desktop).await.connection, crate::command::Connection::SignedOut);
    // the device is enrolled anew: what waits goes out
    let desktop = workplace.restart(desktop).await;
    {
        let mut kept = locked(&hub.kept);
        kept.revoked = false;
        kept.code_used_by = None;
    }
    desktop.enrol_with(&hub.long_code(), &hub.url()).await.unwrap();
    until_item(&desktop, &item, "delivered").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_that_rewrites_its_past_is_said_in_the_menu() {
    let mut workplace = Workplace::new();
    let (desktop, hub) = enrolled(&workplace).await;
    let draft = filled(&desktop, "Berta").await;
    let item = item_of(&send(&desktop, &draft).await.unwrap());
    until_item(&desktop, &item, "delivered").await;
    assert!(!overview(&desktop).await.audit_mismatch);
    {
        let mut kept = locked(&hub.kept);
        kept.sequence = 0;
        kept.past = "another".into();
    }
    let draft = filled(&desktop, "Carla").await;
    let item = item_of(&send(&desktop, &draft).await.unwrap());
    until_item(&desktop, &item, "delivered").await;
    assert!(overview(&desktop).await.audit_mismatch);
    let desktop = workplace.restart(desktop).await;
    assert!(overview(&desktop).await.audit_mismatch, "not forgotten");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn delivered_items_are_kept_for_a_week_and_then_go_with_their_pictures() {
    let mut workplace = Workplace::new();
    let (desktop, _hub) = enrolled(&workplace).await;
    let (draft, _) = with_picture(&desktop, 300).await;
    let item = item_of(&send(&desktop, &draft).await.unwrap());
    until_item(&desktop, &item, "delivered").await;
    workplace.clock.advance(SignedDuration::from_hours(24 * 6));
    let desktop = workplace.restart(desktop).await;
    until_item(&desktop, &item, "delivered").await;
    let count = |folder: &str| fs_err::read_dir(workplace.data().join(folder)).unwrap().count();
    assert_eq!((count("outbox"), count("pictures")), (1, 1));
    workplace.clock.advance(SignedDuration::from_hours(24 * 2));
    until("the end of what is old", || (count("outbox"), count("pictures")) == (0, 0)).await;
    drop(desktop);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn your_data_are_shown_as_entered_and_arrive_when_the_hub_is_back() {
    let workplace = Workplace::new();
    let (desktop, hub) = enrolled(&workplace).await;
    assert!(!overview(&desktop).await.profile_confirmed);
    let change = |town: &str| json!({ "email": "anna@kanzlei.example", "town": town, "phone": "1" });
    let saved = call(&desktop, "profile_save", change(" Fulda ")).await.unwrap();
    assert_eq!((&saved["town"], &saved["confirmed"]), (&json!("Fulda"), &json!(true)));
    assert!(overview(&desktop).await.profile_confirmed);
    hub.feel(unavailable());
    call(&desktop, "profile_save", change("Gera")).await.unwrap();
    assert_eq!(call(&desktop, "profile_get", json!({})).await.unwrap()["town"], "Gera");
    hub.feel(Mood::Well);
    until("the profile", || locked(&hub.kept).profile.town == "Gera").await;
    let wrong = json!({ "email": "anna", "town": "", "phone": "" });
    let problem: Problem = call(&desktop, "profile_save", wrong).await.unwrap_err();
    assert_eq!((problem.code, problem.field), (Code::Malformed, Some("email".into())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_item_of_another_person_is_never_sent_in_a_new_persons_name() {
    let mut workplace = Workplace::new();
    let (desktop, hub) = enrolled(&workplace).await;
    hub.feel(unavailable());
    let draft = filled(&desktop, "Berta").await;
    let item = item_of(&send(&desktop, &draft).await.unwrap());
    desktop.shutdown().await;
    {
        let state = desktop.state_now().unwrap();
        let store = Arc::clone(&state.store);
        let mut stored: crate::outbox::Item = store.get(&format!("outbox/{item}")).unwrap().unwrap();
        stored.person = "per_other".into();
        store.put(&format!("outbox/{item}"), &stored).unwrap();
    }
    let desktop = workplace.restart(desktop).await;
    hub.feel(Mood::Well);
    let line = until_item(&desktop, &item, "given_up").await;
    assert_eq!(line["reason"], "not_allowed");
    assert!(hub.routes().is_empty());
}
