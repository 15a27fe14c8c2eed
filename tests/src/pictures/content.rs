//! What goes on in the pictures: made-up people of the sample firms, who order, ask, decide and do.

use anyhow::Result;
use image::RgbImage;
use jiff::{Timestamp, ToSpan as _, civil::Weekday, tz::TimeZone};
use serde_json::{Value, json};
use service_tool_tests::{
    desktop::Desktop,
    hub::{Hub, Sample},
    order::{self, Draft},
    page::Page,
    process::Program,
    seat::Seat,
    wait,
};

/// Ids of what is shown.
pub struct Content {
    pub support_draft: String,
    pub support_item: String,
    pub plain_draft: String,
    pub datev_draft: String,
    pub waiting: String,
    pub returned: String,
    pub done: String,
}

type Somebody<'seat, 'world> = Desktop<'seat, 'world>;

/// The Monday after `weeks` whole weeks.
fn monday(weeks: i64) -> Result<String> {
    #[expect(clippy::disallowed_methods, reason = "the people in the pictures live today")]
    let today = Timestamp::now().to_zoned_datetime(TimeZone::UTC).date();
    let next = today.nth_weekday(1, Weekday::Monday)?;
    Ok(next.checked_add((weeks * 7).days())?.to_string())
}

impl Content {
    pub fn make<'seat, 'world>(
        hub: &Hub<'_>,
        sample: &Sample,
        agent: &Page,
        staff: &mut Somebody<'seat, 'world>,
        other: &mut Somebody<'seat, 'world>,
        approver: &mut Somebody<'seat, 'world>,
    ) -> Result<Self> {
        for desktop in [&mut *staff, &mut *other, &mut *approver] {
            let profile = desktop.call("profile_get", &json!({}))?;
            let change = json!({"email": profile["email"], "town": profile["town"], "phone": "0661 9002-14"});
            desktop.call("profile_save", &change)?;
        }

        let done = new_user(staff, ["Jonas", "Lindner"], 1)?;
        let returned = new_user(staff, ["Frank", "Oberländer"], 2)?;
        let waiting = new_user(staff, ["Mira", "Vogt"], 1)?;
        new_user(staff, ["Tobias", "Wendt"], 3)?;
        order::decide(approver, &done, "approve", "")?;
        order::decide(approver, &returned, "return", "Braucht Herr Oberländer auch Fernzugriff?")?;

        let mut draft =
            order::support(staff, "Outlook-Suche findet nichts mehr, seit heute Morgen. Gestern ging es noch.")?;
        draft.add_picture(staff)?;
        let support_item = draft.send(staff)?.item;
        order::delivered(staff)?;
        order::mine(staff, "Outlook", "queued")?;
        order::support(staff, "Scanner im 1. OG liefert leere Seiten")?.send(staff)?;
        order::mine(staff, "Scanner", "queued")?;

        agent.goto(&hub.url)?;
        agent.fill("E-Mail", &sample.agent_email)?;
        agent.fill("Kennwort", &sample.agent_password)?;
        agent.click("Anmelden")?;
        let take = |subject: &str| -> Result<()> {
            agent.sees("Warteschlange")?;
            agent.goto(&hub.url)?;
            agent.click_row(subject)?;
            agent.click("Übernehmen")?;
            agent.sees("Erledigt melden")
        };
        take("Lindner")?;
        agent.fill("Mitteilung an", "Die SmartCard kommt am Mittwoch. Bis dahin geht die Anmeldung mit SmartLogin.")?;
        agent.click("Mitteilung senden")?;
        agent.sees("SmartLogin")?;
        agent.fill("Mitteilung an", "Konto, Postfach und zwei Drucker sind eingerichtet.")?;
        agent.click("Erledigt melden")?;
        agent.sees_no_more("Erledigt melden")?;
        take("Scanner")?;
        order::mine(staff, "Lindner", "done")?;

        let mut draft =
            order::support(staff, "Beim Öffnen der Lohnabrechnung kommt LN-0815. Erwartet: Liste der Mandanten.")?;
        draft.add_picture(staff)?;
        let support_draft = draft.id;
        let datev_draft = started(staff, ["Lena", "Hartmann"], true)?;
        let plain_draft = started(other, ["Lena", "Hartmann"], false)?;
        order::in_inbox(approver, "Vogt")?;
        Ok(Self { support_draft, support_item, plain_draft, datev_draft, waiting, returned, done })
    }
}

