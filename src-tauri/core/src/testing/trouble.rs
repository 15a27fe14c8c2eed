//! A hub that is gone, refusing, slow, answering rubbish or with a wrong certificate: each has its name, and nothing is lost.

use std::{sync::atomic::Ordering, time::Duration};

use service_tool_contract::{
    code::{Code, Problem},
    request::RequestState,
};

use super::{hub::*, *};
use crate::{command::Connection, outbox::Work};

/// Sends an order to a hub in that mood and says how the connection is called, then heals the hub and waits for the order.
async fn survives(mood: Mood, connection: Connection, reason: &str) {
    let mut workplace = Workplace::new();
    workplace.tempo.patience.call = Duration::from_millis(600);
    workplace.tempo.patience.read = Duration::from_millis(600);
    let (desktop, hub) = enrolled(&workplace).await;
    let draft = filled(&desktop, "Berta").await;
    hub.feel(mood.clone());
    let sent = send(&desktop, &draft).await.unwrap();
    let item = sent["item"]["item"].as_str().unwrap().to_owned();
    let state = desktop.state_now().unwrap();
    until(&format!("{connection:?} for {mood:?}"), || *locked(&state.connection) == connection).await;
    until("an attempt", || state.outbox.attempts(&item.as_str().into()) > 0).await;
    let line = call(&desktop, "outbox_get", json!({ "item": item })).await.unwrap();
    if line["state"] == "stored" {
        assert_eq!(line["reason"], reason, "{mood:?}");
    }
    assert_eq!(overview(&desktop).await.unsent, 1, "{mood:?}");
    call(&desktop, "kind_list", json!({})).await.unwrap();
    hub.feel(Mood::Well);
    until_item(&desktop, &item, "delivered").await;
    assert_eq!(hub.routes(), ["requests"]);
    desktop.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_read_also_many_times_at_once_and_where_it_cannot_be_kept() {
    let workplace = Workplace::new();
    let (desktop, hub) = enrolled_as(&workplace, Role::Approver).await;
    locked(&hub.kept).inbox = vec![view(1, RequestState::Waiting)];
    let ask = || call(&desktop, "request_get", json!({ "request": "req_1" }));
    for answer in futures_util::future::join_all((0..10).map(|_| ask())).await {
        answer.unwrap();
    }
    workplace.steps.kill_after(0);
    ask().await.unwrap();
    desktop.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_id_leads_out_of_the_routes_of_requests() {
    let workplace = Workplace::new();
    let (desktop, _hub) = enrolled(&workplace).await;
    let state = desktop.state().await.unwrap();
    for id in ["../../ca.pem?", "a/b", "", "req_1#"] {
        let work = Work::Withdraw { request: id.into() };
        assert_eq!(desktop.outbox_item(state, work, &json!({})).unwrap_err().code, Code::NotFound, "{id}");
    }
    desktop.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusing_hub_is_out_of_reach() {
    survives(Mood::Refuses(503, Problem::new(Code::HubUnavailable, "")), Connection::Unreachable, "hub_unavailable")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_hub_is_out_of_reach() {
    survives(Mood::Silent, Connection::Unreachable, "hub_unreachable").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rubbish_is_not_understood() {
    survives(Mood::Rubbish, Connection::NotUnderstood, "hub_not_understood").await;
    survives(Mood::WrongShape, Connection::NotUnderstood, "hub_not_understood").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_of_another_age_is_not_understood() {
    survives(Mood::OtherAge, Connection::NotUnderstood, "hub_not_understood").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_without_end_is_not_read_to_its_end() {
    survives(Mood::Endless, Connection::NotUnderstood, "hub_not_understood").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_that_is_gone_is_out_of_reach_and_the_order_waits_over_restarts() {
    let mut workplace = Workplace::new();
    let (desktop, hub) = enrolled(&workplace).await;
    hub.stop();
    let desktop = workplace.restart(desktop).await;
    let draft = filled(&desktop, "Berta").await;
    let sent = send(&desktop, &draft).await.unwrap();
    let item = sent["item"]["item"].as_str().unwrap().to_owned();
    let state = desktop.state_now().unwrap();
    until("the loss", || *locked(&state.connection) == Connection::Unreachable).await;
    let desktop = workplace.restart(desktop).await;
    assert_eq!(overview(&desktop).await.unsent, 1);
    hub.start_again().await;
    until_item(&desktop, &item, "delivered").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_server_at_the_hubs_place_gets_nothing() {
    let mut workplace = Workplace::new();
    let (desktop, hub) = enrolled(&workplace).await;
    hub.stop();
    let desktop_state = desktop.state_now().unwrap();
    until("the loss", || *locked(&desktop_state.connection) != Connection::Connected).await;
    let impostor = FakeHub::start_at(hub.address).await;
    let desktop = workplace.restart(desktop).await;
    let draft = filled(&desktop, "Berta").await;
    send(&desktop, &draft).await.unwrap();
    let state = desktop.state_now().unwrap();
    until("the distrust", || *locked(&state.connection) == Connection::Untrusted).await;
    assert_eq!(impostor.calls.load(Ordering::SeqCst), 0);
    assert_eq!(overview(&desktop).await.unsent, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn screens_do_not_wait_for_a_hub_that_is_known_to_be_gone() {
    let mut workplace = Workplace::new();
    workplace.tempo.poll = Duration::from_secs(3600);
    workplace.tempo.retry.waits = vec![Duration::from_secs(3600)];
    let (desktop, hub) = enrolled(&workplace).await;
    hub.feel(Mood::Silent);
    workplace.desk.has_windows.store(true, Ordering::SeqCst);
    let problem = call(&desktop, "approver_list", json!({})).await.unwrap_err();
    assert_eq!(problem.code, Code::HubUnreachable);
    desktop.connection_set(Connection::Unreachable);
    let calls = hub.calls.load(Ordering::SeqCst);
    call(&desktop, "request_list", json!({})).await.unwrap();
    assert_eq!(hub.calls.load(Ordering::SeqCst), calls, "not asked");
}
