//! What the hub refuses, over its real API: every refusal is a problem with a code, and leaves nothing behind.

use anyhow::{Context as _, Result};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use service_tool_contract::{IDEMPOTENCY_HEADER, VERSION_HEADER, id::Digest};
use service_tool_tests::{
    api::{Caller, device_key, key, stranger},
    hub::Hub,
    web::Answer,
    world::World,
};

/// What an outsider can tell two answers apart by.
fn outside(answer: &Answer) -> (StatusCode, Vec<(String, String)>, String) {
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    headers.sort();
    (answer.status, headers, answer.text())
}

#[test]
fn an_enrolment_code_that_is_wrong_used_or_expired_is_refused_alike() -> Result<()> {
    let world = World::new("codes")?;
    let hub = Hub::start(&world)?;
    let sample = hub.sample()?;
    let person = sample.person("staff", true)?;
    let http = stranger(&hub)?;
    let enrol = |code: &str| {
        http.post("/api/v1/enrolments", &json!({"code": code, "device_key": device_key(), "device_name": "x"}))
    };
    let look = |code: &str| http.post("/api/v1/enrolments/look", &json!({"code": code}));

    let offer = look(&person.code)?.good()?;
    assert_eq!(offer["person_name"], json!(person.name));
    // looking uses nothing up; blanks, hyphens and case do not matter
    let typed = person.code.replace('-', " ").to_lowercase();
    enrol(&typed)?.good()?;

    let (used, wrong) = (enrol(&person.code)?, enrol("0000-0000-0000-0000")?);
    assert_eq!(used.code()?, "enrolment_refused");
    assert_eq!(outside(&used), outside(&wrong));
    assert_eq!(outside(&look(&person.code)?), outside(&look("0000-0000-0000-0000")?));

    // a fresh code ends the one before it
    let approver = sample.person("approver", true)?;
    hub.admin(&["code", &approver.email])?;
    assert_eq!(outside(&enrol(&approver.code)?), outside(&wrong));
    world.end()
}

#[test]
fn a_lost_answer_does_not_lose_the_enrolment_code() -> Result<()> {
    let world = World::new("codes-twice")?;
    let hub = Hub::start(&world)?;
    let sample = hub.sample()?;
    let http = stranger(&hub)?;
    let wanted = json!({"code": sample.person("staff", true)?.code, "device_key": device_key(), "device_name": "x"});
    let (first, again) = (http.post("/api/v1/enrolments", &wanted)?, http.post("/api/v1/enrolments", &wanted)?);
    assert_eq!(first.good()?, again.good()?);
    world.end()
}

#[test]
fn bodies_that_are_too_large_malformed_or_have_unknown_fields_leave_nothing() -> Result<()> {
    let world = World::new("bodies")?;
    let mut hub = Hub::start(&world)?;
    let sample = hub.sample()?;
    let staff = Caller::enrolled(&hub, sample.person("staff", true)?)?;
    let good = staff.order("support", &[("description", json!("Der Drucker druckt nicht."))])?;
    let changed = |change: fn(&mut Value)| {
        let mut body = good.clone();
        change(&mut body);
        body
    };
    let post = |media_type: &str, bytes: Vec<u8>| {
        staff.http.with(IDEMPOTENCY_HEADER, &key()).call(Method::POST, "/api/v1/requests", media_type, bytes)
    };

    let mut large = good.clone();
    large["answers"]["description"] = json!("x".repeat(300 * 1024));
    let cases = [
        ("too large", post("application/json", serde_json::to_vec(&large)?)?, "too_large"),
        ("not JSON", post("application/json", b"{\"form\":".to_vec())?, "malformed"),
        ("not UTF-8", post("application/json", vec![b'"', 0xff, 0xfe, b'"'])?, "malformed"),
        ("another type of content", post("text/plain", serde_json::to_vec(&good)?)?, "malformed"),
        ("deeply nested", post("application/json", "[".repeat(100_000).into_bytes())?, "malformed"),
        ("an unknown field", staff.do_post("/requests", &changed(|body| body["price"] = json!(0)))?, "malformed"),
        (
            "an unknown field below",
            staff.do_post("/requests", &changed(|body| body["attachments"] = json!([{"digest": "x", "colour": 1}])))?,
            "malformed",
        ),
        (
            "an answer to a question that the form does not have",
            staff.do_post("/requests", &changed(|body| body["answers"]["salary"] = json!("1")))?,
            "answers_refused",
        ),
        (
            "an answer of another kind",
            staff.do_post("/requests", &changed(|body| body["answers"]["description"] = json!(["a"])))?,
            "answers_refused",
        ),
        (
            "nothing where something is demanded",
            staff.do_post("/requests", &changed(|body| body["answers"] = json!({})))?,
            "answers_refused",
        ),
        (
            "an unknown form",
            staff.do_post("/requests", &changed(|body| body["form"] = json!("no-such-form")))?,
            "form_unknown",
        ),
        (
            "an attachment that never came",
            staff.do_post(
                "/requests",
                &changed(|body| {
                    body["attachments"] = json!([{
                        "digest": Digest::of(b"never came").to_string(), "name": "a.png", "size": 10, "media_type": "image/png"
                    }]);
                    body["answers"]["pictures"] = json!([Digest::of(b"never came").to_string()]);
                }),
            )?,
            "attachment_missing",
        ),
    ];
    for (what, answer, code) in &cases {
        assert!(answer.status.is_client_error(), "{what}: {} {}", answer.status, answer.text());
        assert_eq!(&answer.code().with_context(|| (*what).to_owned())?, code, "{what}: {}", answer.text());
        let kind = answer.headers.get("content-type").context("no type")?.to_str()?;
        assert!(kind.starts_with("application/problem+json"), "{what}: {kind}");
    }
    let listed = staff.get("/requests")?.good()?;
    assert_eq!(listed, json!([]), "something was kept");
    // nothing of what was said went into the log
    let log = hub.log()?;
    assert!(!log.contains("Drucker druckt") && !log.contains(&staff.me.name), "answers or names in the log");
    staff.do_post("/requests", &good)?.good()?;
    world.end()
}

