//! Makes the pictures below `docs/pictures`: every screen, light and dark, German and English, and the whole desktop with
//! the bag beside the clock. Everything in them is real but the people: a hub with the sample firms, two desktops, an
//! agent. Leaves what happens in them to `content`, and how each is taken to `camera`.

mod camera;
mod content;

use std::time::Duration;

use anyhow::{Context as _, Result};
use fs_err as fs;
use serde_json::json;
use service_tool_tests::{
    bag, cups::Cups, desktop::Desktop, hub::Hub, page::Page, panel::Panel, programs::checkout, seat::Seat, wait,
    world::World,
};

use camera::{Camera, Shot};
use content::Content;

fn main() -> Result<()> {
    let folder = checkout().join("docs/pictures");
    fs::create_dir_all(&folder)?;
    let world = World::new("pictures")?;
    let cups = Cups::start_with_queues(&world)?;
    let mut seat = Seat::with_display(&world, "staff")?;
    seat.start_keyring()?;
    seat.print_with(&cups);
    let _document = content::document(&seat)?;
    let hub = Hub::start_with(&world, "hub", &["--hand-over-s", "0"])?;
    let sample = hub.sample()?;
    let start = |role: &str, datev: bool| -> Result<Desktop<'_, '_>> {
        let mut desktop = Desktop::enrolled(&seat, &hub, sample.person(role, datev)?)?;
        desktop.start_for_browser()?;
        Ok(desktop)
    };
    let (mut staff, mut other) = (start("staff", true)?, start("staff", false)?);
    let mut approver = start("approver", true)?;
    let mut fresh = Desktop::fresh(&seat, "fresh", Some(&hub.policy("fresh")?));
    fresh.start_for_browser()?;
    let agent = Page::chromium(&world, "agent", 1280, 800)?;
    let content = Content::make(&hub, &sample, &agent, &mut staff, &mut other, &mut approver)?;

    let mut camera = Camera::new(&world, &folder)?;
    let menu = |name, address, words| Shot::new(name, (400, 600), address, words);
    let work = |name, address: &str, words| Shot::new(name, (960, 720), &format!("/?window=work#/{address}"), words);
    camera.take(&mut staff, &menu("menu", "/?window=menu#/menu", ["Supportanfrage", "Support request"]))?;
    camera.take(&mut approver, &menu("menu-approver", "/?window=menu#/menu", ["Freigaben", "Approvals"]))?;
    camera.take(&mut staff, &menu("choose", "/?window=menu#/choose", ["Neuen Benutzer", "new user"]))?;
    camera.take(&mut staff, &menu("profile", "/?window=menu#/profile", ["Ihre Daten", "Your "]))?;
    camera.take(&mut fresh, &menu("enrol", "/?window=menu#/enrol", ["Anmeldecode", "ode"]))?;

    let form = format!("form/{}", content.support_draft);
    let support = work("support", &form, ["Wen betrifft es?", "Who is affected?"]);
    camera.take(&mut staff, &support.sized(760, 640))?;
    let sent = format!("sent/{}", content.support_item);
    let sent = work("support-sent", &sent, ["angekommen", "S-1"]);
    camera.take(&mut staff, &sent.sized(760, 640))?;

    let form = format!("form/{}", content.plain_draft);
    camera.take(&mut other, &work("form-create", &form, ["Erster Arbeitstag", "working day"]))?;
    let form = format!("form/{}", content.datev_draft);
    camera.take(&mut staff, &work("form-create-datev", &form, ["SmartCard", "SmartCard"]).scrolled_to("DATEV"))?;
    let printers = work("form-create-printers", &form, ["Kanzlei Farbe", "Kanzlei Farbe"]);
    camera.take(&mut staff, &printers.scrolled_to("Drucker|Printers"))?;

    let inbox = format!("inbox/{}", content.waiting);
    camera.take(&mut approver, &work("inbox", &inbox, ["Gilt genau", "Holds for exactly"]))?;
    let question = work("inbox-question", &inbox, ["Gilt genau", "Holds for exactly"]);
    camera.take(&mut approver, &question.after_click(["Rückfrage", "Ask back"]))?;
    let requests = format!("requests/{}", content.done);
    camera.take(&mut staff, &work("requests", &requests, ["Verlauf", "History"]))?;
    let returned = format!("requests/{}", content.returned);
    camera.take(&mut staff, &work("requests-question", &returned, ["Beantworten", "Answer"]))?;

    camera.take_agent(&agent, &hub, "Outlook")?;
    agent.close()?;

    // --- the real desktop
    let person = approver.data.clone();
    approver.stop()?;
    staff.stop()?;
    other.stop()?;
    fresh.stop()?;
    let policy = approver.policy.clone();
    drop((staff, other, approver, fresh));
    seat.start_panel()?;
    let mut real = Desktop::fresh(&seat, "real", policy.as_deref());
    real.data = person;
    real.start_in_tray()?;
    Panel::items_awaited(seat.bus()?, 1, wait::START)?;
    let display = seat.display()?;
    let (place, _) = bag::found(display)?;
    display.settled_picture(Duration::from_secs(2))?.save(folder.join("desktop-waiting.png"))?;
    display.double_click(place.centre())?;
    let process = real.id()?;
    wait::until("the menu is open", wait::START, || Ok(display.windows_of(process)?.into_iter().next()))?;
    // the window is there before its screen is drawn
    let picture = wait::until("the menu is drawn", wait::START, || {
        let picture = display.settled_picture(Duration::from_secs(2))?;
        Ok(content::shows_a_menu(&picture).then_some(picture))
    })?;
    picture.save(folder.join("desktop-bag.png"))?;
    real.stop().context("the desktop of the pictures")?;
    drop(real);
    println!("{}", json!({"pictures": camera.taken() + 2, "folder": folder}));
    drop(seat);
    drop(cups);
    world.end()
}
