//! The whole way: a person at a real window orders, an approver at a second desktop decides, the provider's agent reads the
//! order in a browser and does it, and the person sees that it is done.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use service_tool_contract::id::Digest;
use service_tool_tests::{
    cups::Cups,
    desktop::Desktop,
    hub::Hub,
    order::{self, Draft},
    page::Page,
    programs,
    seat::Seat,
    wait,
    world::World,
};

use crate::agent::Agent;

/// The program's real window at a seat, driven as a person would.
fn window(desktop: &Desktop<'_, '_>) -> Result<Page> {
    let arguments = desktop.arguments();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    Page::window(desktop.seat, &programs::program("service-tool")?, &arguments)
}

/// At the first use one's own data are shown once, and confirmed.
fn confirm_profile(page: &Page) -> Result<()> {
    // the one window that the start opens
    page.turn_to("://localhost/")?;
    page.sees("Ihre Daten")?;
    if page.reads("Supportanfrage")? {
        page.click("Ihre Daten")?;
    }
    wait::until_true("the own data are shown", wait::SOON, || Ok(page.value("Ort")? == "Fulda"))?;
    page.click("Speichern und weiter")?;
    page.sees("Supportanfrage")
}

#[test]
fn an_order_typed_in_the_real_window_is_asked_back_answered_approved_and_done() -> Result<()> {
    let world = World::new("path")?;
    let cups = Cups::start_with_queues(&world)?;
    let mut seat = Seat::with_display(&world, "staff")?;
    seat.start_keyring()?;
    seat.print_with(&cups);
    let mut other_seat = Seat::bare(&world, "approver")?;
    other_seat.start_keyring()?;
    let hub = Hub::start_with(&world, "hub", &["--hand-over-s", "0"])?;
    let sample = hub.sample()?;
    let staff = Desktop::enrolled(&seat, &hub, sample.person("staff", true)?)?;
    let mut approver = Desktop::enrolled(&other_seat, &hub, sample.person("approver", true)?)?;
    approver.start_for_browser()?;

    // --- the person at the window
    let page = window(&staff)?;
    confirm_profile(&page)?;
    page.click("Benutzeränderung")?;
    page.click("Neuen Benutzer anlegen")?;
    page.turn_to("#/form/")?;
    page.sees("Erster Arbeitstag")?;
    page.fill("Vorname", "Mira")?;
    page.fill("Nachname", "Özdemir-Vogt")?;
    page.choose_last("Abteilung")?;
    page.fill("Erster Arbeitstag", "07.01.2030")?;
    // the firm uses DATEV, so it is asked
    page.sees("Zugangsmedium")?;
    page.tick("SmartLogin")?;
    page.choose_last("Wer bekommt PIN und Codes?")?;
    page.choose_last("Rechteprofil am Arbeitsplatz")?;
    page.choose_last("Beraternummer")?;
    page.choose_last("Wer gibt das erste Kennwort weiter?")?;
    // printers of this session, and a default of their own
    page.tick("Empfang Kyocera")?;
    page.tick("Kanzlei Farbe")?;
    page.choose("Standarddrucker", "Kanzlei Farbe")?;
    page.click("Zur Freigabe senden")?;
    page.sees("Der Auftrag wartet auf Freigabe")?;

    // --- the approver, at a second desktop, asks back
    let approving = Page::chromium(&world, "approver", 960, 720)?;
    approver.show(&approving, "/?window=work#/inbox")?;
    approving.sees("Özdemir-Vogt")?;
    approving.click_row("Özdemir-Vogt")?;
    approving.sees("SmartLogin")?;
    approving.sees("Kanzlei Farbe")?;
    approving.click("Rückfrage")?;
    approving.fill("Ihre Frage", "Schreibt sie sich mit Ö?")?;
    approving.click("Rückfrage senden")?;
    approving.sees("Die Rückfrage ist gesendet.")?;

    // --- the person answers by changing the order
    page.click("Vorgang öffnen")?;
    page.sees("Schreibt sie sich mit Ö?")?;
    page.click("Beantworten und ändern")?;
    page.sees("Erster Arbeitstag")?;
    assert_eq!(page.value("Nachname")?, "Özdemir-Vogt", "the answers are not there any more");
    page.fill("Nachname", "Oezdemir-Vogt")?;
    page.click("Zur Freigabe senden")?;
    page.sees("Der Auftrag wartet auf Freigabe")?;

    // --- the approver approves
    approver.show(&approving, "/?window=work#/inbox")?;
    approving.reload()?;
    approving.sees("Oezdemir-Vogt")?;
    approving.click_row("Oezdemir-Vogt")?;
    approving.click("Freigeben")?;
    approving.sees("Freigegeben.")?;

    // --- the agent reads and does it
    let agent = Agent::signed_in(&world, &hub, &sample)?;
    agent.take("Oezdemir-Vogt")?;
    for words in ["Mira", "Oezdemir-Vogt", "SmartLogin", "Kanzlei Farbe", "Empfang Kyocera"] {
        agent.page.sees(words)?;
    }
    assert!(!agent.page.reads("Özdemir-Vogt")?, "the agent reads the old answer");
    agent.finish("Oezdemir-Vogt", "Willkommen")?;

    // --- and it is said to the person who ordered it
    page.click("Vorgang öffnen")?;
    page.sees("Erledigt von")?;
    page.sees("Willkommen")?;
    hub.verify_audit()?;
    agent.close()?;
    approving.close()?;
    page.close()?;
    drop((staff, approver));
    drop((seat, other_seat, cups));
    world.end()
}