#[test]
fn files_that_are_not_what_they_claim_are_refused_before_they_are_kept() -> Result<()> {
    let world = World::new("files")?;
    let hub = Hub::start(&world)?;
    let sample = hub.sample()?;
    let staff = Caller::enrolled(&hub, sample.person("staff", true)?)?;
    assert_eq!(staff.upload(b"", "image/png")?.code()?, "file_refused");
    assert_eq!(staff.upload(b"%PDF-1.7 and so on", "image/png")?.code()?, "file_refused");
    assert_eq!(staff.upload(b"MZ\x90\x00program", "application/x-msdownload")?.code()?, "file_refused");
    // another content than its name says
    let (claimed, bytes) = (Digest::of(b"something else"), b"\x89PNG\r\n\x1a\n".to_vec());
    let path = format!("/api/v1/uploads/{claimed}?offset=0&size={}&media_type=image/png", bytes.len());
    assert_eq!(staff.http.call(Method::PUT, &path, "application/octet-stream", bytes)?.code()?, "file_refused");
    // larger than any picture
    let path = format!("/api/v1/uploads/{claimed}?offset=0&size=99999999999&media_type=image/png");
    assert_eq!(staff.http.call(Method::PUT, &path, "application/octet-stream", vec![1])?.code()?, "too_large");
    world.end()
}

#[test]
fn a_replayed_call_changes_nothing_and_a_key_is_good_for_one_body() -> Result<()> {
    let world = World::new("replay")?;
    let hub = Hub::start(&world)?;
    let sample = hub.sample()?;
    let staff = Caller::enrolled(&hub, sample.person("staff", true)?)?;
    let body = staff.order("support", &[("description", json!("Zweimal gesendet"))])?;
    let key = key();
    let first = staff.post("/requests", &key, &body)?.good()?;
    let again = staff.post("/requests", &key, &body)?.good()?;
    assert_eq!(first, again);
    let mut other = body.clone();
    other["answers"]["description"] = json!("Etwas anderes");
    assert_eq!(staff.post("/requests", &key, &other)?.code()?, "key_reused");
    assert_eq!(staff.get("/requests")?.good()?.as_array().map(Vec::len), Some(1));

    // a key belongs to its person
    let colleague = Caller::enrolled(&hub, sample.person("approver", true)?)?;
    let theirs = colleague.post("/requests", &key, &body)?.good()?;
    assert_ne!(theirs["request"]["summary"]["id"], first["request"]["summary"]["id"]);
    hub.verify_audit()?;
    world.end()
}

