//! Enrolment, from the code to the account.

use std::sync::atomic::Ordering;

use service_tool_contract::code::Code;

use super::{hub::*, *};
use crate::command::{Connection, SecretState};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_with_a_pin_is_looked_at_used_and_survives_a_restart() {
    let mut workplace = Workplace::new();
    let hub = FakeHub::start().await;
    let desktop = workplace.start();
    assert!(!desktop.enrolled().await);
    assert_eq!(overview(&desktop).await.connection, Connection::NotEnrolled);
    let request = json!({ "code": hub.long_code(), "hub": hub.url() });
    let offer = call(&desktop, "enrolment_look", request.clone()).await.unwrap();
    assert_eq!(offer["person_name"], "Anna Muster");
    assert_eq!(locked(&hub.kept).code_used_by, None, "looking uses nothing up");
    call(&desktop, "enrolment_confirm", request).await.unwrap();
    let shown = overview(&desktop).await;
    assert_eq!(shown.connection, Connection::Connected);
    assert_eq!((shown.tenant_name.as_str(), shown.brand.hotline.as_str()), ("Kanzlei Berger", "0561 0"));
    assert_eq!(workplace.safe.names(), ["device-key", "state-key"], "no pending key stays");
    let desktop = workplace.restart(desktop).await;
    assert!(desktop.enrolled().await);
    until_connected(&desktop).await;
}