#[test]
fn a_support_request_brings_the_screen_before_the_click_byte_for_byte() -> Result<()> {
    let world = World::new("support")?;
    let mut seat = Seat::with_display(&world, "staff")?;
    seat.start_keyring()?;
    let hub = Hub::start_with(&world, "hub", &["--hand-over-s", "0"])?;
    let sample = hub.sample()?;
    let staff = Desktop::enrolled(&seat, &hub, sample.person("staff", true)?)?;
    let _document = seat.open_document(
        "Lohn 2026",
        "<body style='font: 20px sans-serif'><h1>Lohn und Gehalt</h1><p style='background:#fdd;padding:20px'>Fehler LN-0815: \
         Die Datenbank antwortet nicht.</p><table border=1><tr><td>Mandant<td>10021<tr><td>Monat<td>November</table>",
    )?;
    let display = seat.display()?;
    let before = display.settled_picture(Duration::from_millis(500))?;

    let page = window(&staff)?;
    confirm_profile(&page)?;
    page.click("Supportanfrage")?;
    page.turn_to("#/form/")?;
    page.fill("Was passiert, und was haben Sie erwartet?", "Die Lohnabrechnung bricht mit LN-0815 ab.")?;
    page.tick("Ihr Bildschirm vor dem Klick")?;
    page.click("Supportanfrage senden")?;
    page.sees("angekommen")?;
    page.sees("S-1")?;

    let agent = Agent::signed_in(&world, &hub, &sample)?;
    agent.open("Warteschlange", "LN-0815")?;
    agent.page.sees("Anhänge")?;
    let pictures = wait::until("the picture is loaded", wait::SOON, || {
        let loaded = agent.page.loaded("/attachments/")?;
        Ok((!loaded.is_empty()).then_some(loaded))
    })?;
    let [picture] = &pictures[..] else { anyhow::bail!("{} pictures", pictures.len()) };
    let seen = image::load_from_memory(picture)?.into_rgb8();
    assert_eq!((seen.width(), seen.height()), (before.width(), before.height()));
    let differing = seen.pixels().zip(before.pixels()).filter(|(one, other)| one != other).count();
    assert_eq!(differing, 0, "pixels that are not those of the screen before the click");
    page.close()?;

    // byte for byte what the desktop gives back as its own
    let mut again = Desktop::enrolled_already(&staff);
    again.start_for_browser()?;
    let request = order::mine(&mut again, "LN-0815", "queued")?;
    let view = order::view(&mut again, &request)?;
    let digest = view["attachments"][0]["digest"].clone();
    assert_eq!(digest, json!(Digest::of(picture)));
    let kept = again.bytes("attachment_get", &json!({"request": request, "digest": digest}))?;
    assert!(kept == *picture, "the desktop's picture and the agent's are not the same bytes");
    agent.close()?;
    drop((staff, again));
    drop(seat);
    world.end()
}

