//! Attachments in chunks, and files that are not what they claim.

use serde_json::json;
use service_tool_contract::id::Digest;

use crate::support::{Hub, id_of, png};

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_where_it_stands_also_after_the_hub_was_started_again() {
    let mut hub = Hub::start("chunks").await;
    let (mut staff, _, _) = hub.berger().await;
    let picture = png(3);
    let digest = Digest::of(&picture);
    let path = format!("/uploads/{digest}");
    assert_eq!(staff.get(&path).await.good(), json!({"received": 0, "complete": false}));
    let first = staff.put_chunk(digest.as_str(), 0, picture.len(), "image/png", picture[..20].to_vec()).await;
    assert_eq!(first.good(), json!({"received": 20, "complete": false}));
    hub.stop().await;
    hub.serve().await;
    staff.base = hub.nobody().base;
    assert_eq!(staff.get(&path).await.good(), json!({"received": 20, "complete": false}));
    // at another offset: where it stands is said
    let wrong = staff.put_chunk(digest.as_str(), 0, picture.len(), "image/png", picture[..20].to_vec()).await;
    assert_eq!(wrong.code(), "state_conflict");
    assert_eq!(wrong.json()["upload"], json!({"received": 20, "complete": false}));
    let last = staff.put_chunk(digest.as_str(), 20, picture.len(), "image/png", picture[20..].to_vec()).await;
    let whole = json!({"received": picture.len(), "complete": true});
    assert_eq!(last.good(), whole);
    assert_eq!(staff.get(&path).await.good(), whole);
    // sent once more, the last chunk is simply there
    let again = staff.put_chunk(digest.as_str(), 20, picture.len(), "image/png", picture[20..].to_vec()).await;
    assert_eq!(again.good(), whole);
    let kept = hub.configuration.data.join("attachments").join(staff.me["tenant"].as_str().unwrap());
    let file = kept.join(&digest.as_str()[..2]).join(digest.as_str());
    assert_eq!(fs_err::read(file).unwrap(), picture);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_not_what_they_claim_are_refused_and_not_kept() {
    let hub = Hub::start("files").await;
    let (staff, _, _) = hub.berger().await;
    let picture = png(4);
    let bomb = {
        let mut bytes = png(5);
        bytes[16..24].copy_from_slice(&[0, 0, 0x80, 0, 0, 0, 0x80, 0]);
        bytes
    };
    let cases: [(&[u8], &str, &str); 7] = [
        (b"", "image/png", "file_refused"),
        (b"%PDF-1.7", "image/png", "file_refused"),
        (b"MZ\x90\0", "application/x-msdownload", "file_refused"),
        (b"<svg/>", "image/svg+xml", "file_refused"),
        (&picture, "image/jpeg", "file_refused"),
        (&picture[..40], "image/png", "file_refused"),
        (&bomb, "image/png", "file_refused"),
    ];
    for (bytes, kind, code) in cases {
        let digest = Digest::of(bytes);
        let said = staff.put_chunk(digest.as_str(), 0, bytes.len(), kind, bytes.to_vec()).await;
        assert_eq!(said.code(), code, "{kind}");
        let state = staff.get(&format!("/uploads/{digest}")).await.good();
        assert_eq!(state, json!({"received": 0, "complete": false}));
    }
    let other = Digest::of(b"other");
    let said = staff.put_chunk(other.as_str(), 0, picture.len(), "image/png", picture.clone()).await;
    assert_eq!(said.code(), "file_refused");
    let put = |size: usize, bytes: Vec<u8>| staff.put_chunk(other.as_str(), 0, size, "image/png", bytes);
    assert_eq!(put(26 * 1024 * 1024, vec![1]).await.code(), "too_large");
    assert_eq!(put(usize::MAX / 2, vec![1]).await.code(), "too_large");
    assert_eq!(put(2, vec![1, 2, 3]).await.code(), "malformed");
    assert_eq!(put(10, Vec::new()).await.code(), "malformed");
    assert_eq!(put(25 * 1024 * 1024, vec![0; 4 * 1024 * 1024 + 1]).await.code(), "too_large");
    assert_eq!(staff.get("/uploads/..%2f..%2fca.key").await.code(), "malformed");
    assert_eq!(staff.get(&format!("/uploads/{}", "A".repeat(64))).await.code(), "malformed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_names_attachments_as_they_are() {
    let hub = Hub::start("named").await;
    let (staff, approver, _) = hub.berger().await;
    let attachment = staff.uploaded(&png(6)).await;
    let order = staff.order("help", json!({"description": "Hilfe", "pictures": [attachment["digest"]]})).await;
    let with = |attachments: serde_json::Value| {
        let mut order = order.clone();
        order["attachments"] = attachments;
        order
    };
    let changed = |name: &str, value: serde_json::Value| {
        let mut attachment = attachment.clone();
        attachment[name] = value;
        with(json!([attachment]))
    };
    for (body, code) in [
        (with(json!([])), "attachment_missing"),
        (changed("name", json!("../../etc/passwd")), "malformed"),
        (changed("name", json!("C:\\a.png")), "malformed"),
        (changed("name", json!("")), "malformed"),
        (changed("name", json!("a\u{0}.png")), "malformed"),
        (changed("size", json!(1)), "file_refused"),
        (changed("media_type", json!("image/jpeg")), "file_refused"),
        (changed("digest", json!("x")), "malformed"),
        (with(json!([attachment, attachment])), "malformed"),
    ] {
        let said = staff.act("/requests", &body).await;
        assert_eq!(said.code(), code, "{}", said.text());
    }
    // another person's upload is not this person's
    let mut theirs = with(json!([attachment]));
    theirs["approver"] = json!(null);
    assert_eq!(approver.act("/requests", &theirs).await.code(), "attachment_missing");
    staff.act("/requests", &with(json!([attachment]))).await.good();
}

/// A PNG of so many bytes.
fn large_png(length: usize) -> Vec<u8> {
    let mut bytes = png(30);
    let end = bytes.split_off(bytes.len() - 12);
    bytes.resize(length - end.len(), 7);
    bytes.extend(end);
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_fills_the_disk_with_uploads_that_are_not_used() {
    let hub = Hub::start("hoard").await;
    let (staff, approver, _) = hub.berger().await;
    let picture = |number: u8| {
        let mut bytes = png(number);
        bytes[45] = number;
        bytes
    };
    let mut first = None;
    for number in 0..60 {
        let attachment = staff.uploaded(&picture(number)).await;
        first.get_or_insert(attachment);
    }
    let one_more = picture(60);
    let digest = Digest::of(&one_more);
    let put = || staff.put_chunk(digest.as_str(), 0, one_more.len(), "image/png", one_more.clone());
    assert_eq!(put().await.code(), "too_many");
    approver.uploaded(&one_more).await;
    // what an order names counts no more
    let first = first.unwrap();
    let mut order = staff.order("help", json!({"description": "Hilfe", "pictures": [first["digest"]]})).await;
    order["attachments"] = json!([first]);
    staff.act("/requests", &order).await.good();
    put().await.good();
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn attachments_that_nobody_reads_take_no_memory() {
    let resident_kib = || {
        let status = fs_err::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let hub = Hub::start("unread").await;
    let (staff, _, _) = hub.berger().await;
    let picture = large_png(24 * 1024 * 1024);
    let digest = Digest::of(&picture);
    for (index, chunk) in picture.chunks(4 * 1024 * 1024).enumerate() {
        let offset = index * 4 * 1024 * 1024;
        staff.put_chunk(digest.as_str(), offset, picture.len(), "image/png", chunk.to_vec()).await.good();
    }
    let mut order = staff.order("help", json!({"description": "Hilfe", "pictures": [digest]})).await;
    order["attachments"] =
        json!([{"digest": digest, "name": "a.png", "size": picture.len(), "media_type": "image/png"}]);
    let id = id_of(&staff.act("/requests", &order).await.good());
    let path = format!("/requests/{id}/attachments/{digest}");
    assert!(staff.get(&path).await.bytes == picture);
    let before = resident_kib();
    let mut unread = Vec::new();
    for _ in 0..30 {
        let response = staff.request(reqwest::Method::GET, &path).send().await.unwrap();
        assert_eq!(response.content_length(), Some(picture.len() as u64));
        unread.push(response);
    }
    let grown = resident_kib().saturating_sub(before) / 1024;
    assert!(grown < 250, "{grown} MiB for 30 answers of 24 MiB");
}