async fn until_connected(desktop: &Arc<Desktop>) {
    for _ in 0..5000 {
        if overview(desktop).await.connection == Connection::Connected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("did not connect: {:?}", overview(desktop).await.connection);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_or_used_code_is_refused_and_leaves_nothing() {
    let workplace = Workplace::new();
    let hub = FakeHub::start().await;
    locked(&hub.kept).code_used_by = Some("another device".into());
    let desktop = workplace.start();
    let used = desktop.enrol_with(&hub.long_code(), &hub.url()).await.unwrap_err();
    assert_eq!(used.code, Code::EnrolmentRefused);
    let wrong = hub.long_code().replacen('0', "Z", 1);
    assert_eq!(desktop.enrol_with(&wrong, &hub.url()).await.unwrap_err().code, Code::EnrolmentRefused);
    assert!(!desktop.enrolled().await);
    assert!(!workplace.data().join("enrolment").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_with_another_ca_than_the_pin_is_not_told_the_code() {
    let workplace = Workplace::new();
    let (hub, other) = (FakeHub::start().await, FakeHub::start().await);
    let desktop = workplace.start();
    let problem = desktop.enrol_with(&other.long_code(), &hub.url()).await.unwrap_err();
    assert_eq!(problem.code, Code::HubUntrusted);
    assert_eq!(hub.calls.load(Ordering::SeqCst), 0, "no call of the API was made");
    let short = desktop.enrol_with(CODE, &hub.url()).await.unwrap_err();
    assert_eq!(short.code, Code::HubUntrusted, "without a pin the system's trust counts");
    assert_eq!(hub.calls.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_policy_names_a_hub_a_code_for_another_is_refused() {
    let mut workplace = Workplace::new();
    let (hub, other) = (FakeHub::start().await, FakeHub::start().await);
    workplace.policy.hub.url = Some(hub.url());
    let desktop = workplace.start();
    for (code, address) in [(other.long_code(), String::new()), (hub.long_code(), other.url())] {
        let problem = desktop.enrol_with(&code, &address).await.unwrap_err();
        assert_eq!(problem.code, Code::OtherHub);
    }
    assert_eq!(hub.calls.load(Ordering::SeqCst) + other.calls.load(Ordering::SeqCst), 0);
    desktop.enrol_with(&hub.long_code(), "").await.unwrap();
    // another policy than at the enrolment: the account does not count any more
    workplace.policy.hub.url = Some(other.url());
    let desktop = workplace.restart(desktop).await;
    assert!(!desktop.enrolled().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ca_that_policy_names_makes_the_short_code_do() {
    let mut workplace = Workplace::new();
    let (hub, other) = (FakeHub::start().await, FakeHub::start().await);
    let ca = workplace.folder.path().join("ca.pem");
    fs_err::write(&ca, hub.ca_pem()).unwrap();
    workplace.policy.hub.ca_file = Some(ca);
    let desktop = workplace.start();
    let problem = desktop.enrol_with(&other.long_code(), &other.url()).await.unwrap_err();
    assert_eq!(problem.code, Code::OtherHub, "the pin is of another CA than policy names");
    desktop.enrol_with(CODE, &hub.url()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_between_using_the_code_and_keeping_the_account_costs_nothing() {
    let hub = FakeHub::start().await;
    let mut died = 0;
    for kill_after in 0..5 {
        let mut workplace = Workplace::new();
        locked(&hub.kept).code_used_by = None;
        let desktop = workplace.start();
        desktop.enrolled().await;
        workplace.steps.kill_after(kill_after);
        let first = desktop.enrol_with(&hub.long_code(), &hub.url()).await;
        died += u32::from(first.is_err());
        let used_by = locked(&hub.kept).code_used_by.clone();
        assert!(used_by.is_some(), "the hub has used the code up");
        let desktop = workplace.restart(desktop).await;
        if !desktop.enrolled().await {
            desktop.enrol_with(&hub.long_code(), &hub.url()).await.unwrap();
        }
        assert_eq!(locked(&hub.kept).code_used_by, used_by, "the same key again");
        desktop.shutdown().await;
    }
    assert_eq!(died, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_to_the_code_costs_nothing() {
    let workplace = Workplace::new();
    let hub = FakeHub::start().await;
    let desktop = workplace.start();
    hub.feel(Mood::LosesAnswers);
    let request = json!({ "code": hub.long_code(), "hub": hub.url() });
    assert_eq!(call(&desktop, "enrolment_confirm", request.clone()).await.unwrap_err().code, Code::HubUnreachable);
    assert!(locked(&hub.kept).code_used_by.is_some());
    hub.feel(Mood::Well);
    call(&desktop, "enrolment_confirm", request).await.unwrap();
    assert!(desktop.enrolled().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_credential_store_nothing_is_written_and_an_order_waits_for_the_hub() {
    for hangs in [false, true] {
        let mut workplace = Workplace::new();
        workplace.safe.is_missing.store(!hangs, Ordering::SeqCst);
        workplace.safe.hangs.store(hangs, Ordering::SeqCst);
        let (desktop, hub) = enrolled(&workplace).await;
        let shown = overview(&desktop).await;
        assert_eq!(shown.secrets, SecretState::SessionOnly);
        let draft = filled(&desktop, "Berta").await;
        let sent = send(&desktop, &draft).await.unwrap();
        assert_eq!(sent["item"]["state"], "delivered", "nothing is acknowledged before the hub has it");
        let draft = filled(&desktop, "Carla").await;
        hub.stop();
        hub.feel(Mood::RefusesChanges(503, json!({ "code": "hub_unavailable", "message": "" })));
        let sent = send(&desktop, &draft).await.unwrap();
        assert_eq!(sent["item"]["state"], "stored");
        for folder in [workplace.data(), workplace.data().join("sessions")] {
            for file in fs_err::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
                let is_lock = file.to_string_lossy().ends_with("lock") && fs_err::metadata(&file).unwrap().len() == 0;
                assert!(is_lock || file.ends_with("sessions"), "{file:?}: nothing on disk but locks");
            }
        }
        assert!(workplace.safe.values().is_empty());
        workplace.safe.hangs.store(false, Ordering::SeqCst);
        let desktop = workplace.restart(desktop).await;
        assert!(!desktop.enrolled().await, "signed in per session");
        desktop.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_does_not_spend_a_code_that_could_not_be_kept() {
    let workplace = Workplace::new();
    workplace.safe.is_missing.store(true, Ordering::SeqCst);
    let hub = FakeHub::start().await;
    let desktop = workplace.start();
    let problem = desktop.enrol_with(&hub.long_code(), &hub.url()).await.unwrap_err();
    assert_eq!(problem.code, Code::SecretStoreMissing);
    assert_eq!(locked(&hub.kept).code_used_by, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_store_does_not_cost_what_was_written_before() {
    let mut workplace = Workplace::new();
    let (desktop, _hub) = enrolled(&workplace).await;
    let draft = filled(&desktop, "Berta").await;
    workplace.safe.is_missing.store(true, Ordering::SeqCst);
    let desktop = workplace.restart(desktop).await;
    assert_eq!(overview(&desktop).await.secrets, SecretState::SessionOnly);
    workplace.safe.is_missing.store(false, Ordering::SeqCst);
    let desktop = workplace.restart(desktop).await;
    let shown = overview(&desktop).await;
    assert!(shown.set_aside.is_empty());
    assert_eq!(shown.drafts[0].draft.as_str(), draft);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_are_in_the_store_and_never_in_a_file() {
    let workplace = Workplace::new();
    let (desktop, _hub) = enrolled(&workplace).await;
    filled(&desktop, "Berta").await;
    let secrets = workplace.safe.values();
    assert_eq!(secrets.len(), 2);
    let mut files = 0;
    let mut folders = vec![workplace.data()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let content = fs_err::read(path).unwrap();
            let has = |text: &str| content.windows(text.len()).any(|window| window == text.as_bytes());
            assert!(!secrets.iter().any(|secret| has(secret)));
            assert!(!has("Berta") && !has("Muster"), "nothing readable");
        }
    }
    assert!(files > 3);
}
