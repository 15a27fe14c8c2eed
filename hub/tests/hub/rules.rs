//! Who may do what, and when: own orders, chosen approvers, twice, hand-over, own account.

use jiff::SignedDuration;
use serde_json::{Value, json};
use service_tool_hub::hub::Options;

use crate::support::{Caller, Hub, id_of, movable_clock};

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_order_reaches_the_provider_after_the_hand_over_time_and_can_be_taken_back_until_then() {
    let clock = movable_clock();
    let hub = Hub::start_with("hand-over", Options { hand_over_s: 10, ..Options::default() }, clock.clone()).await;
    let (staff, approver, other) = hub.berger().await;
    let agent = hub.agent().await;
    let id = staff.ordered().await;
    let decided = approver.decide(&id, "approve", "").await.good();
    assert!(decided["request"]["handed_over_at"].is_string());
    assert_eq!(agent.get("/agent/queue").await.good(), json!([]));
    assert_eq!(agent.get(&format!("/agent/requests/{id}")).await.code(), "not_found");

    // only by the one who decided
    assert_eq!(other.act(&format!("/requests/{id}/take-back"), &json!({})).await.code(), "not_allowed");
    let back = approver.act(&format!("/requests/{id}/take-back"), &json!({})).await.good();
    assert_eq!(back["request"]["summary"]["state"], "waiting");
    clock.advance(SignedDuration::from_secs(60));
    assert_eq!(agent.get("/agent/queue").await.good(), json!([]));

    approver.decide(&id, "approve", "").await.good();
    clock.advance(SignedDuration::from_secs(9));
    assert_eq!(agent.get("/agent/queue").await.good(), json!([]));
    clock.advance(SignedDuration::from_secs(2));
    assert_eq!(agent.get("/agent/queue").await.good()[0]["id"], id);
    agent.act(&format!("/agent/requests/{id}/take"), &json!({})).await.good();
    assert_eq!(approver.act(&format!("/requests/{id}/take-back"), &json!({})).await.code(), "state_conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_decided_once() {
    let hub = Hub::start("twice").await;
    let (staff, approver, other) = hub.berger().await;
    let id = staff.ordered().await;
    let shown = other.view(&id).await;
    approver.decide(&id, "approve", "").await.good();
    let decision = json!({"verdict": "refuse", "text": "Nein.", "content_hash": shown["content_hash"]});
    assert_eq!(other.act(&format!("/requests/{id}/decision"), &decision).await.code(), "state_conflict");
    assert_eq!(staff.act(&format!("/requests/{id}/decision"), &decision).await.code(), "not_allowed");
    assert_eq!(staff.view(&id).await["summary"]["state"], "queued");
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_at_the_same_moment_leave_one() {
    let hub = Hub::start("race").await;
    let (staff, approver, other) = hub.berger().await;
    let id = staff.ordered().await;
    let hash = approver.view(&id).await["content_hash"].clone();
    let path = format!("/requests/{id}/decision");
    let approve = json!({"verdict": "approve", "content_hash": hash});
    let refuse = json!({"verdict": "refuse", "text": "Nein.", "content_hash": hash});
    let (one, two) = tokio::join!(approver.act(&path, &approve), other.act(&path, &refuse));
    let good = [&one, &two].iter().filter(|said| said.status.is_success()).count();
    assert_eq!(good, 1);
    let history = staff.view(&id).await["history"].clone();
    assert_eq!(history.as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_own_order_is_approved_only_where_the_firm_allows_it_and_the_record_says_so() {
    let hub = Hub::start("own").await;
    let (staff, approver, _) = hub.berger().await;
    let (_, strict) = hub.dreier().await;
    let mut order = approver.order("rename", json!({"last_name": "Roth"})).await;
    order["approve"] = json!(true);
    let own = approver.act("/requests", &order).await.good();
    assert_eq!(own["request"]["summary"]["state"], "queued");
    assert_eq!(own["request"]["history"][1]["event"], "approved_own");

    let mut order = strict.order("rename", json!({"last_name": "Roth"})).await;
    order["approve"] = json!(true);
    assert_eq!(strict.act("/requests", &order).await.code(), "own_request");
    order["approve"] = json!(false);
    let id = id_of(&strict.act("/requests", &order).await.good());
    assert_eq!(strict.decide(&id, "approve", "").await.code(), "own_request");
    assert_eq!(strict.get("/inbox").await.good(), json!([]));

    let mut order = staff.order("rename", json!({"last_name": "Roth"})).await;
    order["approve"] = json!(true);
    assert_eq!(staff.act("/requests", &order).await.code(), "not_allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_one_approver_waits_for_that_one() {
    let hub = Hub::start("chosen").await;
    let (staff, approver, other) = hub.berger().await;
    let names = staff.get("/approvers").await.good();
    assert_eq!(names.as_array().unwrap().len(), 2);
    let mut order = staff.order("rename", json!({"last_name": "Roth"})).await;
    order["approver"] = json!(other.id());
    let id = id_of(&staff.act("/requests", &order).await.good());
    assert_eq!(approver.get("/inbox").await.good(), json!([]));
    assert_eq!(approver.decide(&id, "approve", "").await.code(), "not_allowed");
    assert_eq!(other.get("/inbox").await.good()[0]["approver"]["id"], other.id());
    other.decide(&id, "approve", "").await.good();
    // no approver of the firm
    for wrong in [staff.id(), "per_00000000-0000-7000-8000-000000000000"] {
        order["approver"] = json!(wrong);
        let said = staff.act("/requests", &order).await;
        assert_eq!((said.code().as_str(), &said.json()["field"]), ("not_found", &json!("approver")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inbox_shows_what_was_returned_and_what_one_decided_lately_and_counts_what_waits() {
    let clock = movable_clock();
    let hub = Hub::start_with("inbox", Options { hand_over_s: 10, ..Options::default() }, clock.clone()).await;
    let (staff, mut approver, mut other) = hub.berger().await;
    let inbox = async |of: &Caller| -> Vec<(String, String)> {
        let listed = of.get("/inbox").await.good();
        let part = |request: &Value, name: &str| request[name].as_str().unwrap().to_owned();
        listed.as_array().unwrap().iter().map(|request| (part(request, "id"), part(request, "state"))).collect()
    };
    let says = |id: &str, state: &str| (id.to_owned(), state.to_owned());
    let waiting = staff.ordered().await;
    let returned = staff.ordered().await;
    let approved = staff.ordered().await;
    let refused = staff.ordered().await;
    let taken_back = staff.ordered().await;
    let mut order = staff.order("rename", json!({"last_name": "Roth"})).await;
    order["approver"] = json!(other.id());
    let of_other = id_of(&staff.act("/requests", &order).await.good());
    approver.decide(&returned, "return", "Welcher Name?").await.good();
    clock.advance(SignedDuration::from_secs(1));
    approver.decide(&approved, "approve", "").await.good();
    clock.advance(SignedDuration::from_secs(1));
    approver.decide(&refused, "refuse", "Nein").await.good();
    other.decide(&of_other, "return", "Wer?").await.good();
    // taken back and decided by somebody else, it is that one's
    approver.decide(&taken_back, "approve", "").await.good();
    approver.act(&format!("/requests/{taken_back}/take-back"), &json!({})).await.good();
    other.decide(&taken_back, "refuse", "Nein").await.good();

    assert_eq!(
        inbox(&approver).await,
        [says(&waiting, "waiting"), says(&refused, "refused"), says(&approved, "queued"), says(&returned, "returned"),]
    );
    let of_other_approver = inbox(&other).await;
    assert_eq!(of_other_approver[0], says(&waiting, "waiting"));
    for there in [says(&of_other, "returned"), says(&returned, "returned"), says(&taken_back, "refused")] {
        assert!(of_other_approver.contains(&there), "{there:?}");
    }
    assert_eq!(of_other_approver.len(), 4);
    assert_eq!(inbox(&staff).await, []);
    assert_eq!(approver.get("/events").await.good()["waiting"], 1);

    // old decisions leave, what is open stays
    clock.advance(SignedDuration::from_hours(24 * 31));
    for caller in [&mut approver, &mut other] {
        caller.renew().await;
    }
    assert_eq!(inbox(&approver).await, [says(&waiting, "waiting"), says(&returned, "returned")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_of_the_deletion_of_the_own_account() {
    let hub = Hub::start("own-account").await;
    let (staff, affected, other) = hub.berger().await;
    let cursor = affected.get("/events").await.good()["cursor"].clone();
    let order = staff.order("delete", json!({"account": affected.id()})).await;
    let id = id_of(&staff.act("/requests", &order).await.good());
    let missing = "req_00000000-0000-7000-8000-000000000000";

    let hash = other.view(&id).await["content_hash"].clone();
    for (method, tail) in [("GET", ""), ("POST", "/decision"), ("POST", "/take-back"), ("POST", "/comments")] {
        let mut said = Vec::new();
        for request in [id.as_str(), missing] {
            let path = format!("/requests/{request}{tail}");
            let body = match tail {
                "/decision" => json!({"verdict": "approve", "content_hash": hash}),
                "/comments" => json!({"text": "?"}),
                _ => json!({}),
            };
            let answer = if method == "GET" { affected.get(&path).await } else { affected.act(&path, &body).await };
            said.push((answer.status, answer.bytes));
        }
        assert_eq!(said[0], said[1], "{tail}");
        assert_eq!(said[0].0, 404);
    }
    assert_eq!(affected.get("/inbox").await.good(), json!([]));
    let events = affected.get(&format!("/events?after={cursor}")).await.good();
    assert_eq!((&events["waiting"], &events["events"]), (&json!(0), &json!([])));
    assert_eq!(other.get("/events").await.good()["waiting"], 1);
    other.decide(&id, "approve", "").await.good();
    assert_eq!(affected.get(&format!("/events?after={cursor}")).await.good()["events"], json!([]));

    // nor is it addressed to that person, nor ordered by that person
    let mut addressed = order.clone();
    addressed["approver"] = json!(affected.id());
    assert_eq!(staff.act("/requests", &addressed).await.code(), "own_request");
    assert_eq!(affected.act("/requests", &order).await.code(), "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_agents_do_not_work_on_the_same_order() {
    let hub = Hub::start("agents").await;
    let (staff, _, _) = hub.berger().await;
    let anna = hub.agent().await;
    hub.admin(&["person", "add", "--name", "Tim Ruf", "--email", "tim@spectrum.example", "--role", "agent"])
        .await
        .unwrap();
    let tim = hub.caller("tim@spectrum.example").await;
    let order = staff.order("help", json!({"description": "Hilfe"})).await;
    let id = id_of(&staff.act("/requests", &order).await.good());
    let base = format!("/agent/requests/{id}");
    anna.act(&format!("{base}/take"), &json!({})).await.good();
    assert_eq!(tim.act(&format!("{base}/take"), &json!({})).await.code(), "state_conflict");
    let outcome = json!({"done": true});
    assert!(!tim.act(&format!("{base}/outcome"), &outcome).await.status.is_success());
    anna.act(&format!("{base}/release"), &json!({})).await.good();
    tim.act(&format!("{base}/take"), &json!({})).await.good();
    tim.act(&format!("{base}/outcome"), &json!({"done": false, "text": "Keine Lizenz frei."})).await.good();
    assert_eq!(staff.view(&id).await["summary"]["state"], "not_done");
}
