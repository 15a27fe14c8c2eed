//! Live updates: what happens at the hub is seen here without asking.

use service_tool_contract::{request::RequestState, wire::Topic};

use super::{hub::*, *};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_work_sets_count_and_bag_and_tells_the_windows() {
    for has_windows in [false, true] {
        let workplace = Workplace::new();
        workplace.desk.has_windows.store(has_windows, std::sync::atomic::Ordering::SeqCst);
        let (desktop, hub) = enrolled_as(&workplace, Role::Approver).await;
        assert_eq!(overview(&desktop).await.waiting, 0);
        locked(&workplace.desk.events).clear();
        locked(&hub.kept).inbox = vec![view(1, RequestState::Waiting)];
        hub.event(Topic::Inbox);
        until("the bag", || locked(&workplace.desk.tray).last().is_some_and(|tray| tray.waiting == 1)).await;
        until("the news", || locked(&workplace.desk.events).contains(&DesktopEvent::InboxChanged)).await;
        let inbox = call(&desktop, "inbox_list", json!({})).await.unwrap();
        assert_eq!(inbox["waiting"][0]["id"], "req_1");
        locked(&hub.kept).inbox.clear();
        hub.event(Topic::Inbox);
        until("the bag", || locked(&workplace.desk.tray).last().is_some_and(|tray| tray.waiting == 0)).await;
        desktop.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_decided_or_returned_elsewhere_stands_in_the_inbox_and_does_not_count() {
    let workplace = Workplace::new();
    let (desktop, hub) = enrolled_as(&workplace, Role::Approver).await;
    let states = [RequestState::Returned, RequestState::Waiting, RequestState::Queued, RequestState::Refused];
    locked(&hub.kept).inbox = (1..).zip(states).map(|(number, state)| view(number, state)).collect();
    hub.event(Topic::Inbox);
    until("the bag", || locked(&workplace.desk.tray).last().is_some_and(|tray| tray.waiting == 1)).await;
    let inbox = call(&desktop, "inbox_list", json!({})).await.unwrap();
    let ids = |list: &str| -> Vec<String> {
        let list = inbox[list].as_array().unwrap();
        list.iter().map(|request| request["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        (ids("waiting"), ids("returned"), ids("decided")),
        (vec!["req_2".to_owned()], vec!["req_1".to_owned()], vec!["req_4".to_owned(), "req_3".to_owned()],)
    );
    assert_eq!(overview(&desktop).await.waiting, 1);
    // what the hub no longer says is no longer shown
    locked(&hub.kept).inbox.truncate(2);
    let inbox = call(&desktop, "inbox_list", json!({})).await.unwrap();
    assert_eq!(inbox["decided"], json!([]));
    desktop.shutdown().await;
}

/// A desktop with one request at the hub, and what it knows of that request.
async fn with_request(workplace: &Workplace) -> (Arc<Desktop>, Arc<FakeHub>) {
    let (desktop, hub) = enrolled(workplace).await;
    let draft = filled(&desktop, "Berta").await;
    let sent = send(&desktop, &draft).await.unwrap();
    until_item(&desktop, sent["item"]["item"].as_str().unwrap(), "delivered").await;
    (desktop, hub)
}

fn stands(desktop: &Desktop, state: RequestState) -> bool {
    desktop.state_now().is_some_and(|now| {
        let known = locked(&now.known);
        known.requests.iter().any(|request| request.state == state)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_heard_once_nobody_asks() {
    let workplace = Workplace::new();
    let (desktop, hub) = with_request(&workplace).await;
    until("the cursor", || locked(&desktop.state_now().unwrap().known).cursor.is_some()).await;
    for state in [RequestState::Returned, RequestState::Queued, RequestState::InProgress, RequestState::Done] {
        locked(&hub.kept).requests[0].summary.state = state;
        // what a newer hub may say besides is passed over
        hub.event(Topic::Unknown);
        hub.event(Topic::Request);
        until("the state", || stands(&desktop, state)).await;
        let count = u64::try_from(locked(&hub.kept).events.len()).unwrap();
        until("the cursor", || locked(&desktop.state_now().unwrap().known).cursor == Some(count)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happened_while_the_program_was_away_is_heard_after_the_start() {
    for is_damaged in [false, true] {
        let mut workplace = Workplace::new();
        let (desktop, hub) = with_request(&workplace).await;
        desktop.shutdown().await;
        locked(&hub.kept).requests[0].summary.state = RequestState::Done;
        hub.event(Topic::Request);
        if is_damaged {
            // with it goes the cursor
            fs_err::write(workplace.data().join("known"), b"power cut").unwrap();
        }
        let desktop = workplace.restart(desktop).await;
        until("the end of the request", || stands(&desktop, RequestState::Done)).await;
        assert_eq!(overview(&desktop).await.open_requests, 0);
        desktop.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_that_comes_back_is_noticed_and_lists_say_from_when_they_are() {
    let workplace = Workplace::new();
    let (desktop, hub) = enrolled(&workplace).await;
    call(&desktop, "request_list", json!({})).await.unwrap();
    hub.stop();
    hub.feel(Mood::Refuses(
        503,
        service_tool_contract::code::Problem::new(service_tool_contract::code::Code::HubUnavailable, ""),
    ));
    let state = desktop.state_now().unwrap();
    until("the loss", || *locked(&state.connection) == crate::command::Connection::Unreachable).await;
    workplace.clock.advance(SignedDuration::from_mins(5));
    let list = call(&desktop, "request_list", json!({})).await.unwrap();
    assert_eq!(list["as_of"], "2026-11-24T09:00:00Z", "older than now");
    hub.feel(Mood::Well);
    hub.start_again().await;
    until("the return", || *locked(&state.connection) == crate::command::Connection::Connected).await;
    let list = call(&desktop, "request_list", json!({})).await.unwrap();
    assert_eq!(list["as_of"], "2026-11-24T09:05:00Z");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_catalog_is_not_fetched_again_while_it_is_the_same() {
    let workplace = Workplace::new();
    let (desktop, _hub) = enrolled(&workplace).await;
    locked(&workplace.desk.events).clear();
    desktop.catalog_refresh().await.unwrap();
    assert!(!locked(&workplace.desk.events).contains(&DesktopEvent::CatalogChanged));
}