/// An order that has arrived; its id.
fn new_user(desktop: &mut Somebody<'_, '_>, [first, last]: [&str; 2], weeks: i64) -> Result<String> {
    let mut draft = Draft::begin(desktop, "user-create")?;
    let answers = [
        ("salutation", json!("none")),
        ("first_name", json!(first)),
        ("last_name", json!(last)),
        ("start_date", json!(monday(weeks)?)),
        ("access_medium", json!("smartlogin")),
        ("printers", json!(["empfang", "kanzlei-farbe"])),
        ("default_printer", json!("kanzlei-farbe")),
    ];
    await_printers(desktop, &mut draft)?;
    draft.fill(desktop, &answers)?;
    draft.send(desktop)?;
    order::delivered(desktop)?;
    order::mine(desktop, last, "waiting")
}

/// An order that somebody is writing.
fn started(desktop: &mut Somebody<'_, '_>, [first, last]: [&str; 2], datev: bool) -> Result<String> {
    let mut draft = Draft::begin(desktop, "user-create")?;
    await_printers(desktop, &mut draft)?;
    let mut answers: Vec<(&str, Value)> = vec![
        ("salutation", json!("frau")),
        ("first_name", json!(first)),
        ("last_name", json!(last)),
        ("start_date", json!(monday(2)?)),
        ("remote_access", json!(true)),
        ("printers", json!(["empfang", "kanzlei-farbe"])),
        ("default_printer", json!("empfang")),
    ];
    if datev {
        answers.extend([("access_medium", json!("smartcard")), ("smartcard_source", json!("provider"))]);
    }
    for (field, value) in answers {
        if draft.field(field).is_some() {
            draft.answer(desktop, field, &value)?;
        }
    }
    Ok(draft.id)
}

/// The printers of the session come a moment later than the form.
fn await_printers(desktop: &mut Somebody<'_, '_>, draft: &mut Draft) -> Result<()> {
    let id = draft.id.clone();
    *draft = wait::until("the printers are offered", wait::SOON, || {
        let draft = Draft::again(desktop, &id)?;
        let offered = draft.field("printers").is_some_and(|field| field["options"].to_string().contains("empfang"));
        Ok(offered.then_some(draft))
    })?;
    Ok(())
}

/// The program in front of which all this happens.
pub fn document(seat: &Seat<'_>) -> Result<Program> {
    let rows: String =
        [("10021", "Bäckerei Sommer", "14"), ("10034", "Tischlerei Roth GmbH", "6"), ("10052", "Praxis Dr. Lang", "9")]
            .iter()
            .map(|(number, name, people)| format!("<tr><td>{number}<td>{name}<td>{people}<td>November"))
            .collect();
    seat.open_document(
        "Lohn und Gehalt",
        &format!(
            "<style>body{{font:15px 'Noto Sans',sans-serif;margin:0;background:#eef1f4;color:#222}}h1{{font-size:20px;margin:0;
             padding:16px 24px;background:#fff;border-bottom:1px solid #ccd3da}}main{{padding:24px}}table{{border-collapse:collapse;
             background:#fff}}td,th{{border:1px solid #ccd3da;padding:8px 20px;text-align:left}}p{{background:#fff;
             border-left:4px solid #b3261e;padding:14px 18px;max-width:540px}}</style><h1>Lohn und Gehalt</h1><main>
             <p><b>LN-0815</b><br>Die Abrechnung konnte nicht geöffnet werden. Die Datenbank antwortet nicht.</p>
             <table><tr><th>Mandant<th>Name<th>Personen<th>Monat{rows}</table></main>"
        ),
    )
}

/// Whether the lower right corner shows a drawn screen: many colours, not one.
pub fn shows_a_menu(picture: &RgbImage) -> bool {
    let (width, height) = picture.dimensions();
    let mut colours = std::collections::BTreeSet::new();
    for y in (height - 500..height - 60).step_by(2) {
        for x in (width - 380..width - 30).step_by(2) {
            colours.insert(picture.get_pixel(x, y).0);
        }
    }
    colours.len() > 60
}
