//! Certificates: one CA for good, a leaf that is renewed in time, a public certificate instead.

use jiff::SignedDuration;
use service_tool_hub::hub::Options;

use crate::support::{Hub, movable_clock};

async fn leaf_of(hub: &Hub) -> Vec<u8> {
    let health = hub.client().get(format!("{}/api/v1/health", hub.running().url)).send().await.unwrap();
    assert!(health.status().is_success());
    fs_err::read(hub.configuration.data.join("leaf.json")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ca_stays_and_the_leaf_is_renewed_when_a_third_of_its_life_is_left() {
    let clock = movable_clock();
    let mut hub = Hub::start_with("renewal", Options::default(), clock.clone()).await;
    let ca = fs_err::read(&hub.running().ca).unwrap();
    let served = hub.client().get(format!("{}/ca.pem", hub.running().url)).send().await.unwrap();
    assert_eq!(served.bytes().await.unwrap(), ca);
    let first = leaf_of(&hub).await;
    hub.stop().await;
    hub.serve().await;
    assert_eq!(leaf_of(&hub).await, first, "a leaf is kept as long as it is good");
    clock.advance(SignedDuration::from_hours(24 * 59));
    hub.running().tend_certificate().unwrap();
    assert_eq!(leaf_of(&hub).await, first);
    clock.advance(SignedDuration::from_hours(24 * 2));
    // also while the hub runs; new connections see the new leaf
    hub.running().tend_certificate().unwrap();
    let renewed = fs_err::read(hub.configuration.data.join("leaf.json")).unwrap();
    assert_ne!(renewed, first);
    assert_eq!(fs_err::read(&hub.running().ca).unwrap(), ca);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_leaf_follows_the_public_address_and_secrets_are_private() {
    let mut hub = Hub::start("names").await;
    hub.stop().await;
    hub.configuration.public_url = Some("https://hub.kanzlei.example:8443".to_owned());
    hub.serve().await;
    assert_eq!(hub.running().url, "https://hub.kanzlei.example:8443");
    let leaf = fs_err::read_to_string(hub.configuration.data.join("leaf.json")).unwrap();
    assert!(leaf.contains("hub.kanzlei.example") && leaf.contains("localhost") && leaf.contains("::1"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode =
            |name: &str| fs_err::metadata(hub.configuration.data.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(""), 0o700);
        for secret in ["ca.key", "audit.key", "leaf.json"] {
            assert_eq!(mode(secret), 0o600, "{secret}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_certificate_is_served_instead_and_codes_pin_nothing() {
    let mut hub = Hub::start("public").await;
    hub.sample().await;
    let long = hub.admin(&["code", "jana.keller@kanzlei-berger.example"]).await.unwrap();
    assert_ne!(long["code"], long["short_code"]);
    hub.stop().await;
    let other = Hub::start("public-other").await;
    let leaf: serde_json::Value =
        serde_json::from_slice(&fs_err::read(other.configuration.data.join("leaf.json")).unwrap()).unwrap();
    let (certificate, key) = (hub.folder.0.join("public.pem"), hub.folder.0.join("public.key"));
    fs_err::write(&certificate, leaf["certificate_pem"].as_str().unwrap()).unwrap();
    fs_err::write(&key, leaf["key_pem"].as_str().unwrap()).unwrap();
    hub.configuration.certificate = Some((certificate, key));
    hub.serve().await;
    let health = format!("{}/api/v1/health", hub.running().url);
    // the other hub's CA stands for the public one
    assert!(other.client().get(&health).send().await.unwrap().status().is_success());
    assert!(hub.client().get(&health).send().await.is_err());
    let short = hub.admin(&["code", "jana.keller@kanzlei-berger.example"]).await.unwrap();
    assert_eq!(short["code"], short["short_code"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_is_served_by_one() {
    let hub = Hub::start("second").await;
    let second = service_tool_hub::server::start(hub.configuration.clone(), hub.ambient()).await;
    let error = second.err().unwrap().to_string();
    assert!(error.contains("another hub is already serving"), "{error}");
}
