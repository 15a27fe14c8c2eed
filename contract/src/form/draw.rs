//! From what was decided to all that a screen draws.

use super::{
    definition::FormDefinition,
    evaluate::{Evaluation, Outcome},
    program::FieldProgram,
    state::{FieldState, Finding, FindingCode, FormState, OptionState, SectionState, Standing},
};

impl Evaluation<'_> {
    /// Everything that a screen draws.
    pub fn state(&self, definition: &FormDefinition, sequence: u32) -> FormState {
        let mut plan = self.plan();
        let mut sections = Vec::new();
        for (section, program) in definition.sections.iter().zip(&self.program.sections) {
            let mut fields = Vec::new();
            let mut standing = Standing::Complete;
            for slot in program.slots.clone() {
                let (Some(field), Some(outcome)) = (self.program.fields.get(slot), self.outcomes.get(slot)) else {
                    continue;
                };
                if !outcome.visible {
                    continue;
                }
                let drawn = self.field_state(field, outcome);
                if outcome.findings.iter().any(|finding| !finding.warning) {
                    plan.open.push(drawn.label.clone());
                }
                standing = outcome.findings.iter().map(standing_of).fold(standing, worse);
                fields.push(drawn);
            }
            if !fields.is_empty() {
                sections.push(SectionState {
                    id: section.id.clone(),
                    title: section.title.in_language(self.language).to_owned(),
                    note: section.note.as_ref().map(|note| note.in_language(self.language).to_owned()),
                    standing,
                    fields,
                });
            }
        }
        let findings: Vec<Finding> = self.findings().cloned().collect();
        FormState {
            sequence,
            sections,
            complete: findings.iter().all(|finding| finding.warning),
            findings,
            watched: self.program.watched.clone(),
            plan,
        }
    }

    fn field_state(&self, field: &FieldProgram, outcome: &Outcome<'_>) -> FieldState {
        let options = outcome.offers.iter().map(|offer| OptionState {
            value: offer.value.to_owned(),
            label: offer.label.to_string(),
            hint: offer.hint.as_ref().map(ToString::to_string),
            locked: offer.locked,
        });
        FieldState {
            id: field.id.clone(),
            kind: field.kind,
            label: self.plain(&field.label),
            hint: field.hint.as_ref().map(|hint| self.plain(hint)),
            explain: field.explain.as_ref().map(|explain| self.plain(explain)),
            required: outcome.required,
            value: outcome.value.cloned(),
            options: options.collect(),
            look: field.look,
            max_length: field.max_length,
            half: field.half,
            follow_up: field.follow_up,
        }
    }
}

fn standing_of(finding: &Finding) -> Standing {
    match (finding.warning, finding.code) {
        (true, _) => Standing::Look,
        (false, FindingCode::Required) => Standing::Open,
        (false, _) => Standing::Wrong,
    }
}

fn worse(left: Standing, right: Standing) -> Standing {
    let rank = |standing| match standing {
        Standing::Complete => 0,
        Standing::Look => 1,
        Standing::Open => 2,
        Standing::Wrong => 3,
    };
    if rank(right) > rank(left) { right } else { left }
}