#[test]
fn a_refusal_reaches_its_sender_with_the_reason_and_ends_the_order() -> Result<()> {
    let world = World::new("refusal")?;
    let mut seat = Seat::bare(&world, "staff")?;
    seat.start_keyring()?;
    let hub = Hub::start(&world)?;
    let sample = hub.sample()?;
    let mut staff = Desktop::enrolled(&seat, &hub, sample.person("staff", true)?)?;
    let mut approver = Desktop::enrolled(&seat, &hub, sample.person("approver", true)?)?;
    staff.start_for_browser()?;
    approver.start_for_browser()?;
    order::new_user(&mut staff, "Nina", "Unklar")?.send(&mut staff)?;
    let request = order::in_inbox(&mut approver, "Unklar")?;
    // the count at the bag follows by itself
    approver.call_until("one decision waits", "overview_get", &json!({}), |overview| {
        (overview["waiting"] == 1).then_some(())
    })?;

    let approving = Page::chromium(&world, "approver", 960, 720)?;
    approver.show(&approving, "/?window=work#/inbox")?;
    approving.click_row("Unklar")?;
    approving.click("Ablehnen")?;
    approving.click("Ablehnen und Grund senden")?;
    approving.sees("Schreiben Sie einen Grund")?;
    assert_eq!(order::view(&mut staff, &request)?["summary"]["state"], "waiting", "refused without a reason");
    approving.fill("Grund", "Wir stellen erst im Frühjahr ein.")?;
    approving.click("Ablehnen und Grund senden")?;
    approving.sees("Abgelehnt.")?;

    assert_eq!(order::mine(&mut staff, "Unklar", "refused")?, request);
    let view = order::view(&mut staff, &request)?;
    assert!(view["history"].to_string().contains("Frühjahr"));
    assert_eq!(view["actions"].as_array().map(Vec::len), Some(0), "{:#}", view["actions"]);
    approver
        .call_until("nothing waits", "overview_get", &json!({}), |overview| (overview["waiting"] == 0).then_some(()))?;
    hub.verify_audit()?;
    approving.close()?;
    drop((staff, approver));
    drop(seat);
    world.end()
}

#[test]
fn a_firm_without_datev_never_sees_it() -> Result<()> {
    let world = World::new("no-datev")?;
    let mut seat = Seat::bare(&world, "staff")?;
    seat.start_keyring()?;
    let hub = Hub::start(&world)?;
    let sample = hub.sample()?;
    let words_of = |datev: bool| -> Result<(BTreeSet<String>, String)> {
        let mut desktop = Desktop::enrolled(&seat, &hub, sample.person("staff", datev)?)?;
        desktop.start_for_browser()?;
        let draft = order::new_user(&mut desktop, "Jo", "Schlicht")?;
        let sections = draft.view["state"]["sections"].as_array().cloned().unwrap_or_default();
        let page = Page::chromium(&world, if datev { "with" } else { "without" }, 960, 720)?;
        desktop.show(&page, &format!("/?window=work#/form/{}", draft.id))?;
        page.sees("Erster Arbeitstag")?;
        let mut words = page.text()?;
        page.close()?;
        draft.send(&mut desktop)?;
        order::delivered(&mut desktop)?;
        let request = order::mine(&mut desktop, "Schlicht", "waiting")?;
        words.push_str(&order::view(&mut desktop, &request)?["document"].to_string());
        desktop.stop()?;
        Ok((sections.iter().filter_map(|section| section["id"].as_str().map(str::to_owned)).collect(), words))
    };
    let (with, words) = words_of(true)?;
    assert!(with.contains("datev") && words.contains("DATEV"), "the firm with DATEV is not asked: {with:?}");
    let (without, words) = words_of(false)?;
    assert!(!without.contains("datev"), "{without:?}");
    for word in ["DATEV", "SmartCard", "mIDentity", "Beraternummer"] {
        assert!(!words.contains(word), "a firm without DATEV reads {word}");
    }
    drop(seat);
    world.end()
}

