//! The audit log: whoever alters, removes, reorders or cuts off is found out.

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::support::Hub;

async fn database(hub: &Hub) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(hub.database()).foreign_keys(false);
    SqliteConnection::connect_with(&options).await.unwrap()
}

/// What `audit verify` says after this was done to the database.
async fn verified_after(hub: &Hub, sql: &str) -> String {
    let mut connection = database(hub).await;
    let before = fs_err::read(hub.database()).unwrap();
    sqlx::query("begin").execute(&mut connection).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    sqlx::query("commit").execute(&mut connection).await.unwrap();
    sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let said = match hub.admin(&["audit", "verify"]).await {
        Ok(_) => "whole".to_owned(),
        Err(error) => error.to_string(),
    };
    for leftover in ["hub.sqlite-wal", "hub.sqlite-shm"] {
        let _ = fs_err::remove_file(hub.configuration.data.join(leftover));
    }
    fs_err::write(hub.database(), before).unwrap();
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn tampering_is_found_and_erasing_content_is_not_tampering() {
    let mut hub = Hub::start("tampering").await;
    let (staff, approver, _) = hub.berger().await;
    let id = staff.ordered().await;
    approver.decide(&id, "approve", "").await.good();
    let tenant = staff.me["tenant"].as_str().unwrap().to_owned();
    hub.stop().await;
    let whole = hub.admin(&["audit", "verify", "--tenant", &tenant]).await.unwrap();
    assert_eq!(whole["whole"], true);
    assert!(whole["chains"][0]["entries"].as_u64().unwrap() > 10);

    let of = format!("tenant = '{tenant}'");
    let last = format!("(select max(sequence) from audit_entry where {of})");
    for (sql, fault) in [
        (format!("update audit_entry set actor = 'per_x' where {of} and sequence = 3"), "entry 3 was altered"),
        (format!("update audit_entry set at = at + 1 where {of} and sequence = {last}"), "was altered"),
        (
            format!("update audit_content set content = '{{}}' where {of} and sequence = 4"),
            "the content of entry 4 is not what was committed to",
        ),
        (
            format!(
                "delete from audit_content where {of} and sequence = 5; delete from audit_entry where {of} and sequence = 5"
            ),
            "entry 5 is missing",
        ),
        (
            format!(
                "update audit_entry set sequence = 1000 where {of} and sequence = 6;
                 update audit_entry set sequence = 6 where {of} and sequence = 7;
                 update audit_entry set sequence = 7 where {of} and sequence = 1000"
            ),
            "entry 6 does not follow",
        ),
        (
            format!(
                "delete from audit_content where {of} and sequence = {last}; delete from audit_entry where {of} and sequence = {last}"
            ),
            "cut off",
        ),
        (format!("delete from audit_head where {of}"), "no signed head"),
        (format!("update audit_head set signature = x'00' where {of}"), "signature"),
        (format!("delete from audit_content where {of} and sequence = 4"), "whole"),
        (
            format!(
                "delete from audit_head where {of}; delete from audit_content where {of}; delete from audit_entry where {of}"
            ),
            "entry 1 is missing",
        ),
        // what the chain speaks of was changed beside it
        (
            format!("update revision set document = replace(document, 'Sievert', 'Siefert') where request = '{id}'"),
            "what was ordered",
        ),
        (
            format!("update revision set answers = replace(answers, 'Sievert', 'Siefert') where request = '{id}'"),
            "what was ordered",
        ),
        (format!("update revision set content_hash = '{}' where request = '{id}'", "0".repeat(64)), "what was ordered"),
        (format!("delete from revision where request = '{id}'"), "what was ordered"),
        (
            format!(
                "insert into attachment (request, revision, position, tenant, digest, name, size, media_type)
                 values ('{id}', 1, 0, '{tenant}', '{}', 'a.png', 1, 'image/png')",
                "0".repeat(64)
            ),
            "what was ordered",
        ),
    ] {
        let said = verified_after(&hub, &sql).await;
        assert!(said.contains(fault), "{sql}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_finds_out_a_hub_that_rewrote_its_past() {
    let hub = Hub::start("receipts").await;
    let (staff, _, _) = hub.berger().await;
    let order = staff.order("help", json!({"description": "Hilfe"})).await;
    let receipt = staff.act("/requests", &order).await.good()["receipt"].clone();
    let file = hub.folder.0.join("receipt.json");
    let check = |receipt: serde_json::Value| {
        fs_err::write(&file, receipt.to_string()).unwrap();
        let file = file.to_str().unwrap().to_owned();
        let hub = &hub;
        async move { hub.admin(&["audit", "verify", "--receipt", &file]).await.map_err(|error| error.to_string()) }
    };
    let good = check(receipt.clone()).await.unwrap();
    let chains = good["chains"].as_array().unwrap();
    assert!(chains.iter().any(|chain| chain["receipts"] == 1));
    let mut forged = receipt.clone();
    forged["head"] = json!("0".repeat(64));
    assert!(check(json!([receipt, forged])).await.unwrap_err().contains("not signed by this hub"));
    // signed by the hub's own key, but for another past
    let key = &hub.running().hub.audit;
    let tenant = receipt["tenant"].as_str().unwrap().into();
    let other = key.receipt(&tenant, receipt["sequence"].as_u64().unwrap(), &[7; 32]);
    assert!(check(json!(other)).await.unwrap_err().contains("does not fit the chain"));
    let beyond = key.receipt(&tenant, 100_000, &[7; 32]);
    assert!(check(json!(beyond)).await.unwrap_err().contains("does not fit the chain"));
    // one of a firm that is not there any more is not passed over
    let gone = key.receipt(&"ten_00000000-0000-7000-8000-000000000000".into(), 1, &[7; 32]);
    assert!(check(json!(gone)).await.unwrap_err().contains("a firm that was not looked at"));
    let exported = hub.admin(&["audit", "export", "--tenant", receipt["tenant"].as_str().unwrap()]).await.unwrap();
    let entries = exported["entries"].as_array().unwrap();
    assert_eq!(entries.last().unwrap()["action"], "request.submitted");
    assert_eq!(exported["head"], receipt);
}
