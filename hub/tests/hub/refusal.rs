//! Bad input: each gets a problem with a code, and nothing is kept.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;
use service_tool_hub::http::limit::Limits;
use service_tool_hub::hub::Options;

use crate::support::{Caller, Hub, device_key, id_of, key, movable_clock};

#[tokio::test(flavor = "multi_thread")]
async fn wrong_used_and_expired_codes_get_one_answer() {
    let clock = movable_clock();
    let hub = Hub::start_with("codes", Options::default(), clock.clone()).await;
    hub.sample().await;
    let nobody = hub.nobody();
    let email = "jana.keller@kanzlei-berger.example";
    let used = hub.admin(&["code", email]).await.unwrap();
    let body = |code: &serde_json::Value| json!({"code": code, "device_key": device_key(), "device_name": "PC"});
    nobody.post("/enrolments", &body(&used["short_code"])).await.good();
    let expired = hub.admin(&["code", email, "--hours", "1"]).await.unwrap();
    let offer = nobody.post("/enrolments/look", &json!({"code": expired["code"]})).await.good();
    assert_eq!(
        offer,
        json!({"hub_name": "SPECTRUM", "tenant_name": "Berger Holzmann & Partner", "person_name": "Jana Keller", "role": "staff"})
    );
    clock.advance(SignedDuration::from_mins(61));
    // an older unused code ends with a newer one
    let superseded = hub.admin(&["code", email]).await.unwrap();
    hub.admin(&["code", email]).await.unwrap();
    let mut answers = Vec::new();
    for code in [&used["code"], &expired["code"], &superseded["code"], &json!("AAAA-BBBB-CCCC-DDDD"), &json!("")] {
        let look = nobody.post("/enrolments/look", &json!({"code": code})).await;
        let take = nobody.post("/enrolments", &body(code)).await;
        answers.push((look.code(), look.bytes, take.code(), take.bytes));
    }
    assert_eq!(answers[0].0, "enrolment_refused");
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "the reasons can be told apart");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_does_not_lose_the_code_but_another_device_does_not_get_it() {
    let hub = Hub::start("lost-answer").await;
    hub.sample().await;
    let nobody = hub.nobody();
    let code = hub.admin(&["code", "jana.keller@kanzlei-berger.example"]).await.unwrap();
    let body = json!({"code": code["code"], "device_key": device_key(), "device_name": "PC"});
    let first = nobody.post("/enrolments", &body).await.good();
    assert_eq!(nobody.post("/enrolments", &body).await.good(), first);
    let mut other = body.clone();
    other["device_key"] = json!(device_key());
    assert_eq!(nobody.post("/enrolments", &other).await.code(), "enrolment_refused");
    other["device_key"] = json!("short");
    assert_eq!(nobody.post("/enrolments", &other).await.code(), "malformed");
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_limited_per_address_and_do_not_stop_who_is_signed_in() {
    let clock = movable_clock();
    let limits = Limits { failures_per_minute: 5, ..Limits::default() };
    let hub = Hub::start_with("limited", Options { limits, ..Options::default() }, clock.clone()).await;
    let (staff, _, _) = hub.berger().await;
    let nobody = hub.nobody();
    let code = hub.admin(&["code", "petra.holzmann@kanzlei-berger.example"]).await.unwrap();
    for _ in 0..5 {
        assert_eq!(nobody.post("/enrolments/look", &json!({"code": "wrong"})).await.code(), "enrolment_refused");
    }
    let refused = nobody.post("/enrolments/look", &json!({"code": code["code"]})).await;
    assert_eq!((refused.code().as_str(), refused.status.as_u16()), ("too_many", 429));
    assert_eq!(refused.headers["retry-after"], "12");
    // whoever shares the address and is signed in goes on working
    staff.get("/me").await.good();
    clock.advance(SignedDuration::from_secs(13));
    nobody.post("/enrolments/look", &json!({"code": code["code"]})).await.good();
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_one_person_are_limited_and_others_go_on() {
    let limits = Limits { person_per_minute: 20, ..Limits::default() };
    let hub = Hub::start_with("person-limit", Options { limits, ..Options::default() }, movable_clock()).await;
    let (staff, approver, _) = hub.berger().await;
    // the token was a call too
    for _ in 0..19 {
        staff.get("/me").await.good();
    }
    assert_eq!(staff.get("/me").await.code(), "too_many");
    approver.get("/me").await.good();
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_are_missing_forged_expired_or_revoked_open_nothing() {
    let clock = movable_clock();
    let hub = Hub::start_with("tokens", Options::default(), clock.clone()).await;
    let (mut staff, _, _) = hub.berger().await;
    let nobody = hub.nobody();
    let missing = nobody.get("/me").await;
    assert_eq!((missing.code().as_str(), missing.status.as_u16()), ("signed_out", 401));
    let mut forged = nobody.clone();
    for token in [device_key(), String::new(), "x".repeat(4000), "'; drop table person; --".to_owned()] {
        forged.token = Some(token);
        assert_eq!(forged.get("/me").await.bytes, missing.bytes);
    }
    clock.advance(SignedDuration::from_mins(16));
    assert_eq!(staff.get("/me").await.code(), "signed_out");
    staff.renew().await;
    staff.get("/me").await.good();
    hub.admin(&["person", "disable", "jana.keller@kanzlei-berger.example"]).await.unwrap();
    assert_eq!(staff.get("/me").await.bytes, missing.bytes);
    assert_eq!(nobody.post("/tokens", &json!({"device_key": staff.device_key})).await.code(), "signed_out");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_names_a_version_that_the_hub_serves() {
    let hub = Hub::start("version").await;
    let (staff, _, _) = hub.berger().await;
    let send = |path: &str, version: Option<&str>| {
        let mut request = staff.client.get(format!("{}{path}", staff.base)).bearer_auth(staff.token.as_ref().unwrap());
        if let Some(version) = version {
            request = request.header("service-tool-version", version);
        }
        async move { Caller::send(request).await }
    };
    for version in [None, Some("0.0.9"), Some("new"), Some("")] {
        let said = send("/me", version).await;
        assert_eq!(said.code(), "client_too_old", "{version:?}");
        assert_eq!(said.headers["service-tool-version"], service_tool_contract::VERSION);
    }
    send("/me", Some("99.0.0")).await.good();
    assert_eq!(send("/health", None).await.good()["ok"], true);
    assert_eq!(send("/openapi.json", None).await.good()["info"]["title"], "Service-Tool hub");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_malformed_too_large_or_unknown_leave_nothing() {
    let hub = Hub::start("bodies").await;
    let (staff, _, _) = hub.berger().await;
    let good = staff.order("help", json!({"description": "Hilfe"})).await;
    let post = |kind: &'static str, bytes: Vec<u8>| {
        let request = staff
            .request(Method::POST, "/requests")
            .header("idempotency-key", key())
            .header("content-type", kind)
            .body(bytes);
        async move { Caller::send(request).await }
    };
    let with = |name: &str, value: serde_json::Value| {
        let mut body = good.clone();
        body[name] = value;
        body.to_string().into_bytes()
    };
    let json = "application/json";
    for (bytes, kind, code) in [
        (b"{".to_vec(), json, "malformed"),
        (vec![b'"', 0xff, b'"'], json, "malformed"),
        ("[".repeat(100_000).into_bytes(), json, "malformed"),
        (good.to_string().into_bytes(), "text/plain", "malformed"),
        (with("price", json!(0)), json, "malformed"),
        (with("language", json!("fr")), json, "malformed"),
        (with("answers", json!({"salary": "1", "description": "x"})), json, "answers_refused"),
        (with("answers", json!({"description": ["x"]})), json, "answers_refused"),
        (with("answers", json!({})), json, "answers_refused"),
        (with("answers", json!({"description": "x".repeat(300_000)})), json, "too_large"),
        (with("form", json!("none")), json, "form_unknown"),
        (with("form_version", json!(99)), json, "form_unknown"),
        (with("form_hash", json!("0".repeat(64))), json, "form_unknown"),
    ] {
        let said = post(kind, bytes).await;
        assert_eq!(said.code(), code, "{}", said.text());
        assert!(said.status.is_client_error());
    }
    let findings = post(json, with("answers", json!({"salary": "1"}))).await.json()["findings"].clone();
    let found: Vec<_> = findings.as_array().unwrap().iter().map(|one| (&one["field"], &one["code"])).collect();
    assert!(found.contains(&(&json!("description"), &json!("required"))), "{findings}");
    assert!(found.contains(&(&json!("salary"), &json!("unknown_field"))), "{findings}");
    assert_eq!(staff.get("/requests").await.good(), json!([]));

    // no key, and keys that are none
    assert_eq!(staff.post("/requests", &good).await.code(), "malformed");
    for wrong in ["short", &"x".repeat(81), "with blanks in it"] {
        assert_eq!(staff.post_under(wrong, "/requests", &good).await.code(), "malformed", "{wrong}");
    }
    // routes and methods that there are not
    assert_eq!(staff.get("/nothing").await.code(), "not_found");
    let wrong_method = Caller::send(staff.request(Method::DELETE, "/me")).await;
    assert_eq!((wrong_method.code().as_str(), wrong_method.status.as_u16()), ("malformed", 405));
    assert_eq!(staff.get("/events?wait_s=31").await.code(), "malformed");
    assert_eq!(staff.get("/events?wait=1").await.code(), "malformed");
    assert_eq!(staff.get("/requests/%ff").await.code(), "malformed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_answers_again_and_another_body_under_it_is_refused() {
    let hub = Hub::start("keys").await;
    let (staff, approver, _) = hub.berger().await;
    let order = staff.order("rename", json!({"last_name": "Roth"})).await;
    let key = key();
    let first = staff.post_under(&key, "/requests", &order).await;
    let second = staff.post_under(&key, "/requests", &order).await;
    assert_eq!((first.status, &first.bytes), (second.status, &second.bytes));
    let id = id_of(&first.good());
    let mut other = order.clone();
    other["answers"]["last_name"] = json!("Sievert");
    assert_eq!(staff.post_under(&key, "/requests", &other).await.code(), "key_reused");
    // the key is the person's: under the same one another person orders something else
    let theirs = approver.post_under(&key, "/requests", &order).await.good();
    assert_ne!(id_of(&theirs), id);
    // the path belongs to what was asked
    let withdraw = format!("/requests/{id}/withdrawal");
    assert_eq!(staff.post_under(&key, &withdraw, &json!({})).await.code(), "key_reused");

    // after a decision, the same key shows the request as it stands, with the receipt of then
    approver.decide(&id, "approve", "").await.good();
    let again = staff.post_under(&key, "/requests", &order).await;
    assert_eq!(again.status, 201);
    let again = again.good();
    assert_eq!(again["request"]["summary"]["state"], "queued");
    assert_eq!(again["receipt"], second.json()["receipt"]);
    assert_eq!(staff.get("/requests").await.good().as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_take_too_long_are_ended() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let limits = Limits { head_s: 1, call_s: 1, ..Limits::default() };
    let hub = Hub::start_with("slow", Options { limits, ..Options::default() }, movable_clock()).await;
    // a connection on which nothing comes is closed
    let mut silent = tokio::net::TcpStream::connect(hub.running().address).await.unwrap();
    let mut bytes = Vec::new();
    tokio::time::timeout(crate::support::SOON, silent.read_to_end(&mut bytes)).await.unwrap().ok();
    // a body that does not arrive is not waited for
    let (sender, body) = {
        let (sender, mut receiver) = tokio::sync::mpsc::channel::<Vec<u8>>(1);
        let stream = futures_util::stream::poll_fn(move |context| {
            receiver.poll_recv(context).map(|chunk| chunk.map(Ok::<_, std::io::Error>))
        });
        (sender, reqwest::Body::wrap_stream(stream))
    };
    sender.send(b"{\"code\":".to_vec()).await.unwrap();
    let nobody = hub.nobody();
    let request =
        nobody.request(Method::POST, "/enrolments/look").header("content-type", "application/json").body(body);
    let said = tokio::time::timeout(crate::support::SOON, Caller::send(request)).await.unwrap();
    assert_eq!((said.code().as_str(), said.status.as_u16()), ("too_slow", 408));
    drop(sender);
    // what is no TLS is nothing to the hub
    let mut plain = tokio::net::TcpStream::connect(hub.running().address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    bytes.clear();
    tokio::time::timeout(crate::support::SOON, plain.read_to_end(&mut bytes)).await.unwrap().ok();
    assert!(!bytes.starts_with(b"HTTP"));
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_at_the_same_moment_are_no_more_than_tries_one_after_the_other() {
    let limits = Limits { failures_per_minute: 5, ..Limits::default() };
    let hub = Hub::start_with("at-once", Options { limits, ..Options::default() }, movable_clock()).await;
    hub.sample().await;
    let nobody = hub.nobody();
    let sign_in = || {
        let request = nobody
            .client
            .post(format!("{}/agent/sign-in", hub.running().url))
            .header("content-type", "application/x-www-form-urlencoded")
            .body("email=anna.reuter%40spectrum.example&password=wrong");
        Caller::send(request)
    };
    let answers = futures_util::future::join_all((0..40).map(|_| sign_in())).await;
    let compared = answers.iter().filter(|said| said.status == 401).count();
    assert_eq!(compared, 5, "so many passwords were compared");
    assert!(answers.iter().all(|said| said.status == 401 || said.status == 429));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_a_key_is_not_kept_out_by_others_at_the_same_address() {
    let limits = Limits { failures_per_minute: 5, person_per_minute: 20, ..Limits::default() };
    let hub = Hub::start_with("shared", Options { limits, ..Options::default() }, movable_clock()).await;
    let (mut staff, _, _) = hub.berger().await;
    let nobody = hub.nobody();
    for _ in 0..6 {
        nobody.post("/tokens", &json!({"device_key": device_key()})).await;
    }
    assert_eq!(nobody.post("/tokens", &json!({"device_key": device_key()})).await.code(), "too_many");
    // a token that has ended is told as such, so that the desktop asks for another
    let mut ended = staff.clone();
    ended.token = Some("A".repeat(43));
    assert_eq!(ended.get("/me").await.code(), "signed_out");
    staff.renew().await;
    staff.get("/me").await.good();
    // nor does a device ask for tokens without end
    let mut refused = String::new();
    for _ in 0..20 {
        let said = nobody.post("/tokens", &json!({"device_key": staff.device_key})).await;
        if !said.status.is_success() {
            refused = said.code();
        }
    }
    assert_eq!(refused, "too_many");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_that_others_read_deceives_the_eye() {
    let hub = Hub::start("deceiving").await;
    let (staff, _, _) = hub.berger().await;
    let id = staff.ordered().await;
    let turned = "Rechnung\u{202e}gnp.exe";
    let said = staff.act(&format!("/requests/{id}/comments"), &json!({"text": turned})).await;
    assert_eq!(said.code(), "malformed");
    let profile = json!({"email": "jana\u{200b}@example.org", "town": "Fulda", "phone": ""});
    let said = Caller::send(staff.request(Method::PUT, "/profile").json(&profile)).await;
    assert_eq!((said.code().as_str(), &said.json()["field"]), ("malformed", &json!("email")));
    let attachment = staff.uploaded(&crate::support::png(21)).await;
    let mut order = staff.order("help", json!({"description": "Hilfe", "pictures": [attachment["digest"]]})).await;
    order["attachments"] = json!([attachment]);
    order["attachments"][0]["name"] = json!(turned);
    assert_eq!(staff.act("/requests", &order).await.code(), "malformed");

    // what a driver calls itself is nobody's fault: it is cleaned
    order["attachments"] = json!([attachment]);
    order["session"]["host"] = json!("TS\u{0}-1");
    order["session"]["printers"] = json!([{
        "queue": "q\u{1b}[31m", "name": format!("{turned}\u{7}"), "place": "", "driver": "x".repeat(9000), "port": "",
        "is_default": true, "paused": false, "redirected": false,
    }]);
    let kept = staff.act("/requests", &order).await.good();
    let session = &kept["request"]["session"];
    assert_eq!((&session["host"], &session["printers"][0]["queue"]), (&json!("TS-1"), &json!("q[31m")));
    assert_eq!(session["printers"][0]["name"], "Rechnunggnp.exe");
    assert_eq!(session["printers"][0]["driver"].as_str().unwrap().len(), 255);
}