#[test]
fn a_field_added_to_the_running_hub_is_asked_by_the_running_desktop() -> Result<()> {
    let world = World::new("field")?;
    let mut seat = Seat::bare(&world, "staff")?;
    seat.start_keyring()?;
    let hub = Hub::start(&world)?;
    let sample = hub.sample()?;
    let mut desktop = Desktop::enrolled(&seat, &hub, sample.person("staff", true)?)?;
    desktop.start_for_browser()?;
    let draft = order::support(&mut desktop, "Der Bildschirm flackert")?;
    let page = Page::chromium(&world, "staff", 760, 640)?;
    desktop.show(&page, &format!("/?window=work#/form/{}", draft.id))?;
    page.sees("Können Sie weiterarbeiten?")?;
    page.tick("Nein")?;

    let mut form = hub.form("support")?;
    form["version"] = json!(form["version"].as_u64().context("no version")? + 1);
    let fields = form["sections"][0]["fields"].as_array_mut().context("no fields")?;
    fields.push(json!({
        "id": "phone_now", "kind": "text", "required": "true", "visible": "can_work == 'no'", "follow_up": true,
        "label": {"de": "Unter welcher Nummer erreichen wir Sie jetzt?", "en": "Which number reaches you now?"},
    }));
    hub.change_form("support", &form)?;

    // it appears in the open window, with its condition, and what was written stays
    let question = "Unter welcher Nummer erreichen wir Sie jetzt?";
    page.sees_within(question, wait::START)?;
    page.tick("Eingeschränkt")?;
    wait::until_true("the question is gone", wait::SOON, || Ok(!page.has_field(question)?))?;
    page.tick("Nein")?;
    page.fill(question, "0661 4711")?;
    let again = wait::until("the answer is stored", wait::SOON, || {
        let again = Draft::again(&mut desktop, &draft.id)?;
        Ok((again.view["answers"]["phone_now"] == "0661 4711").then_some(again))
    })?;
    assert_eq!(again.view["answers"]["description"], "Der Bildschirm flackert");
    again.send(&mut desktop)?;
    order::delivered(&mut desktop)?;
    let request = order::mine(&mut desktop, "flackert", "queued")?;
    let view = order::view(&mut desktop, &request)?;
    let lines: Vec<&Value> = view["document"]["sections"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|section| section["lines"].as_array().map(Vec::as_slice).unwrap_or_default())
        .collect();
    assert!(lines.iter().any(|line| line["label"] == question && line["value"] == "0661 4711"), "{view:#}");

    // a form that is not understood is not handed out, and the last good one stays
    let mut broken = hub.form("support")?;
    broken["version"] = json!(99);
    broken["sections"][0]["fields"][0]["visible"] = json!("no_such_field == 1");
    hub.change_form("support", &broken)?;
    wait::throughout("the good form stays", Duration::from_secs(3), || {
        Ok(Draft::begin(&mut desktop, "support")?.view["form_version"] == form["version"])
    })?;
    page.close()?;
    drop(desktop);
    drop(seat);
    world.end()
}
