//! What people do with requests, through the commands that the screens call: fill in a form, add a picture, send, decide.
//! Knows forms only by what they ask; whatever a form demands beyond the given answers is answered with the first thing offered.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::desktop::Desktop;

/// A draft as the desktop told it last.
pub struct Draft {
    pub id: String,
    pub view: Value,
    sequence: u32,
}

/// A sent request, as far as its sender knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentItem {
    /// Item of the outbox.
    pub item: String,
}

impl Draft {
    pub fn begin(desktop: &mut Desktop<'_, '_>, form: &str) -> Result<Self> {
        let view = desktop.call("draft_begin", &json!({"form": form, "resume": false}))?;
        Self::of(view)
    }

    /// The draft as the desktop has it, for instance after a restart.
    pub fn again(desktop: &mut Desktop<'_, '_>, id: &str) -> Result<Self> {
        Self::of(desktop.call("draft_get", &json!({"draft": id}))?)
    }

    /// A draft with the answers of a returned request.
    pub fn revise(desktop: &mut Desktop<'_, '_>, request: &str) -> Result<Self> {
        Self::of(desktop.call("request_revise", &json!({"request": request}))?)
    }

    fn of(view: Value) -> Result<Self> {
        let id = text(&view, "draft")?;
        Ok(Self { id, view, sequence: 0 })
    }

    /// The fields that are asked now.
    pub fn fields(&self) -> Vec<&Value> {
        let sections = self.view["state"]["sections"].as_array().map(Vec::as_slice).unwrap_or_default();
        sections
            .iter()
            .flat_map(|section| section["fields"].as_array().map(Vec::as_slice).unwrap_or_default())
            .collect()
    }

    pub fn field(&self, id: &str) -> Option<&Value> {
        self.fields().into_iter().find(|field| field["id"] == id)
    }

    pub fn is_complete(&self) -> bool {
        self.view["state"]["complete"] == true
    }

    /// What is still wrong or missing.
    pub fn findings(&self) -> Vec<(String, String)> {
        let findings = self.view["state"]["findings"].as_array().cloned().unwrap_or_default();
        findings
            .iter()
            .filter(|finding| finding["warning"] != true)
            .filter_map(|finding| Some((finding["field"].as_str()?.to_owned(), finding["code"].as_str()?.to_owned())))
            .collect()
    }

    /// Gives one answer.
    pub fn answer(&mut self, desktop: &mut Desktop<'_, '_>, field: &str, value: &Value) -> Result<()> {
        self.sequence += 1;
        let request = json!({"draft": self.id, "field": field, "value": value, "sequence": self.sequence});
        self.view["state"] = desktop.call("draft_answer", &request)?;
        Ok(())
    }

    /// Gives these answers, and to whatever else is demanded the first thing offered, until nothing is missing.
    pub fn fill(&mut self, desktop: &mut Desktop<'_, '_>, answers: &[(&str, Value)]) -> Result<()> {
        for (field, value) in answers {
            self.answer(desktop, field, value)?;
        }
        let mut tried = BTreeMap::new();
        while let Some((field, code)) = self.findings().into_iter().next() {
            let tries = tried.entry(field.clone()).or_insert(0);
            *tries += 1;
            if *tries > 2 {
                bail!("{field} stays {code}: {:#}", self.view["state"]["findings"]);
            }
            let value = self.first_offered(&field)?;
            self.answer(desktop, &field, &value)?;
        }
        if !self.is_complete() {
            bail!("nothing is missing, but it is not complete: {:#}", self.view["state"]["findings"]);
        }
        Ok(())
    }

    fn first_offered(&self, field: &str) -> Result<Value> {
        let state = self.field(field).with_context(|| format!("{field} is missing but not asked"))?;
        let offered = || -> Result<Value> {
            let options = state["options"].as_array().map(Vec::as_slice).unwrap_or_default();
            let option = options.iter().find(|option| option["locked"] != true);
            Ok(option.with_context(|| format!("{field} offers nothing: {state}"))?["value"].clone())
        };
        Ok(match state["kind"].as_str().unwrap_or_default() {
            "choice" => offered()?,
            "choices" | "printers" => json!([offered()?]),
            "yes" => json!(true),
            "date" => json!("2030-01-15"),
            "text" | "long_text" => json!("Muster"),
            kind => bail!("{field} is of kind {kind}"),
        })
    }

