//! The content of a request, one row per revision, and the attachments that it names.

use service_tool_contract::{
    form::{
        facts::SessionFacts,
        state::{Answers, Document},
    },
    id::{Digest, Moment, RequestId},
    text::Language,
    wire::AttachmentRef,
};
use sqlx::{Row, query};

use super::{
    Connection, Result, StoreError, TenantScope, from_json, from_word, json, large_number, millis, number, stored, word,
};

/// What a person has sent, and what the hub made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    pub revision: u32,
    pub form_version: u32,
    pub form_hash: Digest,
    pub language: Language,
    pub answers: Answers,
    pub session: SessionFacts,
    pub document: Document,
    pub attachments: Vec<AttachmentRef>,
    pub content_hash: Digest,
}

/// Adds a revision with its attachments.
pub async fn add(
    connection: &mut Connection,
    scope: &TenantScope,
    request: &RequestId,
    revision: &Revision,
    now: Moment,
) -> Result<()> {
    query(
        "insert into revision (request, revision, form_version, form_hash, language, answers, session, document,
         content_hash, created_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(request.as_str())
    .bind(i64::from(revision.revision))
    .bind(i64::from(revision.form_version))
    .bind(revision.form_hash.as_str())
    .bind(word(&revision.language)?)
    .bind(json(&revision.answers)?)
    .bind(json(&revision.session)?)
    .bind(json(&revision.document)?)
    .bind(revision.content_hash.as_str())
    .bind(millis(now))
    .execute(&mut *connection)
    .await?;
    for (position, attachment) in (0_i64..).zip(&revision.attachments) {
        query(
            "insert into attachment (request, revision, position, tenant, digest, name, size, media_type)
             values (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(request.as_str())
        .bind(i64::from(revision.revision))
        .bind(position)
        .bind(scope.tenant().as_str())
        .bind(attachment.digest.as_str())
        .bind(&attachment.name)
        .bind(stored(attachment.size)?)
        .bind(&attachment.media_type)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// One revision of a request of the firm.
pub async fn find(
    connection: &mut Connection,
    scope: &TenantScope,
    request: &RequestId,
    revision: u32,
) -> Result<Revision> {
    let row = query(
        "select v.form_version, v.form_hash, v.language, v.answers, v.session, v.document, v.content_hash
         from revision v join request r on r.id = v.request where v.request = ? and v.revision = ? and r.tenant = ?",
    )
    .bind(request.as_str())
    .bind(i64::from(revision))
    .bind(scope.tenant().as_str())
    .fetch_optional(&mut *connection)
    .await?
    .ok_or(StoreError::Damaged("revision"))?;
    let attachments = query(
        "select digest, name, size, media_type from attachment
         where request = ? and revision = ? and tenant = ? order by position",
    )
    .bind(request.as_str())
    .bind(i64::from(revision))
    .bind(scope.tenant().as_str())
    .fetch_all(connection)
    .await?;
    Ok(Revision {
        revision,
        form_version: number(&row, "form_version")?,
        form_hash: Digest(row.try_get("form_hash")?),
        language: from_word(&row, "language")?,
        answers: from_json(&row, "answers")?,
        session: from_json(&row, "session")?,
        document: from_json(&row, "document")?,
        content_hash: Digest(row.try_get("content_hash")?),
        attachments: attachments
            .iter()
            .map(|row| {
                Ok(AttachmentRef {
                    digest: Digest(row.try_get("digest")?),
                    name: row.try_get("name")?,
                    size: large_number(row, "size")?,
                    media_type: row.try_get("media_type")?,
                })
            })
            .collect::<Result<_>>()?,
    })
}

/// The attachment with this digest, if any revision of the request names it.
pub async fn attachment(
    connection: &mut Connection,
    scope: &TenantScope,
    request: &RequestId,
    digest: &Digest,
) -> Result<Option<AttachmentRef>> {
    let row = query(
        "select digest, name, size, media_type from attachment where request = ? and digest = ? and tenant = ?
         order by revision desc limit 1",
    )
    .bind(request.as_str())
    .bind(digest.as_str())
    .bind(scope.tenant().as_str())
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(AttachmentRef {
            digest: Digest(row.try_get("digest")?),
            name: row.try_get("name")?,
            size: large_number(&row, "size")?,
            media_type: row.try_get("media_type")?,
        })
    })
    .transpose()
}
