//! Windows, tray, pictures and the second start.

use std::sync::atomic::Ordering;

use service_tool_contract::code::Code;

use super::*;
use crate::{COMMANDS, catalog::Forms, command::PictureOffer, host::EntryPolicy};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_double_click_of_two_activations_opens_the_menu_once_and_closes_nothing() {
    let workplace = Workplace::new();
    let desktop = workplace.start();
    desktop.activate();
    workplace.clock.advance(SignedDuration::from_millis(80));
    desktop.activate();
    until("the menu", || !locked(&workplace.desk.opened).is_empty()).await;
    workplace.clock.advance(SignedDuration::from_millis(600));
    desktop.activate();
    // waits for everything that an activation began
    desktop.shutdown().await;
    assert_eq!(*locked(&workplace.desk.opened), vec![(WindowLabel::Menu, Screen::Menu); 2]);
    assert_eq!(workplace.screen.taken.load(Ordering::SeqCst), 2);
    assert!(locked(&workplace.desk.closed).is_empty());
}

/// A screen that looks whether the menu is open already.
struct Jealous(Arc<FakeDesk>, std::sync::atomic::AtomicBool);

impl ScreenSource for Jealous {
    fn monitor_list(&self) -> Result<Vec<MonitorLine>, CaptureError> {
        Ok(Vec::new())
    }

    fn monitor_capture(&self, _: u32) -> Result<Picture, CaptureError> {
        Err(CaptureError::NoScreen(String::new()))
    }

