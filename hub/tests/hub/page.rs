//! The agent's page, as a browser without scripts uses it.

use reqwest::{Client, header};
use serde_json::json;

use service_tool_hub::{http::limit::Limits, hub::Options};

use crate::support::{Caller, Hub, Said, id_of, movable_clock, png};

struct Browser {
    client: Client,
    base: String,
    cookie: String,
}

impl Browser {
    fn at(hub: &Hub) -> Self {
        Self { client: hub.client(), base: hub.running().url.clone(), cookie: String::new() }
    }

    async fn get(&self, path: &str) -> Said {
        let request = self.client.get(format!("{}{path}", self.base)).header(header::COOKIE, &self.cookie);
        Caller::send(request).await
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Said {
        let body: Vec<_> = form.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let request = self
            .client
            .post(format!("{}{path}", self.base))
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body.join("&"));
        Caller::send(request).await
    }

    async fn sign_in(&mut self, email: &str, password: &str) -> Said {
        let said = self.post("/agent/sign-in", &[("email", email), ("password", password)]).await;
        if let Some(cookie) = said.headers.get(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            for part in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"] {
                assert!(cookie.contains(part), "{cookie}");
            }
            self.cookie = cookie.split(';').next().unwrap().to_owned();
        }
        said
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// The value of a hidden field of the page.
fn hidden(page: &str, name: &str) -> String {
    let place = page.find(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no field {name}"));
    let rest = &page[place..];
    rest.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_signs_in_takes_comments_and_finishes_without_scripts() {
    let hub = Hub::start("page").await;
    let sample = hub.sample().await;
    let (staff, approver, _) = hub.berger().await;
    let picture = png(9);
    let attachment = staff.uploaded(&picture).await;
    let answers = json!({"description": "<script>alert(1)</script> & mehr", "pictures": [attachment["digest"]]});
    let mut order = staff.order("help", answers).await;
    order["attachments"] = json!([attachment]);
    let id = id_of(&staff.act("/requests", &order).await.good());

    let mut browser = Browser::at(&hub);
    assert_eq!(browser.get("/").await.headers["location"], "/agent");
    let away = browser.get(&format!("/agent/requests/{id}")).await;
    assert_eq!(away.headers["location"], format!("/agent/sign-in?next=/agent/requests/{id}"));
    let (email, password) = (sample["agent"]["email"].as_str().unwrap(), sample["agent"]["password"].as_str().unwrap());
    let wrong = browser.sign_in(email, "not the password").await;
    let unknown = browser.sign_in("nobody@spectrum.example", "not the password").await;
    assert_eq!((wrong.status, unknown.status), (401.try_into().unwrap(), 401.try_into().unwrap()));
    assert!(wrong.text().contains("stimmen nicht"));
    // people of firms have no business here
    assert_eq!(browser.sign_in("petra.holzmann@kanzlei-berger.example", password).await.status, 401);
    assert_eq!(browser.sign_in(email, password).await.headers["location"], "/agent");

    let queue = browser.get("/agent").await;
    let csp = queue.headers["content-security-policy"].to_str().unwrap();
    assert!(csp.starts_with("default-src 'none'") && !csp.contains("unsafe"), "{csp}");
    assert!(queue.text().contains(&id) && queue.text().contains("lang=\"de\""));
    let page = browser.get(&format!("/agent/requests/{id}")).await.text();
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script>alert"));
    let digest = attachment["digest"].as_str().unwrap();
    let shown = browser.get(&format!("/agent/requests/{id}/attachments/{digest}")).await;
    assert_eq!((shown.bytes, shown.headers["cache-control"].to_str().unwrap()), (picture, "no-store"));
    assert!(
        browser.get(&format!("/agent/requests/{id}/text")).await.text().contains("<script>alert(1)</script> & mehr")
    );

    let proof = hidden(&page, "proof");
    let key = hidden(&page, "key");
    let step = |name: &str| format!("/agent/requests/{id}/{name}");
    // without the session's own proof, or from another site, nothing happens
    assert_eq!(browser.post(&step("take"), &[("proof", "x"), ("key", &key)]).await.status, 403);
    let foreign = browser
        .client
        .post(format!("{}{}", browser.base, step("take")))
        .header(header::COOKIE, &browser.cookie)
        .header("sec-fetch-site", "cross-site")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(format!("proof={proof}&key={key}"));
    assert_eq!(Caller::send(foreign).await.status, 403);
    assert_eq!(staff.view(&id).await["summary"]["state"], "queued");

    assert_eq!(browser.post(&step("take"), &[("proof", &proof), ("key", &key)]).await.status, 303);
    // sent twice, carried out once
    assert_eq!(browser.post(&step("take"), &[("proof", &proof), ("key", &key)]).await.status, 303);
    let again =
        browser.post(&step("take"), &[("proof", &proof), ("key", "another-key"), ("text", "Nicht verlieren")]).await;
    assert_eq!(again.status, 409);
    assert!(again.text().contains("Nicht verlieren"), "what was typed is still there");
    let comment = [("proof", proof.as_str()), ("key", "comment-1"), ("text", "Wir sind dran.")];
    assert_eq!(browser.post(&step("comments"), &comment).await.status, 303);
    let silent = [("proof", proof.as_str()), ("key", "not-done-1"), ("reason", " ")];
    assert_eq!(browser.post(&step("not-done"), &silent).await.status, 400);
    let done = [("proof", proof.as_str()), ("key", "done-done-1"), ("text", "")];
    assert_eq!(browser.post(&step("done"), &done).await.status, 303);
    let view = staff.view(&id).await;
    assert_eq!(view["summary"]["state"], "done");
    assert_eq!(view["history"].as_array().unwrap().len(), 4);
    assert!(!browser.get("/agent").await.text().contains(&id));
    assert!(browser.get("/agent?view=finished").await.text().contains(&id));
    let proven = browser.get(&format!("/agent/requests/{id}")).await.text();
    assert!(proven.contains("request.done"));

    // search and filters
    let change = staff.ordered().await;
    approver.decide(&change, "approve", "").await.good();
    assert!(browser.get("/agent?q=sievert+BERGER").await.text().contains(&change));
    assert!(!browser.get("/agent?q=nobody").await.text().contains(&change));
    assert!(!browser.get("/agent?kind=support").await.text().contains(&change));
    assert!(browser.get("/agent/rows?kind=change").await.text().contains(&change));

    // signing out ends the session at the hub too
    assert_eq!(browser.post("/agent/sign-out", &[("proof", &proof)]).await.status, 303);
    assert_eq!(browser.get("/agent").await.headers["location"], "/agent/sign-in");
    assert_eq!(browser.get("/agent/rows").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_speaks_the_browsers_language_and_sends_nobody_elsewhere() {
    let hub = Hub::start("language").await;
    let browser = Browser::at(&hub);
    let english =
        browser.client.get(format!("{}/agent/sign-in", browser.base)).header("accept-language", "fr, en;q=0.8");
    let page = Caller::send(english).await.text();
    assert!(page.contains("lang=\"en\"") && page.contains("Sign in"));
    for target in ["https://elsewhere.example", "//elsewhere.example", "/agent/requests/../../x", "/agent/requests/a?b"]
    {
        let page = browser.get(&format!("/agent/sign-in?next={}", encoded(target))).await.text();
        assert_eq!(hidden(&page, "next"), "/agent", "{target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_neither_signs_in_nor_uses_an_agents_tries_up() {
    let limits = Limits { failures_per_minute: 3, ..Limits::default() };
    let hub = Hub::start_with("cross-site", Options { limits, ..Options::default() }, movable_clock()).await;
    let sample = hub.sample().await;
    let browser = Browser::at(&hub);
    let password = sample["agent"]["password"].as_str().unwrap();
    let body = format!("email=anna.reuter%40spectrum.example&password={}", encoded(password));
    let sign_in = |name: &'static str, value: String| {
        let request = browser
            .client
            .post(format!("{}/agent/sign-in", browser.base))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(name, value)
            .body(body.clone());
        Caller::send(request)
    };
    for _ in 0..4 {
        assert_eq!(sign_in("origin", "https://elsewhere.example".to_owned()).await.status, 403);
        assert_eq!(sign_in("sec-fetch-site", "cross-site".to_owned()).await.status, 403);
    }
    // a browser that says its origin alone, over HTTP/2 too, where the host is part of the address
    assert_eq!(sign_in("origin", browser.base.clone()).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_of_the_page_may_run_or_frame_anything() {
    let hub = Hub::start("secured").await;
    let sample = hub.sample().await;
    let mut browser = Browser::at(&hub);
    let (email, password) = (sample["agent"]["email"].as_str().unwrap(), sample["agent"]["password"].as_str().unwrap());
    browser.sign_in(email, password).await;
    for path in [
        "/agent",
        "/agent/rows",
        "/agent/requests/x",
        "/agent/requests/%ff",
        "/agent?q=1&q=2",
        "/agent/nothing",
        "/nothing",
        "/agent/style.css",
        "/ca.pem",
    ] {
        let said = browser.get(path).await;
        let csp = said.headers.get("content-security-policy").unwrap_or_else(|| panic!("{path}: no policy"));
        let csp = csp.to_str().unwrap();
        assert!(csp.starts_with("default-src 'none'") && csp.contains("frame-ancestors 'none'"), "{path}: {csp}");
    }
}
