//! Firms do not see each other, and people of one firm see what is theirs.

use reqwest::Method;
use serde_json::json;
use service_tool_contract::id::Digest;

use crate::support::{Caller, Hub, id_of, png};

#[tokio::test(flavor = "multi_thread")]
async fn another_firms_ids_are_like_missing_ones() {
    let hub = Hub::start("firms").await;
    let (staff, _, _) = hub.berger().await;
    let (_, foreign) = hub.dreier().await;
    let picture = png(2);
    let attachment = staff.uploaded(&picture).await;
    let mut order = staff.order("help", json!({"description": "Hilfe", "pictures": [attachment["digest"]]})).await;
    order["attachments"] = json!([attachment]);
    let id = id_of(&staff.act("/requests", &order).await.good());
    let digest = Digest::of(&picture);
    let hash = staff.view(&id).await["content_hash"].clone();
    let missing = "req_00000000-0000-7000-8000-000000000000";
    let other = foreign.order("rename", json!({"last_name": "Roth"})).await;
    for (method, tail, body) in [
        (Method::GET, String::new(), json!(null)),
        (Method::GET, format!("/attachments/{digest}"), json!(null)),
        (Method::POST, "/decision".to_owned(), json!({"verdict": "approve", "content_hash": hash})),
        (Method::POST, "/take-back".to_owned(), json!({})),
        (Method::POST, "/withdrawal".to_owned(), json!({})),
        (Method::POST, "/comments".to_owned(), json!({"text": "?"})),
        (Method::POST, "/revisions".to_owned(), other.clone()),
    ] {
        let mut said = Vec::new();
        for request in [id.as_str(), missing] {
            let path = format!("/requests/{request}{tail}");
            let answer = match method {
                Method::GET => foreign.get(&path).await,
                _ => foreign.act(&path, &body).await,
            };
            assert_eq!(answer.code(), "not_found", "{tail}");
            let mut headers = answer.headers.clone();
            headers.remove("date");
            said.push((answer.status, answer.bytes, headers));
        }
        assert_eq!(said[0], said[1], "{tail}");
    }
    // attachments are the firm's: the same bytes uploaded by nobody there are missing there
    let state = foreign.get(&format!("/uploads/{digest}")).await.good();
    assert_eq!(state, json!({"received": 0, "complete": false}));
    let mut theirs = foreign.order("help", json!({"description": "Hilfe", "pictures": [attachment["digest"]]})).await;
    theirs["attachments"] = json!([attachment]);
    assert_eq!(foreign.act("/requests", &theirs).await.code(), "attachment_missing");
    assert_eq!(foreign.get("/requests").await.good(), json!([]));
    assert_eq!(foreign.get("/inbox").await.good(), json!([]));
    // an approver of another firm cannot be chosen
    let mut chosen = staff.order("rename", json!({"last_name": "Roth"})).await;
    chosen["approver"] = json!(foreign.id());
    assert_eq!(staff.act("/requests", &chosen).await.code(), "not_found");
    let names = serde_json::to_string(&foreign.get("/approvers").await.good()).unwrap();
    assert!(!names.contains("Holzmann"));
    let catalog = foreign.get("/catalog").await.good();
    assert!(!catalog["tenant"].to_string().contains("Keller"));
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_see_their_own_requests_and_agents_only_what_was_handed_over() {
    let hub = Hub::start("people").await;
    let (staff, approver, _) = hub.berger().await;
    let agent = hub.agent().await;
    let id = staff.ordered().await;
    let theirs = id_of(&{
        let order = approver.order("help", json!({"description": "Geheim"})).await;
        approver.act("/requests", &order).await.good()
    });
    assert_eq!(staff.get(&format!("/requests/{theirs}")).await.code(), "not_found");
    approver.get(&format!("/requests/{id}")).await.good();
    assert_eq!(agent.get(&format!("/agent/requests/{id}")).await.code(), "not_found");
    assert_eq!(agent.act(&format!("/agent/requests/{id}/take"), &json!({})).await.code(), "not_found");
    for path in ["/requests", "/inbox", "/catalog", "/profile", "/events"] {
        assert_eq!(agent.get(path).await.code(), "not_allowed", "{path}");
    }
    for caller in [&staff, &approver] {
        assert_eq!(caller.get("/agent/queue").await.code(), "not_allowed");
        assert_eq!(caller.act(&format!("/agent/requests/{theirs}/take"), &json!({})).await.code(), "not_allowed");
    }
    // an order that was withdrawn is gone from the queue
    approver.act(&format!("/requests/{theirs}/withdrawal"), &json!({})).await.good();
    assert_eq!(agent.get("/agent/queue").await.good(), json!([]));
    assert_eq!(agent.get(&format!("/agent/requests/{theirs}")).await.code(), "not_found");
    let me = Caller::send(agent.request(Method::GET, "/me")).await.good();
    assert_eq!((&me["role"], &me["tenant"]), (&json!("agent"), &json!("")));
}
