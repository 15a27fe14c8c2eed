//! The web host: who gets in, what it answers.

use std::path::Path;

use reqwest::{Client, StatusCode, header};

use super::*;
use crate::web_host::{BrowserDesk, serve};

struct Site {
    origin: String,
    entrance: String,
    client: Client,
    cookie: String,
}

async fn site(workplace: &Workplace, dist: &Path) -> (Site, Arc<Desktop>, Arc<BrowserDesk>) {
    fs_err::create_dir_all(dist).unwrap();
    fs_err::write(dist.join("index.html"), "<title>Service-Tool</title>").unwrap();
    let desk = BrowserDesk::new();
    let ports = Ports {
        clock: workplace.clock.clone(),
        randomness: Dice::new(),
        secrets: workplace.safe.clone(),
        printers: workplace.printers.clone(),
        screen: workplace.screen.clone(),
        desk: desk.clone(),
        runtime: tokio::runtime::Handle::current(),
    };
    let place = Place {
        data: workplace.data(),
        host: "TS-01".into(),
        session: String::new(),
        process: 1,
        language: Language::De,
        tray_missing: true,
    };
    let desktop = Desktop::start(ports, Policy::default(), place).unwrap();
    let (entrance, server) = serve(desktop.clone(), desk.clone(), dist.to_owned()).await.unwrap();
    tokio::spawn(server);
    crate::hub_client::provider_choose();
    let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let origin = entrance.split("/?").next().unwrap().to_owned();
    let answer = client.get(&entrance).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let set = answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict"), "{set}");
    let cookie = set.split(';').next().unwrap().to_owned();
    (Site { origin, entrance, client, cookie }, desktop, desk)
}

impl Site {
    fn call(&self, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}/call/{path}", self.origin);
        self.client.post(url).header(header::COOKIE, &self.cookie).header(header::ORIGIN, &self.origin)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_works_once_and_then_only_the_cookie_does() {
    let workplace = Workplace::new();
    let (site, _desktop, _desk) = site(&workplace, &workplace.folder.path().join("dist")).await;
    assert_eq!(site.client.get(&site.entrance).send().await.unwrap().status(), StatusCode::FORBIDDEN);
    assert_eq!(site.client.get(&site.origin).send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let page = site.client.get(&site.origin).header(header::COOKIE, &site.cookie).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("connect-src 'self'"), "{policy}");
    assert!(page.text().await.unwrap().contains("Service-Tool"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_site_and_a_rebound_name_get_nothing() {
    let workplace = Workplace::new();
    let (site, _desktop, _desk) = site(&workplace, &workplace.folder.path().join("dist")).await;
    let path = format!("{}/call/menu/overview_get", site.origin);
    for (name, value, status) in [
        (header::ORIGIN, "https://evil.example", StatusCode::FORBIDDEN),
        (header::HOST, "evil.example", StatusCode::MISDIRECTED_REQUEST),
    ] {
        let answer =
            site.client.post(&path).header(header::COOKIE, &site.cookie).header(name, value).send().await.unwrap();
        assert_eq!(answer.status(), status);
    }
    let no_origin = site.client.post(&path).header(header::COOKIE, &site.cookie).send().await.unwrap();
    assert_eq!(no_origin.status(), StatusCode::FORBIDDEN);
    let no_cookie = site.client.post(&path).header(header::ORIGIN, &site.origin).send().await.unwrap();
    assert_eq!(no_cookie.status(), StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_are_answered_as_in_the_window_and_refused_as_there() {
    let workplace = Workplace::new();
    let (site, _desktop, _desk) = site(&workplace, &workplace.folder.path().join("dist")).await;
    let overview: Value = site.call("menu/overview_get").json(&json!({})).send().await.unwrap().json().await.unwrap();
    assert_eq!(overview["host"], "TS-01");
    for (path, body, status, code) in [
        ("menu/picture_list", "{}", 403, "wrong_window"),
        ("menu/unheard_of", "{}", 404, "not_found"),
        ("tray/overview_get", "{}", 404, "not_found"),
        ("menu/overview_get", "{", 400, "malformed"),
    ] {
        let answer = site.call(path).body(body).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path}");
        assert_eq!(answer.json::<Value>().await.unwrap()["code"], code, "{path}");
    }
    let taken: Value =
        site.call("work/picture_take").json(&json!({ "monitor": 0 })).send().await.unwrap().json().await.unwrap();
    let picture = site.call("work/picture_get").json(&json!({ "picture": taken["picture"] })).send().await.unwrap();
    assert_eq!(picture.headers()[header::CONTENT_TYPE], "image/png");
    assert_eq!(picture.bytes().await.unwrap(), png(0, 100));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_hears_events_and_counts_as_a_window() {
    let workplace = Workplace::new();
    let (site, _desktop, desk) = site(&workplace, &workplace.folder.path().join("dist")).await;
    assert!(!desk.window_any());
    let url = format!("{}/events?window=menu", site.origin);
    let mut listening = site.client.get(url).header(header::COOKIE, &site.cookie).send().await.unwrap();
    until("the page", || desk.window_any()).await;
    let open = json!({ "screen": { "screen": "inbox", "request": null } });
    site.call("menu/screen_open").json(&open).send().await.unwrap();
    let mut text = String::new();
    while !text.contains("screen_requested") {
        text.push_str(&String::from_utf8_lossy(&listening.chunk().await.unwrap().unwrap()));
    }
    assert!(text.contains(r#""window":"work""#), "{text}");
    drop(listening);
    until("the page's end", || !desk.window_any()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_file_outside_the_screens_is_served() {
    let workplace = Workplace::new();
    let (site, _desktop, _desk) = site(&workplace, &workplace.folder.path().join("dist")).await;
    for path in ["/../data/lock", "/%2e%2e/data/lock", "/..%2fdata/lock", "//etc/passwd", "/missing.js"] {
        let url = format!("{}{path}", site.origin);
        let answer = site.client.get(url).header(header::COOKIE, &site.cookie).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}