    /// Takes a picture of the screen and puts it into the draft; its id.
    pub fn add_picture(&mut self, desktop: &mut Desktop<'_, '_>) -> Result<String> {
        let choices = desktop.call("picture_list", &Desktop::nothing())?;
        let monitor = choices["monitors"][0]["monitor"].as_u64().context("no monitor")?;
        let offer = desktop.call("picture_take", &json!({"monitor": monitor}))?;
        let field = self
            .fields()
            .into_iter()
            .find(|field| field["kind"] == "files")
            .context("the form takes no pictures")?["id"]
            .clone();
        let request = json!({"draft": self.id, "field": field, "picture": offer["picture"]});
        self.view = desktop.call("draft_picture_add", &request)?;
        let picture =
            self.view["pictures"].as_array().and_then(|pictures| pictures.last()).context("no picture in the draft")?;
        text(picture, "picture")
    }

    /// Sends it: stored when this returns.
    pub fn send(&self, desktop: &mut Desktop<'_, '_>) -> Result<SentItem> {
        self.send_to(desktop, &Value::Null, false)
    }

    pub fn send_to(&self, desktop: &mut Desktop<'_, '_>, approver: &Value, approve: bool) -> Result<SentItem> {
        let sent = desktop.call("draft_send", &json!({"draft": self.id, "approver": approver, "approve": approve}))?;
        Ok(SentItem { item: text(&sent["item"], "item")? })
    }
}

/// An order for a new user with this name, filled in.
pub fn new_user(desktop: &mut Desktop<'_, '_>, first_name: &str, last_name: &str) -> Result<Draft> {
    let mut draft = Draft::begin(desktop, "user-create")?;
    let answers = [
        ("first_name", json!(first_name)),
        ("last_name", json!(last_name)),
        ("start_date", json!("2030-01-07")),
        ("duration", json!("permanent")),
    ];
    draft.fill(desktop, &answers)?;
    Ok(draft)
}

/// A support request with this description, filled in.
pub fn support(desktop: &mut Desktop<'_, '_>, description: &str) -> Result<Draft> {
    let mut draft = Draft::begin(desktop, "support")?;
    draft.fill(desktop, &[("description", json!(description))])?;
    Ok(draft)
}

/// Waits until nothing is left in the outbox.
pub fn delivered(desktop: &mut Desktop<'_, '_>) -> Result<Value> {
    desktop.call_until("everything is at the hub", "request_list", &Desktop::nothing(), |list| {
        list["outbox"].as_array()?.is_empty().then(|| list.clone())
    })
}

/// Waits until a request about `subject` is at the hub in `state`; its id.
pub fn mine(desktop: &mut Desktop<'_, '_>, subject: &str, state: &str) -> Result<String> {
    let what = format!("my request about {subject} is {state}");
    desktop.call_until(&what, "request_list", &Desktop::nothing(), |list| about(&list["requests"], subject, state))
}

/// Waits until a request about `subject` waits in the inbox; its id.
pub fn in_inbox(desktop: &mut Desktop<'_, '_>, subject: &str) -> Result<String> {
    let what = format!("{subject} waits in the inbox");
    desktop.call_until(&what, "inbox_list", &Desktop::nothing(), |inbox| about(&inbox["waiting"], subject, "waiting"))
}

fn about(list: &Value, subject: &str, state: &str) -> Option<String> {
    let found = list.as_array()?.iter().find(|request| {
        request["state"] == state && request["subject"].as_str().is_some_and(|present| present.contains(subject))
    })?;
    found["id"].as_str().map(str::to_owned)
}

/// A request, whole.
pub fn view(desktop: &mut Desktop<'_, '_>, request: &str) -> Result<Value> {
    desktop.call("request_get", &json!({"request": request}))
}

/// Decides on what is shown now.
pub fn decide(desktop: &mut Desktop<'_, '_>, request: &str, verdict: &str, words: &str) -> Result<Value> {
    let shown = view(desktop, request)?;
    let decision =
        json!({"request": request, "verdict": verdict, "text": words, "content_hash": shown["content_hash"]});
    desktop.call("request_decide", &decision)
}

/// What happened to a request, in order.
pub fn history(view: &Value) -> Vec<String> {
    let entries = view["history"].as_array().map(Vec::as_slice).unwrap_or_default();
    entries.iter().filter_map(|entry| entry["event"].as_str().map(str::to_owned)).collect()
}

/// A text of an object.
pub fn text(value: &Value, name: &str) -> Result<String> {
    Ok(value[name].as_str().with_context(|| format!("no {name} in {value}"))?.to_owned())
}