#[test]
fn another_firms_id_is_like_one_that_does_not_exist() -> Result<()> {
    let world = World::new("foreign")?;
    let hub = Hub::start(&world)?;
    let sample = hub.sample()?;
    let staff = Caller::enrolled(&hub, sample.person("staff", true)?)?;
    let foreigner = Caller::enrolled(&hub, sample.person("approver", false)?)?;
    let request = staff.new_user("Fremd")?;
    let missing = format!("req_{}", uuid_of(&request)?);
    let hash = staff.view(&request)?["content_hash"].clone();
    let digest = Digest::of(b"no such picture");

    let mut compared = 0;
    for (method, path, body) in [
        ("GET", "", json!(null)),
        ("GET", &*format!("/attachments/{digest}"), json!(null)),
        ("POST", "/decision", json!({"verdict": "approve", "text": "", "content_hash": hash})),
        ("POST", "/comments", json!({"text": "Hallo"})),
        ("POST", "/withdrawal", json!({})),
        ("POST", "/take-back", json!({})),
    ] {
        let call = |id: &str| match method {
            "GET" => foreigner.get(&format!("/requests/{id}{path}")),
            _ => foreigner.do_post(&format!("/requests/{id}{path}"), &body),
        };
        let (theirs, none) = (call(&request)?, call(&missing)?);
        assert_eq!(theirs.code()?, "not_found", "{path}: {}", theirs.text());
        assert_eq!(outside(&theirs), outside(&none), "{method} {path}");
        compared += 1;
    }
    assert_eq!(compared, 6);
    let mine = staff.order("user-create", &[("first_name", json!("A")), ("last_name", json!("B"))])?;
    let revise = |id: &str| foreigner.do_post(&format!("/requests/{id}/revisions"), &mine);
    assert_eq!(outside(&revise(&request)?), outside(&revise(&missing)?));
    // and nothing has happened to it
    assert_eq!(staff.view(&request)?["summary"]["state"], "waiting");
    assert_eq!(staff.view(&request)?["history"].as_array().map(Vec::len), Some(1));
    hub.verify_audit()?;
    world.end()
}

#[test]
fn nobody_decides_twice_on_the_own_request_or_on_a_changed_one() -> Result<()> {
    let world = World::new("decisions")?;
    let hub = Hub::start(&world)?;
    let sample = hub.sample()?;
    let staff = Caller::enrolled(&hub, sample.person("staff", true)?)?;
    let approver = Caller::enrolled(&hub, sample.person("approver", true)?)?;
    let decide =
        |who: &Caller, request: &str, body: &Value| who.do_post(&format!("/requests/{request}/decision"), body);

    // staff decide nothing
    let request = staff.new_user("Zweimal")?;
    let by_staff = staff.decision(&request, "approve", "")?;
    assert!(decide(&staff, &request, &by_staff)?.status.is_client_error());
    assert_eq!(staff.view(&request)?["summary"]["state"], "waiting");

    // a refusal and a question need words
    for verdict in ["refuse", "return"] {
        let silent = approver.decision(&request, verdict, " ")?;
        assert_eq!(decide(&approver, &request, &silent)?.code()?, "malformed");
    }

    // twice: the second finds it decided
    let decision = approver.decision(&request, "refuse", "Nicht besprochen")?;
    decide(&approver, &request, &decision)?.good()?;
    assert_eq!(decide(&approver, &request, &decision)?.code()?, "state_conflict");
    let view = approver.view(&request)?;
    assert_eq!(view["summary"]["state"], "refused");
    assert_eq!(view["history"].as_array().map(Vec::len), Some(2), "{view:#}");

    // an own one: the firm's policy says whether that takes somebody else
    let careful = Caller::enrolled(&hub, sample.person("approver", false)?)?;
    for (approver, may) in [(&approver, true), (&careful, false)] {
        assert_eq!(approver.get("/catalog")?.good()?["tenant"]["own_approval"], may);
        let own = approver.new_user("Eigener")?;
        let decision = approver.decision(&own, "approve", "")?;
        let answer = decide(approver, &own, &decision)?;
        if may {
            answer.good()?;
            assert_eq!(approver.view(&own)?["summary"]["state"], "queued");
        } else {
            assert_eq!(answer.code()?, "own_request");
            assert_eq!(approver.view(&own)?["summary"]["state"], "waiting");
        }
    }

    // a changed one: the approver holds the hash of what was shown before the answer came
    let request = staff.new_user("Alt")?;
    let stale = approver.decision(&request, "approve", "")?;
    let question = approver.decision(&request, "return", "Wie heißt die Person?")?;
    decide(&approver, &request, &question)?.good()?;
    let answers = [("first_name", json!("Test")), ("last_name", json!("Neu")), ("start_date", json!("2031-01-07"))];
    staff.do_post(&format!("/requests/{request}/revisions"), &staff.order("user-create", &answers)?)?.good()?;
    assert_eq!(decide(&approver, &request, &stale)?.code()?, "changed");
    assert_eq!(staff.view(&request)?["summary"]["state"], "waiting");
    let fresh = approver.decision(&request, "approve", "")?;
    decide(&approver, &request, &fresh)?.good()?;
    assert_eq!(staff.view(&request)?["summary"]["state"], "queued");
    hub.verify_audit()?;
    world.end()
}

