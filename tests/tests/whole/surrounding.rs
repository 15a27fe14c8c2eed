//! What the other tests stand on is there and is what it claims: without this, a failure elsewhere would be read wrongly.

use anyhow::Result;
use service_tool_tests::{
    bag,
    cups::{Cups, DEFAULT, QUEUES},
    page::Page,
    panel::Panel,
    process,
    seat::Seat,
    wait,
    world::World,
};

#[test]
fn a_seat_has_a_panel_with_a_clock_that_comes_back_after_a_crash() -> Result<()> {
    let world = World::new("panel")?;
    let mut seat = Seat::with_display(&world, "staff")?;
    seat.start_panel()?;
    bag::awaited_alone_clock(seat.display()?)?;
    assert!(Panel::items(seat.bus()?)?.is_empty());
    seat.kill_panel()?;
    seat.start_panel()?;
    drop(seat);
    world.end()
}

#[test]
fn a_seat_has_a_secret_store_that_keeps_over_a_restart() -> Result<()> {
    let world = World::new("secrets")?;
    let mut seat = Seat::bare(&world, "staff")?;
    assert!(!seat.bus()?.is_owned("org.freedesktop.secrets")?, "a secret store nobody started");
    seat.start_keyring()?;
    let collections = |seat: &Seat<'_>| {
        let interface = "org.freedesktop.Secret.Collection";
        let path = "/org/freedesktop/secrets/collection/login";
        seat.bus()?.call("org.freedesktop.secrets", path, "org.freedesktop.DBus.Properties.Get", &[interface, "Locked"])
    };
    assert!(collections(&seat)?.contains("false"), "the store is not open");
    seat.stop_keyring()?;
    seat.start_keyring()?;
    assert!(collections(&seat)?.contains("false"), "the store is not open after a restart");
    drop(seat);
    world.end()
}

#[test]
fn the_print_system_lists_its_queues_and_can_be_stopped() -> Result<()> {
    let world = World::new("cups")?;
    let mut cups = Cups::start_with_queues(&world)?;
    let listed = cups.listed()?;
    assert!(QUEUES.iter().all(|queue| listed.contains(queue.queue)), "{listed}");
    assert!(listed.contains(&format!("default destination: {DEFAULT}")), "{listed}");
    cups.stop()?;
    assert!(!cups.is_running()?, "it answers although it was stopped");
    cups.restart()?;
    assert!(cups.listed()?.contains(DEFAULT));
    drop(cups);
    world.end()
}

#[test]
fn a_page_is_read_and_filled_in_by_the_words_on_it() -> Result<()> {
    let world = World::new("page")?;
    let page = Page::chromium(&world, "page", 400, 300)?;
    page.goto(
        "data:text/html;charset=utf-8,<label>Ihr%20Name%20<input></label><button onclick=\"document.title=1;\
               this.textContent='Hallo%20'+document.querySelector('input').value\">Weiter</button>",
    )?;
    page.fill("Ihr Name", "Jana Keller")?;
    page.click("Weiter")?;
    page.sees("Hallo Jana Keller")?;
    let picture = image::load_from_memory(&page.picture()?)?;
    assert_eq!((picture.width(), picture.height()), (400, 300));
    page.close()?;
    world.end()
}

#[test]
fn nothing_outlives_a_world() -> Result<()> {
    let world = World::new("ends")?;
    let folder = world.path().to_owned();
    // a process that left its parent and its group, and says through the pipe that it has
    let script = r#"mkfifo "$0"; setsid sh -c 'echo left >"$0"; exec sleep 600' "$0" & read -r word <"$0""#;
    let pipe = folder.join("pipe").to_string_lossy().into_owned();
    world.launch("sh", "runaway").args(["-c", script, &pipe]).succeed(wait::SOON)?;
    wait::until_true("the runaway runs", wait::SOON, || Ok(process::of_world(&folder).len() == 1))?;
    world.end()?;
    assert!(process::of_world(&folder).is_empty());
    assert!(!folder.exists());
    Ok(())
}
