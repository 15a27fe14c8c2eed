//! The whole way of a request, and what its callers are told on the way.

use serde_json::json;
use service_tool_contract::id::Digest;
use service_tool_contract::wire::Receipt;

use crate::support::{Hub, id_of, png, until};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_with_a_picture_goes_from_the_requester_to_done_and_back() {
    let mut hub = Hub::start("story").await;
    let (staff, approver, _) = hub.berger().await;
    let agent = hub.agent().await;
    assert_eq!(staff.me["brand"]["hotline"], "069 90009-100");

    // a support request with a picture goes straight to the provider
    let picture = png(1);
    let attachment = staff.uploaded(&picture).await;
    let mut order =
        staff.order("help", json!({"description": "Stapel gesperrt", "pictures": [attachment["digest"]]})).await;
    order["attachments"] = json!([attachment]);
    let sent = staff.act("/requests", &order).await;
    assert_eq!(sent.status, 201);
    let help = sent.good();
    assert_eq!(help["request"]["summary"]["state"], "queued");
    assert!(help["request"]["summary"]["number"].as_str().unwrap().starts_with("S-"));

    // a change waits for the firm
    let change = staff.ordered().await;
    assert_eq!(agent.get("/agent/queue").await.good().as_array().unwrap().len(), 1);
    let inbox = approver.get("/inbox").await.good();
    assert_eq!(inbox[0]["id"], change);
    assert_eq!(inbox[0]["subject"], "Sievert-Roth");
    assert_eq!(inbox.as_array().unwrap().len(), 1);
    let decided = approver.decide(&change, "approve", "").await.good();
    assert_eq!(decided["request"]["summary"]["state"], "queued");
    assert_eq!(approver.get("/inbox").await.good()[0]["state"], "queued");

    // the provider
    let queue = agent.get("/agent/queue").await.good();
    assert_eq!(queue.as_array().unwrap().len(), 2);
    let help_id = id_of(&help);
    let digest = Digest::of(&picture);
    let seen = agent.get(&format!("/agent/requests/{help_id}/attachments/{digest}")).await;
    assert_eq!((seen.bytes, seen.headers["content-type"].to_str().unwrap()), (picture, "image/png"));
    assert_eq!(seen.headers["cache-control"], "no-store");
    let base = format!("/agent/requests/{change}");
    // nobody reports done what nobody has taken up
    assert_eq!(agent.act(&format!("{base}/outcome"), &json!({"done": true})).await.code(), "state_conflict");
    agent.act(&format!("{base}/take"), &json!({})).await.good();
    agent.act(&format!("{base}/comments"), &json!({"text": "Ab Mittag."})).await.good();
    assert_eq!(agent.act(&format!("{base}/outcome"), &json!({"done": false})).await.code(), "malformed");
    agent.act(&format!("{base}/outcome"), &json!({"done": true, "text": "Fertig."})).await.good();
    assert_eq!(agent.get("/agent/queue").await.good().as_array().unwrap().len(), 1);

    // the requester sees it, also after the hub was started again
    hub.stop().await;
    hub.serve().await;
    let mut again = hub.nobody();
    again.device_key = staff.device_key.clone();
    again.renew().await;
    let view = again.view(&change).await;
    assert_eq!(view["summary"]["state"], "done");
    let events: Vec<_> = view["history"].as_array().unwrap().iter().map(|entry| entry["event"].clone()).collect();
    assert_eq!(events, ["submitted", "approved", "taken", "commented", "done"]);
    assert_eq!(view["history"][4]["text"], "Fertig.");
    assert_eq!(view["history"][4]["person"]["name"], "Anna Reuter");
    assert_eq!(again.get("/requests").await.good().as_array().unwrap().len(), 2);
    let verified = hub.admin(&["audit", "verify"]).await.unwrap();
    assert_eq!(verified["whole"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_returned_request_is_revised_and_decided_on_its_new_content() {
    let hub = Hub::start("revise").await;
    let (staff, approver, other) = hub.berger().await;
    let id = staff.ordered().await;
    let stale = approver.view(&id).await["content_hash"].clone();
    approver.decide(&id, "return", "Mit Bindestrich?").await.good();
    let view = staff.view(&id).await;
    assert_eq!(view["summary"]["state"], "returned");
    assert_eq!(view["answers"], json!({"last_name": "Sievert-Roth"}));
    assert_eq!(approver.view(&id).await["answers"], json!({}));

    let order = staff.order("rename", json!({"last_name": "Roth"})).await;
    assert_eq!(approver.act(&format!("/requests/{id}/revisions"), &order).await.code(), "not_allowed");
    let revised = staff.act(&format!("/requests/{id}/revisions"), &order).await.good();
    assert_eq!(revised["request"]["revision"], 2);
    assert_eq!(revised["request"]["summary"]["subject"], "Roth");
    let decision = json!({"verdict": "approve", "content_hash": stale});
    assert_eq!(other.act(&format!("/requests/{id}/decision"), &decision).await.code(), "changed");
    other.decide(&id, "refuse", "Doch nicht.").await.good();
    let view = staff.view(&id).await;
    assert_eq!(view["summary"]["state"], "refused");
    assert_eq!(staff.act(&format!("/requests/{id}/withdrawal"), &json!({})).await.code(), "state_conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_receipt_of_every_change_is_signed_by_the_hub() {
    let hub = Hub::start("receipt").await;
    let (staff, approver, _) = hub.berger().await;
    let order = staff.order("rename", json!({"last_name": "Roth"})).await;
    let ordered = staff.act("/requests", &order).await.good();
    let decided = approver.decide(&id_of(&ordered), "approve", "").await.good();
    let public_key = data_encoding::BASE64.decode(hub.running().hub.identity.audit_public_key.as_bytes()).unwrap();
    let mut sequences = Vec::new();
    for changed in [ordered, decided] {
        let receipt: Receipt = serde_json::from_value(changed["receipt"].clone()).unwrap();
        let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, &public_key);
        let signature = data_encoding::BASE64.decode(receipt.signature.as_bytes()).unwrap();
        key.verify(receipt.signed_text().as_bytes(), &signature).unwrap();
        sequences.push(receipt.sequence);
    }
    assert!(sequences[0] < sequences[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn own_data_is_kept_by_the_hub_and_identity_cannot_be_changed() {
    let hub = Hub::start("profile").await;
    let (staff, _, _) = hub.berger().await;
    let before = staff.get("/profile").await.good();
    assert_eq!((&before["town"], &before["confirmed"]), (&json!("Fulda"), &json!(false)));
    let put = |body: serde_json::Value| {
        let request = staff.request(reqwest::Method::PUT, "/profile").json(&body);
        async move { crate::support::Caller::send(request).await }
    };
    let change = json!({"email": "j@example.org", "town": "Bad Hersfeld", "phone": "06621 1"});
    let after = put(change.clone()).await.good();
    assert_eq!(
        (&after["name"], &after["town"], &after["confirmed"]),
        (&json!("Jana Keller"), &json!("Bad Hersfeld"), &json!(true))
    );
    assert_eq!(staff.get("/profile").await.good(), after);
    let mut claimed = change.clone();
    claimed["name"] = json!("Petra Holzmann");
    assert_eq!(put(claimed).await.code(), "malformed");
    for wrong in ["", "nobody", "a@b", "a b@example.org", "a@example.org, b@example.org"] {
        let mut body = change.clone();
        body["email"] = json!(wrong);
        let said = put(body).await;
        assert_eq!((said.code().as_str(), &said.json()["field"]), ("malformed", &json!("email")), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_end_finishes_what_was_accepted_and_accepts_nothing_new() {
    use std::sync::atomic::Ordering;
    let mut hub = Hub::start("clean-end").await;
    let (mut staff, _, _) = hub.berger().await;
    let order = staff.order("help", json!({"description": "Kurz vor Schluss"})).await;
    let shared = hub.running().hub.clone();
    // somebody else writes, so the order waits where it was accepted
    let writing = shared.store.change().await.unwrap();
    let sent = {
        let (staff, order) = (staff.clone(), order.clone());
        tokio::spawn(async move { staff.act("/requests", &order).await.good() })
    };
    until("the order was accepted", || async { (shared.in_progress.load(Ordering::Relaxed) == 1).then_some(()) }).await;
    let ending = tokio::spawn(hub.stopping());
    until("the end was asked for", || async { shared.ending.is_cancelled().then_some(()) }).await;
    let address = staff.base.clone();
    until("nobody new is let in", || async {
        let port = address.trim_start_matches("https://localhost:").split('/').next().unwrap();
        tokio::net::TcpStream::connect(format!("127.0.0.1:{port}")).await.is_err().then_some(())
    })
    .await;
    drop(writing);
    let id = id_of(&sent.await.unwrap());
    ending.await.unwrap().unwrap();
    hub.serve().await;
    staff.base = hub.nobody().base;
    assert_eq!(staff.view(&id).await["summary"]["state"], "queued");
}
