//! A desktop whose hub, print system, secret store or folder are not as they should be: it says which, goes on with what it
//! can, and loses nothing.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use fs_err as fs;
use serde_json::{Value, json};
use service_tool_tests::{
    cups::{Cups, DEFAULT, QUEUES},
    desktop::Desktop,
    gate::{Gate, Manner},
    hub::{self, Hub},
    order::{self, Draft},
    seat::Seat,
    wait,
    world::World,
};

/// Longer than anything may take that only stores; far shorter than waiting for a network.
const AT_ONCE: Duration = Duration::from_secs(8);

/// What the outbox says about its one item: its state and the reason of the last failed attempt.
fn waiting(desktop: &mut Desktop<'_, '_>) -> Result<(String, Option<String>)> {
    let list = desktop.call("request_list", &json!({}))?;
    let item = &list["outbox"][0];
    Ok((order::text(item, "state")?, item["reason"].as_str().map(str::to_owned)))
}

#[test]
fn a_hub_that_misbehaves_is_named_and_what_was_sent_arrives_once_it_behaves() -> Result<()> {
    let world = World::new("gate")?;
    let mut seat = Seat::bare(&world, "staff")?;
    seat.start_keyring()?;
    let hub = Hub::start(&world)?;
    let sample = hub.sample()?;
    let mut gate = Gate::before(&world, &hub)?;
    let mut desktop = Desktop::fresh(&seat, "staff", Some(&gate.policy(&world, "staff")?));
    desktop.enrol(&sample.person("staff", true)?.short_code)?.good()?;
    desktop.start_for_browser()?;
    desktop.call_until("it is connected", "overview_get", &json!({}), |overview| {
        (overview["connection"] == "connected").then_some(())
    })?;
    // the forms have to be there before the hub is gone
    desktop.call_until("the forms are there", "kind_list", &json!({}), |kinds| {
        kinds.as_array().filter(|kinds| !kinds.is_empty()).map(drop)
    })?;

    struct Case(&'static str, Option<Manner>, &'static [&'static str], &'static [&'static str]);
    let unclear: (&[&str], &[&str]) = (&["hub_unreachable", "hub_not_understood"], &["unreachable", "not_understood"]);
    // the port refuses: closed; all others are manners
    let cases = [
        Case("gone", None, &["hub_unreachable"], &["unreachable"]),
        Case("refusing", Some(Manner::Refusing), &["hub_unreachable"], &["unreachable"]),
        Case("a page", Some(Manner::Page), &["hub_not_understood"], &["not_understood"]),
        Case("noise", Some(Manner::Noise), unclear.0, unclear.1),
        Case("cut off", Some(Manner::Cut), unclear.0, unclear.1),
        Case("a stranger", Some(Manner::Stranger), &["hub_untrusted"], &["untrusted"]),
    ];
    for Case(what, manner, reasons, connections) in cases {
        match manner {
            Some(manner) => gate.behave(manner),
            None => gate.close(),
        }
        let started = Instant::now();
        order::support(&mut desktop, &format!("Während {what}"))?.send(&mut desktop)?;
        assert!(started.elapsed() < AT_ONCE, "{what}: writing and sending took {:?}", started.elapsed());
        let mut last = Value::Null;
        wait::until_true(&format!("{what} is said"), wait::START, || {
            desktop.call("outbox_retry", &json!({}))?;
            let (state, reason) = waiting(&mut desktop)?;
            let connection = order::text(&desktop.call("overview_get", &json!({}))?, "connection")?;
            last = json!([state, reason, connection]);
            // never given up: the hub has refused nothing
            anyhow::ensure!(state != "given_up", "given up");
            Ok(reason.is_some_and(|reason| reasons.contains(&&*reason)) && connections.contains(&&*connection))
        })
        .with_context(|| format!("{what}: {last}"))?;
        let overview = desktop.call("overview_get", &json!({}))?;
        assert_eq!(overview["unsent"], 1, "{what}");
        if manner.is_none() {
            gate.open()?;
        }
        gate.behave(Manner::Open);
        desktop.call("outbox_retry", &json!({}))?;
        order::delivered(&mut desktop)?;
        order::mine(&mut desktop, what, "queued")?;
        desktop.call_until("it is connected again", "overview_get", &json!({}), |overview| {
            (overview["connection"] == "connected").then_some(())
        })?;
    }

    // a silent hub holds nobody up, and the item goes once the silence ends
    gate.behave(Manner::Silent);
    let started = Instant::now();
    order::support(&mut desktop, "Während Stille")?.send(&mut desktop)?;
    assert!(started.elapsed() < AT_ONCE, "silence held it up for {:?}", started.elapsed());
    // a list that only the hub can bring: what was known last comes instead
    desktop.call("inbox_list", &json!({}))?;
    assert!(started.elapsed() < AT_ONCE * 2, "silence held the list up for {:?}", started.elapsed());
    assert_eq!(waiting(&mut desktop)?.0.replace("sending", "stored"), "stored");
    gate.behave(Manner::Open);
    order::delivered(&mut desktop)?;
    order::mine(&mut desktop, "Stille", "queued")?;
    // each of them once
    let list = desktop.call("request_list", &json!({}))?;
    assert_eq!(list["requests"].as_array().map(Vec::len), Some(7), "{list:#}");
    hub.verify_audit()?;
    drop(desktop);
    drop(seat);
    world.end()
}

#[test]
fn an_enrolment_code_that_does_not_hold_is_refused_in_words_and_leaves_nothing() -> Result<()> {
    let world = World::new("enrol")?;
    let mut seat = Seat::bare(&world, "staff")?;
    seat.start_keyring()?;
    let mut hub = Hub::start(&world)?;
    let sample = hub.sample()?;
    let policy = hub.policy("enrol")?;
    let (code, short) = (&sample.person("staff", true)?.code, &sample.person("staff", false)?.short_code);

    let refused = |name: &str, policy: Option<&std::path::Path>, code: &str, hub: &str, exit: i32| -> Result<String> {
        let desktop = Desktop::fresh(&seat, name, policy);
        let finished = if hub.is_empty() { desktop.enrol(code)? } else { desktop.enrol_at(code, hub)? };
        assert_eq!(finished.status.code(), Some(exit), "{name}: {finished:?}");
        assert!(!finished.err.contains("panicked"), "{name}: {finished:?}");
        assert!(!desktop.is_enrolled()?, "{name}");
        Ok(finished.err)
    };
    refused("wrong", Some(&policy), "0000-0000-0000", "", 3)?;
    refused("nonsense", Some(&policy), "äöü !§$", "", 3)?;
    // policy names one hub: another one is refused before it is asked
    refused("elsewhere", Some(&policy), code, "https://127.0.0.1:9", 3)?;
    // a code that has been used
    Desktop::fresh(&seat, "first", Some(&policy)).enrol(code)?.good()?;
    refused("used", Some(&policy), code, "", 3)?;
    // a hub under an authority that is not the one of policy
    let strange = Gate::before(&world, &hub)?;
    let mixed = hub::policy(&world, "mixed", &strange.url, Some(&hub.authority))?;
    refused("untrusted", Some(&mixed), short, "", 4)?;
    // no hub at all
    hub.kill()?;
    refused("gone", Some(&policy), short, "", 4)?;
    hub.restart()?;
    // nothing of all this has used the other code up
    Desktop::fresh(&seat, "last", Some(&policy)).enrol(short)?.good()?;
    hub.verify_audit()?;
    drop(seat);
    world.end()
}

#[test]
fn a_policy_file_that_is_not_understood_is_refused_by_its_place() -> Result<()> {
    let world = World::new("policy")?;
    let seat = Seat::bare(&world, "staff")?;
    for (number, text) in ["{", r#"{"hub":{"ulr":"https://hub.example"}}"#, r#"{"hub":{"url":"http://hub.example"}}"#]
        .into_iter()
        .enumerate()
    {
        let path = world.path().join(format!("policy-{number}.json"));
        fs::write(&path, text)?;
        let desktop = Desktop::fresh(&seat, "policy", Some(&path));
        let mut program = desktop.start_with(&["--background"])?;
        let status = program.end_awaited(wait::START)?;
        assert!(status.code().is_some_and(|code| code != 0), "{text}: {status}");
        let said = program.err()?;
        assert!(said.contains(&*path.to_string_lossy()) && !said.contains("panicked"), "{text}: {said}");
    }
    drop(seat);
    world.end()
}

#[test]
fn a_print_system_that_is_down_is_not_the_same_as_no_printers() -> Result<()> {
    let world = World::new("printers")?;
    let mut seat = Seat::bare(&world, "staff")?;
    seat.start_keyring()?;
    let mut cups = Cups::start(&world)?;
    seat.print_with(&cups);
    let hub = Hub::start(&world)?;
    let sample = hub.sample()?;
    // the firm whose printers the hub does not know by itself is asked: what is seen comes from this session
    let mut desktop = Desktop::enrolled(&seat, &hub, sample.person("staff", false)?)?;
    desktop.start_for_browser()?;

    let session = |desktop: &mut Desktop<'_, '_>, down: bool| -> Result<Vec<Value>> {
        let draft = Draft::begin(desktop, "user-create")?.id;
        let what = if down { "the print system is said to be down" } else { "the printers are there" };
        let view = desktop.call_until(what, "draft_get", &json!({"draft": draft}), |view| {
            (view["print_system_down"] == down).then(|| view.clone())
        })?;
        let fields = view["state"]["sections"].as_array().into_iter().flatten();
        let mut fields = fields.flat_map(|section| section["fields"].as_array().cloned().unwrap_or_default());
        let field = fields.find(|field| field["kind"] == "printers");
        Ok(field.and_then(|field| field["options"].as_array().cloned()).unwrap_or_default())
    };
    let offered = |options: &[Value], queue: &str| options.iter().find(|option| option["value"] == queue).cloned();

    let none = session(&mut desktop, false)?;
    assert!(QUEUES.iter().all(|queue| offered(&none, queue.queue).is_none()), "{none:?}");

    for queue in QUEUES {
        cups.add(&queue)?;
    }
    let three = wait::until("the three queues are offered", wait::START, || {
        let options = session(&mut desktop, false)?;
        Ok(QUEUES.iter().all(|queue| offered(&options, queue.queue).is_some()).then_some(options))
    })?;
    let redirected = offered(&three, "heim").context("no redirected printer")?;
    assert_eq!(redirected["locked"], true, "a printer of this session alone can be assigned: {redirected}");
    assert!(!redirected["label"].to_string().contains("redirected"), "{redirected}");
    let ours = offered(&three, DEFAULT).context("no printer of the firm")?;
    assert_eq!(ours["locked"], false);
    assert!(ours["label"].to_string().contains("Kanzlei Farbe"), "{ours}");

    cups.stop()?;
    let started = Instant::now();
    session(&mut desktop, true)?;
    assert!(started.elapsed() < Duration::from_secs(20), "it took {:?}", started.elapsed());
    // and the order can be filled in and sent all the same
    order::new_user(&mut desktop, "Ohne", "Drucker")?.send(&mut desktop)?;
    order::delivered(&mut desktop)?;
    cups.restart()?;
    session(&mut desktop, false)?;
    drop(desktop);
    drop(seat);
    drop(cups);
    world.end()
}

#[test]
fn without_a_secret_store_one_signs_in_for_the_session_and_nothing_secret_is_in_a_file() -> Result<()> {
    let world = World::new("no-secrets")?;
    let seat = Seat::bare(&world, "staff")?;
    let hub = Hub::start(&world)?;
    let sample = hub.sample()?;
    let person = sample.person("staff", true)?;
    let policy = hub.policy("staff")?;
    let mut desktop = Desktop::fresh(&seat, "staff", Some(&policy));

    desktop.start_for_browser()?;
    let overview = desktop.call("overview_get", &json!({}))?;
    assert_eq!((&overview["secrets"], &overview["connection"]), (&json!("session_only"), &json!("not_enrolled")));
    let code = json!({"code": person.code, "hub": ""});
    let offer = desktop.call_from("menu", "enrolment_look", &code)?.good()?;
    assert_eq!(offer["person_name"], json!(person.name));
    let overview = desktop.call_from("menu", "enrolment_confirm", &code)?.good()?;
    assert_eq!(overview["person_name"], json!(person.name));
    let secret = "Steht in keiner Datei";
    let mut draft = order::support(&mut desktop, secret)?;
    assert_eq!(Draft::again(&mut desktop, &draft.id)?.view["answers"]["description"], secret);
    // it works as long as the program runs
    draft.send(&mut desktop)?;
    order::delivered(&mut desktop)?;
    draft = order::support(&mut desktop, secret)?;

    let texts = everything_below(&desktop.data)?;
    assert!(!texts.iter().any(|(_, bytes)| contains(bytes, secret.as_bytes())), "an answer is in a file");
    desktop.stop()?;
    desktop.start_for_browser()?;
    let overview = desktop.call("overview_get", &json!({}))?;
    assert_eq!(overview["connection"], "not_enrolled", "it is still signed in: the secret is in a file");
    assert_eq!(overview["drafts"], json!([]));
    drop(draft);
    drop(desktop);
    drop(seat);
    world.end()
}

#[test]
fn with_a_secret_store_drafts_and_outbox_are_unreadable_on_disk() -> Result<()> {
    let world = World::new("sealed")?;
    let mut seat = Seat::with_display(&world, "staff")?;
    seat.start_keyring()?;
    let mut hub = Hub::start(&world)?;
    let sample = hub.sample()?;
    let mut desktop = Desktop::enrolled(&seat, &hub, sample.person("staff", true)?)?;
    desktop.start_for_browser()?;
    hub.kill()?;
    let words = "Vertraulich: Frau Muster geht";
    let mut draft = order::support(&mut desktop, words)?;
    draft.add_picture(&mut desktop)?;
    draft.send(&mut desktop)?;
    order::support(&mut desktop, words)?;
    let files = everything_below(&desktop.data)?;
    assert!(files.len() >= 3, "{files:?}");
    for (path, bytes) in &files {
        assert!(!contains(bytes, b"Frau Muster") && !contains(bytes, b"\x89PNG"), "{} is readable", path.display());
    }
    let said = desktop.said()?;
    assert!(!said.contains("Frau Muster") && !said.contains(&sample.person("staff", true)?.name), "said: {said}");
    drop(desktop);
    drop(seat);
    world.end()
}

#[test]
fn a_second_program_on_the_same_folder_in_the_same_session_is_turned_away() -> Result<()> {
    let world = World::new("second")?;
    let mut seat = Seat::with_display(&world, "one")?;
    seat.start_keyring()?;
    // a session bus of its own: the two cannot find each other there
    let mut other_seat = Seat::with_display(&world, "other")?;
    other_seat.start_keyring()?;
    let mut first = Desktop::fresh(&seat, "staff", None);
    let mut second = Desktop::fresh(&other_seat, "staff", None);
    first.session = Some("7".to_owned());
    second.session.clone_from(&first.session);
    second.data.clone_from(&first.data);
    first.start_for_browser()?;
    for arguments in [&["--background"][..], &["--browser"]] {
        let mut program = second.start_with(arguments)?;
        let status = program.end_awaited(wait::START)?;
        assert!(status.code().is_some_and(|code| code != 0), "{arguments:?}: {status}");
        let said = program.err()?;
        assert!(said.contains(&*first.data.to_string_lossy()) && !said.contains("panicked"), "{arguments:?}: {said}");
    }
    // the first one has not noticed
    first.call("overview_get", &json!({}))?;
    // and its folder is free again when it was killed
    first.kill()?;
    second.start_for_browser()?;
    second.call("overview_get", &json!({}))?;
    drop((first, second));
    drop((seat, other_seat));
    world.end()
}

#[test]
fn two_sessions_of_one_person_work_side_by_side_and_what_one_leaves_is_sent_once() -> Result<()> {
    let world = World::new("sessions")?;
    let mut seat = Seat::bare(&world, "staff")?;
    seat.start_keyring()?;
    let mut hub = Hub::start(&world)?;
    let sample = hub.sample()?;
    let mut first = Desktop::enrolled(&seat, &hub, sample.person("staff", true)?)?;
    let mut second = Desktop::enrolled_already(&first);
    (first.session, second.session) = (Some("1".to_owned()), Some("2".to_owned()));
    first.start_for_browser()?;
    second.start_for_browser()?;
    for desktop in [&mut first, &mut second] {
        let overview = desktop.call("overview_get", &json!({}))?;
        assert_eq!(overview["person_name"], json!(sample.person("staff", true)?.name), "{overview:#}");
        desktop.call_until("it is connected", "overview_get", &json!({}), |overview| {
            (overview["connection"] == "connected").then_some(())
        })?;
    }
    order::support(&mut first, "Aus der ersten Sitzung")?.send(&mut first)?;
    hub.kill()?;
    order::support(&mut second, "Aus der zweiten Sitzung")?.send(&mut second)?;
    second.kill()?;
    hub.restart()?;
    wait::until_true("what the second session left has arrived", Duration::from_secs(150), || {
        first.call("outbox_retry", &json!({}))?;
        let list = first.call("request_list", &json!({}))?;
        Ok(list["requests"].to_string().contains("zweiten") && list["requests"].to_string().contains("ersten"))
    })?;
    // that session comes again: nothing is sent a second time
    second.start_for_browser()?;
    order::delivered(&mut second)?;
    let list = order::delivered(&mut first)?;
    assert_eq!(list["requests"].as_array().map(Vec::len), Some(2), "{list:#}");
    hub.verify_audit()?;
    drop((first, second));
    drop(seat);
    world.end()
}

#[test]
fn damaged_local_state_is_set_aside_by_name_and_the_rest_goes_on() -> Result<()> {
    let world = World::new("damaged")?;
    let mut seat = Seat::bare(&world, "staff")?;
    seat.start_keyring()?;
    let hub = Hub::start(&world)?;
    let sample = hub.sample()?;
    let mut desktop = Desktop::enrolled(&seat, &hub, sample.person("staff", true)?)?;
    desktop.start_for_browser()?;
    let kept = order::support(&mut desktop, "Bleibt erhalten")?;
    let before = everything_below(&desktop.data)?;
    let lost = order::support(&mut desktop, "Wird beschädigt")?;
    desktop.stop()?;
    // what the second draft has brought is cut in half
    let fresh: Vec<_> = everything_below(&desktop.data)?
        .into_iter()
        .filter(|(path, bytes)| path.to_string_lossy().contains(&lost.id) && !bytes.is_empty())
        .collect();
    assert!(
        !fresh.is_empty(),
        "no file is named by its draft: {:?}",
        before.iter().map(|(path, _)| path).collect::<Vec<_>>()
    );
    for (path, bytes) in &fresh {
        fs::write(path, &bytes[..bytes.len() / 2])?;
    }
    desktop.start_for_browser()?;
    let overview = desktop.call("overview_get", &json!({}))?;
    assert!(overview["set_aside"].as_array().is_some_and(|names| !names.is_empty()), "{overview:#}");
    let drafts = overview["drafts"].as_array().map(Vec::as_slice).unwrap_or_default();
    assert!(drafts.iter().any(|draft| draft["draft"] == json!(kept.id)), "{overview:#}");
    assert_eq!(Draft::again(&mut desktop, &kept.id)?.view["answers"]["description"], "Bleibt erhalten");
    drop(desktop);
    drop(seat);
    world.end()
}

fn everything_below(folder: &std::path::Path) -> Result<Vec<(std::path::PathBuf, Vec<u8>)>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                open.push(entry.path());
            } else if entry.file_type()?.is_file() {
                found.push((entry.path(), fs::read(entry.path())?));
            }
        }
    }
    Ok(found)
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
