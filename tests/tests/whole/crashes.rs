//! `kill -9` of desktop and hub between any two steps, and in the middle of sending: nothing is lost, nothing is there twice.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use service_tool_contract::id::Digest;
use service_tool_tests::{
    api::Caller,
    desktop::Desktop,
    gate::{Gate, Manner},
    hub::{Hub, Sample},
    order::{self, Draft},
    seat::Seat,
    wait,
    world::World,
};

use crate::agent::Agent;

/// Everybody on the path. What happens to a request, happens here.
struct Story<'seat, 'world> {
    hub: Hub<'world>,
    staff: Desktop<'seat, 'world>,
    approver: Desktop<'seat, 'world>,
    steps: u32,
}

impl<'seat, 'world> Story<'seat, 'world> {
    fn begin(
        hub: Hub<'world>,
        sample: &Sample,
        staff: &'seat Seat<'world>,
        approver: &'seat Seat<'world>,
    ) -> Result<Self> {
        let mut staff = Desktop::enrolled(staff, &hub, sample.person("staff", true)?)?;
        let mut approver = Desktop::enrolled(approver, &hub, sample.person("approver", true)?)?;
        staff.start_for_browser()?;
        approver.start_for_browser()?;
        Ok(Self { hub, staff, approver, steps: 0 })
    }

    /// Everything is killed at once and started again.
    fn crash(&mut self) -> Result<()> {
        self.steps += 1;
        self.staff.kill()?;
        self.hub.kill()?;
        self.approver.kill()?;
        self.hub.restart()?;
        self.staff.start_for_browser()?;
        self.approver.start_for_browser().with_context(|| format!("after step {}", self.steps))
    }
}

fn count(list: &Value, subject: &str) -> usize {
    let requests = list.as_array().map(Vec::as_slice).unwrap_or_default();
    requests.iter().filter(|request| request["subject"].as_str().is_some_and(|text| text.contains(subject))).count()
}

#[test]
fn a_crash_between_any_two_steps_loses_and_doubles_nothing() -> Result<()> {
    let world = World::new("crash")?;
    let mut seat = Seat::with_display(&world, "staff")?;
    seat.start_keyring()?;
    let mut other_seat = Seat::bare(&world, "approver")?;
    other_seat.start_keyring()?;
    let hub = Hub::start_with(&world, "hub", &["--hand-over-s", "0"])?;
    let sample = hub.sample()?;
    let mut story = Story::begin(hub, &sample, &seat, &other_seat)?;
    let agent = Agent::signed_in(&world, &story.hub, &sample)?;
    story.crash()?;

    // --- a support request with a picture
    let mut draft = order::support(&mut story.staff, "Die Lohnabrechnung öffnet sich nicht")?;
    story.crash()?;
    let again = Draft::again(&mut story.staff, &draft.id)?;
    assert_eq!(again.view["answers"]["description"], "Die Lohnabrechnung öffnet sich nicht");
    assert!(again.is_complete(), "{:#}", again.view);
    draft = again;
    let picture = draft.add_picture(&mut story.staff)?;
    let png = story.staff.bytes("picture_get", &json!({"picture": picture}))?;
    story.crash()?;
    assert_eq!(Draft::again(&mut story.staff, &draft.id)?.view["pictures"].as_array().map(Vec::len), Some(1));
    assert_eq!(Digest::of(&story.staff.bytes("picture_get", &json!({"picture": picture}))?), Digest::of(&png));
    draft.send(&mut story.staff)?;
    story.crash()?;
    order::delivered(&mut story.staff)?;
    let support = order::mine(&mut story.staff, "Lohnabrechnung", "queued")?;
    story.crash()?;

    // --- an order that is returned, revised and approved
    let draft = order::new_user(&mut story.staff, "Mira", "Vogt")?;
    story.crash()?;
    draft.send(&mut story.staff)?;
    story.crash()?;
    order::delivered(&mut story.staff)?;
    let request = order::in_inbox(&mut story.approver, "Vogt")?;
    story.crash()?;
    order::decide(&mut story.approver, &request, "return", "Vogt mit g?")?;
    story.crash()?;
    assert_eq!(order::mine(&mut story.staff, "Vogt", "returned")?, request);
    let mut draft = Draft::revise(&mut story.staff, &request)?;
    draft.answer(&mut story.staff, "last_name", &json!("Vogdt"))?;
    story.crash()?;
    let draft = Draft::again(&mut story.staff, &draft.id)?;
    draft.send(&mut story.staff)?;
    story.crash()?;
    order::delivered(&mut story.staff)?;
    assert_eq!(order::in_inbox(&mut story.approver, "Vogdt")?, request);
    story.crash()?;
    order::decide(&mut story.approver, &request, "approve", "")?;
    story.crash()?;
    assert_eq!(order::mine(&mut story.staff, "Vogdt", "queued")?, request);

    // --- the provider does both
    for subject in ["Lohnabrechnung", "Vogdt"] {
        agent.take(subject)?;
        story.crash()?;
        agent.finish(subject, "Erledigt")?;
        story.crash()?;
        order::mine(&mut story.staff, subject, "done")?;
    }

    // --- and everything is there once
    let list = order::delivered(&mut story.staff)?;
    assert_eq!(list["requests"].as_array().map(Vec::len), Some(2), "{list:#}");
    assert_eq!(story.staff.call("overview_get", &json!({}))?["drafts"], json!([]), "a sent draft is still there");
    let view = order::view(&mut story.staff, &request)?;
    assert_eq!(order::history(&view), ["submitted", "returned", "revised", "approved", "taken", "done"]);
    let view = order::view(&mut story.staff, &support)?;
    assert_eq!(order::history(&view), ["submitted", "taken", "done"]);
    let attachment = &view["attachments"][0];
    assert_eq!(attachment["digest"], json!(Digest::of(&png)));
    let kept = story.staff.bytes("attachment_get", &json!({"request": support, "digest": attachment["digest"]}))?;
    assert!(kept == png, "the picture at the hub is not the one that was taken");
    story.hub.verify_audit()?;
    assert!(story.steps >= 16);
    agent.close()?;
    drop(story);
    drop((seat, other_seat));
    world.end()
}

