//! Several sessions of one person on one data folder.

use std::path::Path;

use service_tool_contract::{code::Code, id::Digest};

use super::{hub::*, *};
use crate::session::{Home, take_over};

fn unavailable() -> Mood {
    Mood::RefusesChanges(503, json!({ "code": "hub_unavailable", "message": "" }))
}

/// A draft with a picture of so many bytes.
async fn with_picture(desktop: &Arc<Desktop>, name: &str, length: usize) -> String {
    let draft = filled(desktop, name).await;
    let taken = desktop.pictures.hold_for_test(png(77, length));
    let add = json!({ "draft": draft, "field": "pictures", "picture": taken });
    call(desktop, "draft_picture_add", add).await.unwrap();
    draft
}

/// A draft and an order that could not be sent, each with a picture.
async fn leave_two(desktop: &Arc<Desktop>, hub: &FakeHub) {
    hub.feel(unavailable());
    let order = with_picture(desktop, "Order", 300).await;
    send(desktop, &order).await.unwrap();
    with_picture(desktop, "Draft", 400).await;
}

fn count(folder: &Path) -> usize {
    fs_err::read_dir(folder).map_or(0, Iterator::count)
}

fn unsent(desktop: &Arc<Desktop>) -> (u32, u32) {
    desktop.state_now().unwrap().outbox.counts()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sessions_work_side_by_side_with_one_enrolment_and_drafts_of_their_own() {
    let mut workplace = Workplace::new();
    let (first, hub) = enrolled(&workplace).await;
    filled(&first, "Anna").await;
    workplace.session = "8";
    let second = workplace.start();
    let shown = overview(&second).await;
    assert_eq!((shown.person_name, shown.drafts.len()), (overview(&first).await.person_name, 0));
    let draft = filled(&second, "Berta").await;
    assert_eq!(overview(&second).await.drafts[0].subject, "Berta");
    assert_eq!(overview(&first).await.drafts[0].subject, "Anna");
    send(&second, &draft).await.unwrap();
    until("the order of the second session", || hub.routes() == ["requests"]).await;
    for session in ["7", "8"] {
        workplace.session = session;
        let error = workplace.try_start().err().unwrap().to_string();
        assert!(error.contains("in use by another"), "{error}");
    }
    // nothing of a running session is taken over
    filled(&second, "Carla").await;
    let taken = take_over(&first.home, &first.state_now().unwrap().store, workplace.clock.now());
    assert!(taken.drafts.is_empty() && taken.items.is_empty());
    assert_eq!(count(&workplace.data().join("sessions/8/drafts")), 1);
    second.shutdown().await;
    first.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_ended_session_left_comes_home_once_while_the_main_one_runs() {
    let mut workplace = Workplace::new();
    let (first, hub) = enrolled(&workplace).await;
    workplace.session = "8";
    let second = workplace.start();
    leave_two(&second, &hub).await;
    assert_eq!(unsent(&first), (0, 0));
    second.shutdown().await;
    until("the order", || unsent(&first) == (1, 0)).await;
    let drafts = overview(&first).await.drafts;
    assert_eq!(drafts.iter().map(|draft| draft.subject.as_str()).collect::<Vec<_>>(), ["Draft"]);
    until("the end of the folder", || !workplace.data().join("sessions/8").exists()).await;
    hub.feel(Mood::Well);
    call(&first, "outbox_retry", json!({})).await.unwrap();
    until("the delivery", || unsent(&first) == (0, 0)).await;
    assert_eq!(locked(&hub.kept).done[0].1["answers"]["name"], "Order");
    let view = call(&first, "draft_get", json!({ "draft": drafts[0].draft })).await.unwrap();
    let picture = json!({ "picture": view["pictures"][0]["picture"] });
    assert_eq!(call(&first, "picture_get", picture).await.unwrap(), json!(png(77, 400)));
    send(&first, drafts[0].draft.as_str()).await.unwrap();
    until("both orders", || hub.routes() == ["requests", "requests"]).await;
    // the session comes back: it begins with nothing, and nothing comes twice
    let second = workplace.start();
    assert_eq!((overview(&second).await.drafts.len(), unsent(&second)), (0, (0, 0)));
    assert!(overview(&first).await.set_aside.is_empty());
    second.shutdown().await;
    first.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_starts_when_the_main_one_has_ended_takes_the_folder_and_what_was_left() {
    let mut workplace = Workplace::new();
    let (first, hub) = enrolled(&workplace).await;
    workplace.session = "8";
    let second = workplace.start();
    leave_two(&second, &hub).await;
    first.shutdown().await;
    second.shutdown().await;
    // the same session again: it has the main folder now, and what it left beside it
    let again = workplace.start();
    let shown = overview(&again).await;
    assert_eq!((shown.drafts.len(), shown.unsent), (1, 1));
    assert!(!workplace.data().join("sessions/8").exists());
    again.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_step_a_takeover_loses_nothing_and_doubles_nothing() {
    let mut died = 0;
    for kill_after in 0..40 {
        let mut workplace = Workplace::new();
        let (first, hub) = enrolled(&workplace).await;
        workplace.session = "8";
        let second = workplace.start();
        leave_two(&second, &hub).await;
        first.shutdown().await;
        second.shutdown().await;
        workplace.session = "9";
        workplace.steps = Arc::default();
        workplace.steps.kill_after(kill_after);
        let dying = workplace.start();
        let _ = dying.state().await;
        // without its good-bye: nothing is put in order
        dying.shutdown().await;
        let (main, beside) = (workplace.data(), workplace.data().join("sessions/8"));
        for (folder, length) in [("outbox", 300), ("drafts", 400)] {
            assert_eq!(count(&main.join(folder)) + count(&beside.join(folder)), 1, "{kill_after}: {folder}");
            let home = if count(&main.join(folder)) == 1 { &main } else { &beside };
            let picture = Digest::of(&png(77, length));
            assert!(home.join("pictures").join(picture.as_str()).is_file(), "{kill_after}: picture of {folder}");
        }
        if !workplace.steps.is_dead() {
            break;
        }
        died += 1;
        let again = workplace.restart(dying).await;
        let shown = overview(&again).await;
        assert_eq!((shown.drafts.len(), shown.unsent), (1, 1), "{kill_after}");
        assert!(shown.set_aside.is_empty() && !beside.exists(), "{kill_after}");
        hub.feel(Mood::Well);
        call(&again, "outbox_retry", json!({})).await.unwrap();
        until("the order", || unsent(&again) == (0, 0)).await;
        assert_eq!(hub.routes(), ["requests"], "{kill_after}: once");
        again.shutdown().await;
    }
    assert!((14..40).contains(&died), "each step of the takeover was tried: {died}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_whose_draft_was_being_sent_when_it_died_comes_home_as_one_of_both() {
    let mut workplace = Workplace::new();
    let (first, hub) = enrolled(&workplace).await;
    hub.feel(unavailable());
    workplace.session = "8";
    workplace.steps = Arc::default();
    let second = workplace.start();
    let draft = filled(&second, "Berta").await;
    // the item is written in full, the draft not removed any more
    workplace.steps.kill_after(5);
    let _ = send(&second, &draft).await;
    let beside = workplace.data().join("sessions/8");
    assert_eq!((count(&beside.join("drafts")), count(&beside.join("outbox"))), (1, 1));
    second.shutdown().await;
    until("the order", || unsent(&first) == (1, 0)).await;
    assert!(overview(&first).await.drafts.is_empty());
    first.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enrolment_in_one_session_is_followed_by_the_other() {
    for enrols_first in [true, false] {
        let mut workplace = Workplace::new();
        let hub = FakeHub::start().await;
        let first = workplace.start();
        workplace.session = "8";
        let second = workplace.start();
        overview(&second).await;
        let (one, other) = if enrols_first { (&first, &second) } else { (&second, &first) };
        let request = json!({ "code": hub.long_code(), "hub": hub.url() });
        let shown = call(one, "enrolment_confirm", request).await.unwrap();
        until("the other's account", || locked(&other.state_now().unwrap().account).is_some()).await;
        assert_eq!(json!(overview(other).await.person_name), shown["person_name"]);
        first.shutdown().await;
        second.shutdown().await;
        // and it is the one of the folder
        workplace.session = "9";
        let later = workplace.start();
        assert!(later.enrolled().await, "{enrols_first}");
        later.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_first_starts_at_once_make_one_key() {
    for _ in 0..10 {
        let mut workplace = Workplace::new();
        let first = workplace.start();
        workplace.session = "8";
        let second = workplace.start();
        let (first_state, second_state) = (first.state().await.unwrap(), second.state().await.unwrap());
        assert!(second_state.store.is_durable());
        assert!(first_state.store.with_same_key(&workplace.data().join("sessions/8")).unwrap().is_some());
        first.shutdown().await;
        second.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_with_another_key_is_left_for_whoever_has_it() {
    let mut workplace = Workplace::new();
    let (first, _hub) = enrolled(&workplace).await;
    let elsewhere = FakeHub::start().await;
    let (session, safe) = (workplace.session, workplace.safe.clone());
    // a session with a credential store of its own: it cannot read the enrolment and has to make one
    (workplace.session, workplace.safe) = ("8", Arc::default());
    let second = workplace.start();
    assert!(!second.enrolled().await);
    let problem = call(&second, "draft_begin", json!({ "form": "test-form" })).await.unwrap_err();
    assert_eq!(problem.code, Code::NotEnrolled);
    let request = json!({ "code": elsewhere.long_code(), "hub": elsewhere.url() });
    call(&second, "enrolment_confirm", request).await.unwrap();
    filled(&second, "Berta").await;
    second.shutdown().await;
    first.shutdown().await;
    let strange = std::mem::replace(&mut workplace.safe, safe);
    workplace.session = session;
    let first = workplace.start();
    let shown = overview(&first).await;
    assert!(first.enrolled().await, "the enrolment of the folder is untouched");
    assert!(shown.drafts.is_empty() && shown.set_aside.is_empty());
    (workplace.session, workplace.safe) = ("8", strange);
    let second = workplace.start();
    assert_eq!(overview(&second).await.drafts.len(), 1);
    second.shutdown().await;
    first.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damaged_files_of_an_ended_session_are_named() {
    let mut workplace = Workplace::new();
    let (first, _hub) = enrolled(&workplace).await;
    workplace.session = "8";
    let second = workplace.start();
    let draft = filled(&second, "Berta").await;
    second.shutdown().await;
    first.shutdown().await;
    fs_err::write(workplace.data().join("sessions/8/drafts").join(&draft), b"STL1rubbish").unwrap();
    let first = workplace.start();
    let shown = overview(&first).await;
    assert_eq!(shown.set_aside, [format!("drafts/{draft}.damaged")]);
    assert!(workplace.data().join(&shown.set_aside[0]).is_file());
    assert!(!workplace.data().join("sessions/8").exists());
    first.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_starts_while_it_is_being_taken_over_waits() {
    let workplace = Workplace::new();
    let place = Place {
        data: workplace.data(),
        host: String::new(),
        session: "8".into(),
        process: 1,
        language: Language::De,
        tray_missing: false,
    };
    let (_, held) = Home::take(&place, Duration::ZERO).unwrap();
    let taking = std::thread::spawn(move || Home::take(&place, Duration::from_secs(10)).map(drop));
    assert!(!taking.is_finished());
    drop(held);
    taking.join().unwrap().unwrap();
}
