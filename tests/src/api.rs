//! A client of the hub's API that is no desktop: enrolled like one, it can also send what a desktop never would.

use anyhow::{Context as _, Result, bail};
use reqwest::Method;
use serde_json::{Value, json};
use service_tool_contract::{
    IDEMPOTENCY_HEADER, VERSION, VERSION_HEADER,
    form::{
        Form,
        definition::FieldKind,
        facts::{Facts, PersonFacts, SessionFacts},
        state::{Answers, FieldState, Value as AnswerValue},
    },
    id::{Day, Digest, FieldId},
    text::Language,
    wire::{Catalog, Me},
};
use uuid::Uuid;

use crate::{
    hub::{Enrollable, Hub},
    web::{Answer, Http},
};

/// Somebody who is signed in.
pub struct Caller {
    /// With token and version on every call.
    pub http: Http,
    pub me: Me,
    pub device_key: String,
}

/// A client with nothing but the version on its calls.
pub fn stranger(hub: &Hub<'_>) -> Result<Http> {
    Ok(hub.http()?.with(VERSION_HEADER, VERSION))
}

/// 32 random bytes as a device makes them.
pub fn device_key() -> String {
    let (one, other) = (Uuid::now_v7().into_bytes(), Uuid::now_v7().into_bytes());
    data_encoding::BASE64URL_NOPAD.encode(&[one, other].concat())
}

/// A key that was never used.
pub fn key() -> String {
    format!("key_{}", Uuid::now_v7())
}

impl Caller {
    pub fn enrolled(hub: &Hub<'_>, person: &Enrollable) -> Result<Self> {
        let http = stranger(hub)?;
        let device_key = device_key();
        let wanted = json!({"code": person.code, "device_key": device_key, "device_name": "test"});
        let enrolment = http.post("/api/v1/enrolments", &wanted)?.good()?;
        let me: Me = serde_json::from_value(enrolment["me"].clone())?;
        let token = http.post("/api/v1/tokens", &json!({"device_key": device_key}))?.good()?;
        let token = token["access_token"].as_str().context("no token")?;
        Ok(Self { http: http.with("authorization", &format!("Bearer {token}")), me, device_key })
    }

    pub fn get(&self, path: &str) -> Result<Answer> {
        self.http.get(&format!("/api/v1{path}"))
    }

    /// Posts under a key.
    pub fn post(&self, path: &str, key: &str, body: &Value) -> Result<Answer> {
        self.http.with(IDEMPOTENCY_HEADER, key).post(&format!("/api/v1{path}"), body)
    }

    /// Posts under a fresh key.
    pub fn do_post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.post(path, &key(), body)
    }

    /// Uploads bytes in one chunk; the whole answer.
    pub fn upload(&self, bytes: &[u8], media_type: &str) -> Result<Answer> {
        let digest = Digest::of(bytes);
        let path = format!("/api/v1/uploads/{digest}?offset=0&size={}&media_type={media_type}", bytes.len());
        self.http.call(Method::PUT, &path, "application/octet-stream", bytes.to_vec())
    }

    /// The body of an order: these answers, and to whatever else is demanded the first thing offered.
    pub fn order(&self, form: &str, answers: &[(&str, Value)]) -> Result<Value> {
        let catalog: Catalog = serde_json::from_value(self.get("/catalog")?.good()?)?;
        let published = catalog.forms.iter().find(|published| published.id.as_str() == form).context("no such form")?;
        let checked = Form::load(&published.definition.to_string())
            .map_err(|errors| anyhow::anyhow!("{form} is refused: {errors:?}"))?;
        let session =
            SessionFacts { host: "test".into(), session: String::new(), printers: Vec::new(), print_system: true };
        let today: Day = serde_json::from_value(json!("2026-01-01"))?;
        let facts = Facts {
            tenant: catalog.tenant.clone(),
            person: PersonFacts {
                id: self.me.id.clone(),
                name: self.me.name.clone(),
                role: self.me.role,
                site: String::new(),
            },
            session: session.clone(),
            today,
        };
        let mut given: Answers = checked.initial(&facts);
        for (field, value) in answers {
            given.insert(FieldId::from(*field), serde_json::from_value(value.clone())?);
        }
        for _ in 0..100 {
            let state = checked.evaluate(&given, &facts, Language::De, 0);
            if let Some(finding) = state.findings.iter().find(|finding| !finding.warning) {
                let mut fields = state.sections.iter().flat_map(|section| &section.fields);
                let field = fields.find(|field| field.id == finding.field).context("a finding at a hidden field")?;
                given.insert(field.id.clone(), first_offered(field)?);
                continue;
            }
            let (sent, _) = checked
                .decide(&given, &facts, Language::De)
                .map_err(|findings| anyhow::anyhow!("not decided: {findings:?}"))?;
            return Ok(json!({
                "form": published.id, "form_version": published.version, "form_hash": published.hash,
                "language": "de", "answers": sent, "attachments": [], "session": session, "approve": false,
            }));
        }
        bail!("{form} is never complete")
    }

    /// An order for a new user, waiting for a decision; its id.
    pub fn new_user(&self, last_name: &str) -> Result<String> {
        let answers =
            [("first_name", json!("Test")), ("last_name", json!(last_name)), ("start_date", json!("2031-01-07"))];
        let changed = self.do_post("/requests", &self.order("user-create", &answers)?)?.good()?;
        Ok(changed["request"]["summary"]["id"].as_str().context("no id")?.to_owned())
    }

    pub fn view(&self, request: &str) -> Result<Value> {
        self.get(&format!("/requests/{request}"))?.good()
    }

    /// A decision about what is shown now.
    pub fn decision(&self, request: &str, verdict: &str, words: &str) -> Result<Value> {
        let shown = self.view(request)?;
        Ok(json!({"verdict": verdict, "text": words, "content_hash": shown["content_hash"]}))
    }
}

fn first_offered(field: &FieldState) -> Result<AnswerValue> {
    let offered = || {
        let option = field.options.iter().find(|option| !option.locked);
        Ok::<_, anyhow::Error>(option.with_context(|| format!("{} offers nothing", field.id))?.value.clone())
    };
    Ok(match field.kind {
        FieldKind::Choice => AnswerValue::Text(offered()?),
        FieldKind::Choices | FieldKind::Printers => AnswerValue::List(vec![offered()?]),
        FieldKind::Yes => AnswerValue::Yes(true),
        FieldKind::Date => AnswerValue::Text("2031-01-15".into()),
        FieldKind::Text | FieldKind::LongText => AnswerValue::Text("Muster".into()),
        FieldKind::Files => bail!("{} wants files", field.id),
    })
}