#[test]
fn a_kill_at_any_moment_of_sending_loses_and_doubles_nothing() -> Result<()> {
    let world = World::new("sending")?;
    let mut seat = Seat::with_display(&world, "staff")?;
    seat.start_keyring()?;
    let mut hub = Hub::start(&world)?;
    let sample = hub.sample()?;
    let mut staff = Desktop::enrolled(&seat, &hub, sample.person("staff", true)?)?;
    staff.start_for_browser()?;
    let moments_ms = [0, 2, 5, 10, 20, 40, 80, 160];
    for (number, moment_ms) in moments_ms.into_iter().enumerate() {
        let mut draft = order::support(&mut staff, &format!("Störung Nummer {number}"))?;
        draft.add_picture(&mut staff)?;
        draft.send(&mut staff)?;
        wait::let_pass(Duration::from_millis(moment_ms));
        // the one, the other, both
        if number % 3 != 0 {
            hub.kill()?;
        }
        if number % 3 != 1 {
            staff.kill()?;
            staff.start_for_browser()?;
        }
        if number % 3 != 0 {
            hub.restart()?;
        }
        staff.call("outbox_retry", &json!({}))?;
        order::delivered(&mut staff)?;
    }
    let list = order::delivered(&mut staff)?;
    for number in 0..moments_ms.len() {
        assert_eq!(count(&list["requests"], &format!("Störung Nummer {number}")), 1, "{list:#}");
    }
    assert_eq!(list["requests"].as_array().map(Vec::len), Some(moments_ms.len()));
    for request in list["requests"].as_array().into_iter().flatten() {
        assert_eq!(request["attachments"], 1);
    }
    hub.verify_audit()?;
    drop(staff);
    drop(seat);
    world.end()
}

#[test]
fn an_answer_that_is_lost_on_its_way_doubles_nothing() -> Result<()> {
    let world = World::new("lost")?;
    let mut seat = Seat::with_display(&world, "staff")?;
    seat.start_keyring()?;
    let hub = Hub::start(&world)?;
    let sample = hub.sample()?;
    let gate = Gate::before(&world, &hub)?;
    let approver = Caller::enrolled(&hub, sample.person("approver", true)?)?;
    let mut staff = Desktop::fresh(&seat, "staff", Some(&gate.policy(&world, "staff")?));
    staff.enrol(&sample.person("staff", true)?.short_code)?.good()?;
    staff.start_for_browser()?;

    let draft = order::new_user(&mut staff, "Ein", "Einziger")?;
    gate.behave(Manner::LosingAnswers);
    draft.send(&mut staff)?;
    // the hub has it, and the desktop does not know
    wait::until_true("the hub has the order", wait::START, || {
        staff.call("outbox_retry", &json!({}))?;
        Ok(count(&approver.get("/inbox")?.good()?, "Einziger") == 1)
    })?;
    let list = staff.call("request_list", &json!({}))?;
    assert_eq!(list["outbox"].as_array().map(Vec::len), Some(1), "it believes to know: {list:#}");
    staff.kill()?;
    staff.start_for_browser()?;
    gate.behave(Manner::Open);
    staff.call("outbox_retry", &json!({}))?;
    let list = order::delivered(&mut staff)?;
    assert_eq!(count(&list["requests"], "Einziger"), 1);
    assert_eq!(count(&approver.get("/inbox")?.good()?, "Einziger"), 1);
    hub.verify_audit()?;
    drop(staff);
    drop(seat);
    world.end()
}
