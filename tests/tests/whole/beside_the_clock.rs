//! The bag beside the clock of a real panel (T1, T3, T4, T6): found with the eyes, used with the mouse.

use std::time::Duration;

use anyhow::{Context as _, Result};
use service_tool_tests::{
    api::Caller,
    bag,
    desktop::Desktop,
    display::{Area, Window},
    hub::Hub,
    order,
    panel::{self, Panel},
    programs::checkout,
    seat::Seat,
    wait,
    world::World,
};

/// The windows that a person sees of the desktop.
fn windows(desktop: &mut Desktop<'_, '_>) -> Result<Vec<Window>> {
    let process = desktop.id()?;
    desktop.seat.display()?.windows_of(process)
}

/// Waits for the menu, which opens once and stays one.
fn one_menu(desktop: &mut Desktop<'_, '_>) -> Result<Window> {
    let menu = wait::until("the menu is open", wait::START, || Ok(windows(desktop)?.into_iter().next()))?;
    // for the picture of the screen it steps aside for a moment; a second one never comes
    wait::throughout("at most one window is open", Duration::from_secs(2), || Ok(windows(desktop)?.len() <= 1))?;
    let again = wait::until("the menu is still open", wait::SOON, || Ok(windows(desktop)?.pop()))?;
    assert_eq!(again.id, menu.id, "the menu was closed and opened again");
    Ok(again)
}

fn no_window(desktop: &mut Desktop<'_, '_>) -> Result<()> {
    wait::until_true("no window is open", wait::SOON, || Ok(windows(desktop)?.is_empty()))
}

/// The corner beside the bag: at the right edge, above the panel.
fn is_in_corner(seat: &Seat<'_>, area: Area) -> Result<bool> {
    let (width, height) = (seat.display()?.width, seat.display()?.height);
    let right = area.right() <= width && area.right() + 32 >= width;
    let bottom = area.bottom() <= height - panel::HEIGHT && area.bottom() + 48 >= height - panel::HEIGHT;
    Ok(right && bottom)
}

#[test]
fn the_bag_stands_left_of_the_clock_and_a_double_click_opens_the_menu_once_in_its_corner() -> Result<()> {
    let world = World::new("bag")?;
    let mut seat = Seat::with_display(&world, "staff")?;
    seat.start_panel()?;
    seat.start_keyring()?;
    let display = seat.display()?;
    bag::awaited_alone_clock(display)?;

    let mut desktop = Desktop::fresh(&seat, "bag", None);
    desktop.start_in_tray()?;
    Panel::items_awaited(seat.bus()?, 1, wait::START)?;
    let (place, clock) = bag::found(display)?;
    assert!(place.right() <= clock.x && clock.x - place.right() < 64, "the bag {place:?} is not beside {clock:?}");
    let icon = image::open(checkout().join("icons/tray/idle-48.png"))?.into_rgba8();
    let likeness = bag::likeness(&display.picture()?, place, &icon)?;
    assert!(likeness > 0.75, "what stands at {place:?} is like the bag by {likeness:.2} only");

    // waiting costs no webview, and shows no window
    assert_eq!(desktop.web_processes(), []);
    assert_eq!(windows(&mut desktop)?, []);

    display.double_click(place.centre())?;
    let menu = one_menu(&mut desktop)?;
    assert!(is_in_corner(&seat, menu.area)?, "the menu is at {:?}", menu.area);

    display.activate(&menu)?;
    display.key("Escape")?;
    no_window(&mut desktop)?;
    assert!(desktop.has_ended()?.is_none(), "the last window was the end of the program");

    // and again, after which the web process goes within a minute
    display.double_click(place.centre())?;
    let menu = one_menu(&mut desktop)?;
    display.activate(&menu)?;
    display.key("Escape")?;
    no_window(&mut desktop)?;
    wait::until_true("no web process is left", Duration::from_secs(60), || Ok(desktop.web_processes().is_empty()))?;
    assert_eq!(Panel::items(seat.bus()?)?.len(), 1, "the bag went with the window");

    desktop.stop()?;
    Panel::items_awaited(seat.bus()?, 0, wait::SOON)?;
    drop(desktop);
    drop(seat);
    world.end()
}

#[test]
fn a_panel_that_crashed_gets_the_bag_back_and_a_second_start_opens_the_menu_of_the_first() -> Result<()> {
    let world = World::new("again")?;
    let mut seat = Seat::with_display(&world, "staff")?;
    seat.start_panel()?;
    seat.start_keyring()?;
    let (data, process) = {
        let mut desktop = Desktop::fresh(&seat, "again", None);
        desktop.start_in_tray()?;
        Panel::items_awaited(seat.bus()?, 1, wait::START)?;
        let mut second = desktop.start_again()?;
        assert!(second.end_awaited(wait::START)?.success(), "{}", second.err()?);
        let menu = one_menu(&mut desktop)?;
        // a third one does not make a second window
        let mut third = desktop.start_again()?;
        assert!(third.end_awaited(wait::START)?.success());
        assert_eq!(one_menu(&mut desktop)?.id, menu.id);
        seat.display()?.activate(&menu)?;
        seat.display()?.key("Escape")?;
        no_window(&mut desktop)?;
        let process = desktop.id()?;
        (desktop.leave(), process)
    };

    seat.kill_panel()?;
    seat.start_panel()?;
    Panel::items_awaited(seat.bus()?, 1, wait::START)?;
    let (place, _) = bag::found(seat.display()?)?;
    seat.display()?.double_click(place.centre())?;
    wait::until("the menu is open", wait::START, || Ok(seat.display()?.windows_of(process)?.into_iter().next()))?;
    drop(data);
    drop(seat);
    world.end()
}