    fn front_capture(&self) -> Result<Picture, CaptureError> {
        self.1.store(locked(&self.0.opened).is_empty(), Ordering::SeqCst);
        Err(CaptureError::NoScreen(String::new()))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_picture_is_taken_before_the_menu_opens_and_a_failed_one_does_not_keep_it_shut() {
    let workplace = Workplace::new();
    let jealous = Arc::new(Jealous(workplace.desk.clone(), false.into()));
    let ports = Ports {
        clock: workplace.clock.clone(),
        randomness: Dice::new(),
        secrets: workplace.safe.clone(),
        printers: workplace.printers.clone(),
        screen: jealous.clone(),
        desk: workplace.desk.clone(),
        runtime: tokio::runtime::Handle::current(),
    };
    let place = Place {
        data: workplace.data(),
        host: String::new(),
        session: String::new(),
        process: 1,
        language: Language::De,
        tray_missing: true,
    };
    let desktop = Desktop::start(ports, Policy::default(), place).unwrap();
    desktop.activate();
    until("the menu", || !locked(&workplace.desk.opened).is_empty()).await;
    assert!(jealous.1.load(Ordering::SeqCst));
    assert!(overview(&desktop).await.tray_missing);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_is_as_large_as_its_kind_of_form_wants() {
    let workplace = Workplace::new();
    let (desktop, _hub) = enrolled(&workplace).await;
    let state = desktop.state().await.unwrap();
    // beside the change, the same form as a support request
    let mut cached = locked(&state.forms).cached.clone();
    let mut support = catalog_form(1);
    support.id = "help".into();
    for (name, value) in [("id", "help"), ("kind", "support"), ("approval", "none")] {
        support.definition[name] = json!(value);
    }
    support.hash = Form::from_definition(support.read().unwrap()).unwrap().hash().clone();
    cached.catalog.as_mut().unwrap().forms.push(support);
    *locked(&state.forms) = Forms::load(cached);
    let form = async |id: &str| {
        let draft = call(&desktop, "draft_begin", json!({ "form": id })).await.unwrap()["draft"].clone();
        json!({ "screen": "form", "draft": draft })
    };
    let (help, change) = (form("help").await, form("test-form").await);
    for (screen, shape) in [
        (help, WindowShape::Support),
        (change, WindowShape::Work),
        (json!({ "screen": "form", "draft": "dra_absent" }), WindowShape::Work),
        (json!({ "screen": "requests", "request": null }), WindowShape::Work),
        (json!({ "screen": "choose" }), WindowShape::Menu),
    ] {
        call(&desktop, "screen_open", json!({ "screen": screen })).await.unwrap();
        assert_eq!(locked(&workplace.desk.shapes).last(), Some(&shape), "{screen}");
    }
    desktop.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tray_that_comes_later_or_goes_is_told_to_the_menu_once() {
    let workplace = Workplace::new();
    let desktop = workplace.start();
    assert!(!overview(&desktop).await.tray_missing);
    let told =
        || locked(&workplace.desk.events).iter().filter(|event| **event == DesktopEvent::OverviewChanged).count();
    for (found, is_news) in [(true, 0), (false, 1), (false, 0), (true, 1)] {
        let before = told();
        desktop.tray_found(found);
        assert_eq!(told() - before, is_news);
        assert_eq!(overview(&desktop).await.tray_missing, !found);
    }
    desktop.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn held_pictures_are_dropped_with_the_last_window_and_never_reach_the_disk() {
    let workplace = Workplace::new();
    let (desktop, _hub) = enrolled(&workplace).await;
    desktop.activate();
    until("the menu", || !locked(&workplace.desk.opened).is_empty()).await;
    let choices = call(&desktop, "picture_list", json!({})).await.unwrap();
    let offers: Vec<PictureOffer> = serde_json::from_value(choices["offers"].clone()).unwrap();
    assert_eq!(offers.len(), 1);
    let picture = json!({ "picture": offers[0].picture });
    assert_eq!(call(&desktop, "picture_get", picture.clone()).await.unwrap(), json!(png(0, 100)));
    assert_eq!(fs_err::read_dir(workplace.data().join("pictures")).unwrap().count(), 0);
    desktop.windows_closed();
    assert_eq!(call(&desktop, "picture_get", picture).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policy_switches_the_picture_of_the_click_off() {
    let mut workplace = Workplace::new();
    workplace.policy.desktop.picture_before_click = Some(false);
    let desktop = workplace.start();
    desktop.activate();
    until("the menu", || !locked(&workplace.desk.opened).is_empty()).await;
    assert_eq!(workplace.screen.taken.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_monitor_that_is_not_there_is_said() {
    let workplace = Workplace::new();
    let desktop = workplace.start();
    let problem = call(&desktop, "picture_take", json!({ "monitor": 3 })).await.unwrap_err();
    assert_eq!(problem.code, Code::CaptureFailed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_process_on_the_same_folder_is_refused_and_a_later_one_is_not() {
    let workplace = Workplace::new();
    let first = workplace.start();
    let error = workplace.try_start().err().unwrap().to_string();
    assert!(error.contains("in use by another"), "{error}");
    first.shutdown().await;
    workplace.start();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_is_refused_to_a_window_that_does_not_have_it_before_anything_else() {
    let workplace = Workplace::new();
    let desktop = workplace.start();
    let mut refused = 0;
    for (command, windows) in COMMANDS {
        for window in [WindowLabel::Menu, WindowLabel::Work] {
            if !windows.contains(&window) {
                let problem = desktop.call(window, command, json!("rubbish")).await.unwrap_err();
                assert_eq!(problem.code, Code::WrongWindow, "{command}");
                refused += 1;
            }
        }
    }
    assert!(refused > 10);
    for window in [WindowLabel::Menu, WindowLabel::Work] {
        let problem = desktop.call(window, "file_read", json!({})).await.unwrap_err();
        assert_eq!(problem.code, Code::NotFound);
    }
    for rubbish in [json!("rubbish"), json!(null), json!({ "unknown": 1 }), json!([])] {
        let problem = desktop.call(WindowLabel::Menu, "overview_get", rubbish.clone()).await.unwrap_err();
        assert_eq!(problem.code, Code::Malformed, "{rubbish}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_opens_what_policy_names_and_nothing_that_a_screen_names() {
    let mut workplace = Workplace::new();
    let entry = |title: &str, open: &str| EntryPolicy { title: title.into(), open: open.into() };
    workplace.policy.entries =
        vec![entry("Fernwartung", "https://remote.example/start"), entry("Handbuch", "https://help.example")];
    let desktop = workplace.start();
    let lines: Vec<_> = overview(&desktop).await.entries.into_iter().map(|line| (line.entry, line.title)).collect();
    assert_eq!(lines, [(0, "Fernwartung".to_owned()), (1, "Handbuch".to_owned())]);
    let open = async |request: Value| desktop.call(WindowLabel::Menu, "entry_open", request).await;
    open(json!({ "entry": 1 })).await.unwrap();
    for unknown in [json!({ "entry": 2 }), json!({ "entry": u32::MAX })] {
        assert_eq!(open(unknown).await.unwrap_err().code, Code::NotFound);
    }
    for shape in [json!({ "entry": -1 }), json!({ "entry": 0, "open": "/bin/sh" }), json!({ "open": "/bin/sh" })] {
        assert_eq!(open(shape).await.unwrap_err().code, Code::Malformed);
    }
    let from_work = desktop.call(WindowLabel::Work, "entry_open", json!({ "entry": 0 })).await;
    assert_eq!(from_work.unwrap_err().code, Code::WrongWindow);
    assert_eq!(*locked(&workplace.desk.entries), ["https://help.example"]);
    *locked(&workplace.desk.entry_trouble) = Some("no such program".into());
    let problem = open(json!({ "entry": 0 })).await.unwrap_err();
    assert!(problem.code == Code::Internal && problem.message.contains("no such program"), "{problem}");
    desktop.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_ends_unless_policy_forbids_it_and_says_what_is_unsent() {
    let mut workplace = Workplace::new();
    let (desktop, hub) = enrolled(&workplace).await;
    hub.feel(hub::Mood::RefusesChanges(503, json!({ "code": "hub_unavailable", "message": "" })));
    let draft = filled(&desktop, "Berta").await;
    send(&desktop, &draft).await.unwrap();
    desktop.tray_menu_quit();
    assert_eq!(locked(&workplace.desk.opened).last(), Some(&(WindowLabel::Menu, Screen::Quit)));
    let quit = |despite: bool| json!({ "despite_unsent": despite });
    assert_eq!(call(&desktop, "program_quit", quit(false)).await.unwrap_err().code, Code::StateConflict);
    assert!(!workplace.desk.is_ended.load(Ordering::SeqCst));
    call(&desktop, "program_quit", quit(true)).await.unwrap();
    assert!(workplace.desk.is_ended.swap(false, Ordering::SeqCst));
    workplace.policy.desktop.allow_quit = Some(false);
    let desktop = workplace.restart(desktop).await;
    assert_eq!(call(&desktop, "program_quit", quit(true)).await.unwrap_err().code, Code::PolicyForbids);
    desktop.tray_menu_quit();
    assert!(!workplace.desk.is_ended.load(Ordering::SeqCst));
    assert!(!overview(&desktop).await.may_quit);
}
