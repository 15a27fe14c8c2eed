//! Live updates: woken at once, in order, with a cursor that lasts.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Caller, Hub, SOON};

fn topics(events: &Value) -> Vec<String> {
    events["events"].as_array().unwrap().iter().map(|event| event["topic"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_is_woken_and_the_cursor_lasts() {
    let mut hub = Hub::start("events").await;
    let (staff, approver, _) = hub.berger().await;
    let start = approver.get("/events").await.good();
    assert_eq!((topics(&start), &start["waiting"]), (vec![], &json!(0)));
    let path = format!("/events?after={}&wait_s=30", start["cursor"]);
    let waiting = {
        let approver = approver.clone();
        let path = path.clone();
        tokio::spawn(async move { approver.get(&path).await.good() })
    };
    let id = staff.ordered().await;
    let woken = tokio::time::timeout(SOON, waiting).await.unwrap().unwrap();
    assert_eq!((topics(&woken), &woken["waiting"]), (vec!["inbox".to_owned()], &json!(1)));
    assert_eq!(woken["events"][0]["request"], id);

    let before = staff.get("/events").await.good()["cursor"].clone();
    approver.decide(&id, "approve", "").await.good();
    hub.stop().await;
    hub.serve().await;
    let mut staff = staff;
    staff.base = hub.nobody().base;
    let after = staff.get(&format!("/events?after={before}&wait_s=5")).await.good();
    assert_eq!((topics(&after), &after["events"][0]["request"]), (vec!["request".to_owned()], &json!(id)));
    // a cursor of another life of the hub: look at everything again
    let lost = staff.get("/events?after=999999999").await.good();
    assert_eq!(topics(&lost), ["request", "inbox", "catalog"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn polling_costs_nothing_while_nothing_happens() {
    let hub = Hub::start("polling").await;
    let (staff, approver, _) = hub.berger().await;
    let cursor = approver.get("/events").await.good()["cursor"].clone();
    let path = format!("/events?after={cursor}&wait_s=0");
    let first = approver.get(&path).await;
    let tag = first.headers["etag"].clone();
    let again = Caller::send(approver.request(Method::GET, &path).header("if-none-match", tag.clone())).await;
    assert_eq!((again.status.as_u16(), again.bytes.len()), (304, 0));
    staff.ordered().await;
    let changed = Caller::send(approver.request(Method::GET, &path).header("if-none-match", tag)).await.good();
    assert_eq!(changed["waiting"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_of_the_hub_answers_whoever_waits() {
    let mut hub = Hub::start("ending").await;
    let (staff, _, _) = hub.berger().await;
    let cursor = staff.get("/events").await.good()["cursor"].clone();
    let waiting = {
        let staff = staff.clone();
        tokio::spawn(async move { staff.get(&format!("/events?after={cursor}&wait_s=30")).await.good() })
    };
    // the call is there when the hub counts it
    crate::support::until("the call waits", || async {
        let busy = hub.running().hub.limiter.waiting();
        (busy == 1).then_some(())
    })
    .await;
    tokio::time::timeout(Duration::from_secs(10), hub.stop()).await.unwrap();
    assert_eq!(waiting.await.unwrap()["events"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_command_line_changes_wakes_too() {
    let hub = Hub::start("foreign").await;
    let (staff, _, _) = hub.berger().await;
    let cursor = staff.get("/events").await.good()["cursor"].clone();
    let tag = staff.get("/catalog").await.headers["etag"].clone();
    let waiting = {
        let staff = staff.clone();
        tokio::spawn(async move { staff.get(&format!("/events?after={cursor}&wait_s=30")).await.good() })
    };
    hub.admin(&["tenant", "set", "Berger Holzmann & Partner", "--feature", "exchange"]).await.unwrap();
    let woken = tokio::time::timeout(SOON, waiting).await.unwrap().unwrap();
    assert_eq!(topics(&woken), ["catalog"]);
    let catalog = Caller::send(staff.request(Method::GET, "/catalog").header("if-none-match", tag)).await.good();
    assert_eq!(catalog["tenant"]["features"], json!(["exchange"]));
}