#[test]
fn nobody_sees_or_decides_the_deletion_of_the_own_account() -> Result<()> {
    let world = World::new("own-account")?;
    let mut hub = Hub::start(&world)?;
    hub.stop()?;
    hub.change_form("user-delete", &deletion())?;
    hub.restart()?;
    let sample = hub.sample()?;
    let staff = Caller::enrolled(&hub, sample.person("staff", true)?)?;
    let approvers: Vec<Caller> = sample
        .people
        .iter()
        .filter(|person| person.role == "approver" && person.tenant == staff.me.tenant_name)
        .map(|person| Caller::enrolled(&hub, person))
        .collect::<Result<_>>()?;
    let [affected, other] = &approvers[..] else { anyhow::bail!("{} approvers", approvers.len()) };

    let mut order = staff.order("user-delete", &[("account", json!(affected.me.id))])?;
    // nor can it be addressed to that person
    order["approver"] = json!(affected.me.id);
    assert!(staff.do_post("/requests", &order)?.status.is_client_error());
    order["approver"] = json!(null);
    let answer = staff.do_post("/requests", &order)?.good()?;
    let request = answer["request"]["summary"]["id"].as_str().context("no id")?.to_owned();
    let decision = other.decision(&request, "approve", "")?;

    let missing = format!("req_{}", uuid_of(&request)?);
    for (method, path) in [("GET", ""), ("POST", "/decision"), ("POST", "/take-back")] {
        let body = if path == "/decision" { decision.clone() } else { json!({}) };
        let call = |id: &str| match method {
            "GET" => affected.get(&format!("/requests/{id}{path}")),
            _ => affected.do_post(&format!("/requests/{id}{path}"), &body),
        };
        assert_eq!(call(&request)?.code()?, "not_found");
        assert_eq!(outside(&call(&request)?), outside(&call(&missing)?), "{path}");
    }
    assert_eq!(affected.get("/inbox")?.good()?, json!([]));
    assert_eq!(affected.get("/events")?.good()?["waiting"], 0, "the count betrays it");
    assert_eq!(other.get("/inbox")?.good()?.as_array().map(Vec::len), Some(1));
    other.do_post(&format!("/requests/{request}/decision"), &decision)?.good()?;
    assert_eq!(staff.view(&request)?["summary"]["state"], "queued");
    hub.verify_audit()?;
    world.end()
}

/// A form for deleting a user, as short as it can be.
fn deletion() -> Value {
    let text = |text: &str| json!({"de": text, "en": text});
    json!({
        "format": 1, "id": "user-delete", "version": 1, "kind": "change", "icon": "user-delete", "order": 60,
        "title": text("Benutzer löschen"), "line": text("Konto und Postfach"),
        "approval": "approver", "effect": "delete", "subject": text("{account}"), "account": "account",
        "sections": [{"id": "user", "title": text("Person"), "fields": [
            {"id": "account", "kind": "choice", "label": text("Wer?"), "required": "true", "options_from": "directory.people"}
        ]}]
    })
}

#[test]
fn tokens_that_are_missing_forged_or_of_an_old_client_open_nothing() -> Result<()> {
    let world = World::new("tokens")?;
    let hub = Hub::start(&world)?;
    let sample = hub.sample()?;
    let staff = Caller::enrolled(&hub, sample.person("staff", true)?)?;
    let nobody = stranger(&hub)?;
    assert_eq!(nobody.get("/api/v1/me")?.code()?, "signed_out");
    let forged = nobody.with("authorization", &format!("Bearer {}", device_key()));
    assert_eq!(outside(&forged.get("/api/v1/me")?), outside(&nobody.get("/api/v1/me")?));
    assert_eq!(nobody.post("/api/v1/tokens", &json!({"device_key": device_key()}))?.code()?, "signed_out");
    assert_eq!(staff.http.with(VERSION_HEADER, "0.0.1").get("/api/v1/me")?.code()?, "client_too_old");
    // a person of a firm has nothing to look for in the provider's queue
    assert_eq!(staff.get("/agent/queue")?.code()?, "not_allowed");
    staff.get("/me")?.good()?;
    world.end()
}

/// Another id of the same shape.
fn uuid_of(request: &str) -> Result<String> {
    let tail = request.strip_prefix("req_").context("a request's id begins with req_")?;
    let last = tail.chars().last().context("an empty id")?;
    let other = if last == '0' { '1' } else { '0' };
    Ok(format!("{}{other}", &tail[..tail.len() - 1]))
}