#[test]
fn a_right_click_opens_the_tray_menu_whose_entries_open_the_menu_and_end_the_program() -> Result<()> {
    let world = World::new("tray-menu")?;
    let mut seat = Seat::with_display(&world, "staff")?;
    seat.start_panel()?;
    seat.start_keyring()?;
    let mut desktop = Desktop::fresh(&seat, "menu", None);
    desktop.start_in_tray()?;
    Panel::items_awaited(seat.bus()?, 1, wait::START)?;
    let display = seat.display()?;
    let (place, _) = bag::found(display)?;

    let right_click = || -> Result<()> {
        let before = display.settled_picture(Duration::from_millis(400))?;
        display.click(place.centre(), 3)?;
        wait::until_true("the tray menu is shown", wait::SOON, || Ok(display.picture()? != before))?;
        display.settled_picture(Duration::from_millis(400)).map(drop)
    };
    // the first entry does what the double-click does
    right_click()?;
    display.key("Down")?;
    display.key("Return")?;
    let menu = one_menu(&mut desktop)?;
    display.activate(&menu)?;
    display.key("Escape")?;
    no_window(&mut desktop)?;
    // the last one ends the program: nothing is unsent
    right_click()?;
    display.key("Up")?;
    display.key("Return")?;
    assert!(desktop.end_awaited(wait::SOON)?.success());
    Panel::items_awaited(seat.bus()?, 0, wait::SOON)?;
    drop(desktop);
    drop(seat);
    world.end()
}

#[test]
fn the_bag_shows_that_decisions_wait_that_none_does_and_that_something_is_unsent() -> Result<()> {
    let world = World::new("states")?;
    let mut seat = Seat::with_display(&world, "approver")?;
    seat.start_panel()?;
    seat.start_keyring()?;
    let mut hub = Hub::start(&world)?;
    let sample = hub.sample()?;
    let staff = Caller::enrolled(&hub, sample.person("staff", true)?)?;
    let request = staff.new_user("Wartet")?;
    let colleague = sample.people.iter().filter(|person| person.role == "approver").nth(1).context("one approver")?;
    let colleague = Caller::enrolled(&hub, colleague)?;
    let mut desktop = Desktop::enrolled(&seat, &hub, sample.person("approver", true)?)?;
    desktop.start_in_tray()?;
    Panel::items_awaited(seat.bus()?, 1, wait::START)?;
    let display = seat.display()?;
    let like = |state: &str| -> Result<f64> {
        let icon = image::open(checkout().join(format!("icons/tray/{state}-48.png")))?.into_rgba8();
        let (place, _) = bag::found(display)?;
        bag::likeness(&display.picture()?, place, &icon)
    };
    let shows = |state: &str, other: &str| -> Result<()> {
        wait::until_true(&format!("the bag shows: {state}"), wait::START, || {
            let (wanted, unwanted) = (like(state)?, like(other)?);
            Ok(wanted > 0.75 && wanted > unwanted)
        })
    };
    shows("decisions", "idle")?;
    // somebody else decides: it follows by itself
    let decision = colleague.decision(&request, "refuse", "Doch nicht")?;
    colleague.do_post(&format!("/requests/{request}/decision"), &decision)?.good()?;
    shows("idle", "decisions")?;
    desktop.stop()?;

    desktop.start_for_browser()?;
    let draft = order::support(&mut desktop, "Ohne Verbindung")?;
    hub.kill()?;
    draft.send(&mut desktop)?;
    desktop.stop()?;
    desktop.start_in_tray()?;
    Panel::items_awaited(seat.bus()?, 1, wait::START)?;
    shows("unsent", "idle")?;
    desktop.stop()?;
    drop(desktop);
    drop(seat);
    world.end()
}

#[test]
fn without_a_tray_the_program_says_so_and_stays_and_takes_one_that_comes_later() -> Result<()> {
    let world = World::new("no-tray")?;
    let mut seat = Seat::with_display(&world, "staff")?;
    seat.start_keyring()?;
    let running = {
        let mut desktop = Desktop::fresh(&seat, "no-tray", None);
        desktop.start_in_tray()?;
        wait::until_true("it says that there is no tray", wait::START, || {
            Ok(desktop.said()?.to_lowercase().contains("tray"))
        })?;
        assert!(desktop.has_ended()?.is_none(), "it ended: {}", desktop.said()?);
        // still reached by its start-menu entry
        let mut second = desktop.start_again()?;
        assert!(second.end_awaited(wait::START)?.success(), "{}", second.err()?);
        one_menu(&mut desktop)?;
        desktop.leave()
    };
    seat.start_panel()?;
    Panel::items_awaited(seat.bus()?, 1, wait::START)?;
    drop(running);
    drop(seat);
    world.end()
}

#[test]
fn without_a_display_the_program_says_so_and_ends() -> Result<()> {
    let world = World::new("no-display")?;
    let seat = Seat::bare(&world, "staff")?;
    let desktop = Desktop::fresh(&seat, "no-display", None);
    for arguments in [&["--background"][..], &[]] {
        let mut program = desktop.start_with(arguments)?;
        let status = program.end_awaited(wait::START)?;
        assert!(status.code().is_some_and(|code| code != 0), "{status}");
        let said = program.err()?;
        assert!(said.contains("no display") && !said.contains("panicked"), "it said: {said}");
    }
    drop(desktop);
    drop(seat);
    world.end()
}
