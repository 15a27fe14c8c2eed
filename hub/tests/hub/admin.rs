//! The administrator's command line, and the migrations.

use serde_json::json;
use sqlx::{Connection, Row, SqliteConnection};

use crate::support::Hub;

#[tokio::test(flavor = "multi_thread")]
async fn sample_firms_are_made_once_and_give_fresh_codes_at_each_call() {
    let hub = Hub::start("sample").await;
    let first = hub.sample().await;
    let second = hub.sample().await;
    assert_eq!((&first["created"], &second["created"]), (&json!(true), &json!(false)));
    assert_eq!(first["agent"], second["agent"]);
    assert_eq!(first["url"], hub.running().url);
    let people = first["people"].as_array().unwrap();
    assert_eq!(people.len(), 5);
    for (one, other) in people.iter().zip(second["people"].as_array().unwrap()) {
        assert_eq!((&one["name"], &one["role"]), (&other["name"], &other["role"]));
        assert_ne!(one["code"], other["code"]);
        assert_eq!(one["code"].as_str().unwrap().len(), 39);
        assert!(one["code"].as_str().unwrap().starts_with(one["short_code"].as_str().unwrap()));
    }
    let chains = hub.admin(&["audit", "verify"]).await.unwrap();
    assert_eq!(chains["chains"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_imported_all_or_none() {
    let hub = Hub::start("import").await;
    hub.admin(&["tenant", "add", "--name", "Nordlicht", "--feature", "datev", "--site", "Kiel"]).await.unwrap();
    let file = hub.folder.0.join("people.csv");
    let arguments = ["person", "import", "--tenant", "Nordlicht", file.to_str().unwrap()];
    let import = || hub.admin(&arguments);
    let good = "logon;name;role;email;town\nO.Petersen;Ole Petersen;staff;Ole@nordlicht.example;Kiel\n\
                i.holm;Inga Holm;approver;inga@nordlicht.example;Kiel\n";
    let bad =
        format!("{good}x;;staff;x@nordlicht.example;Kiel\ny;Y;boss;y@nordlicht.example;Kiel\nz;Z;staff;nobody;Kiel\n");
    fs_err::write(&file, bad).unwrap();
    let error = import().await.unwrap_err().to_string();
    for line in ["line 4:", "line 5:", "line 6:"] {
        assert!(error.contains(line), "{error}");
    }
    let listed = || hub.admin(&["person", "list", "--tenant", "Nordlicht"]);
    assert_eq!(listed().await.unwrap(), json!([]));
    fs_err::write(&file, good).unwrap();
    assert_eq!(import().await.unwrap()["added"], 2);
    assert_eq!(import().await.unwrap()["unchanged"], 2);
    fs_err::write(&file, good.replace("Ole Petersen", "Ole Petersen-Holm")).unwrap();
    assert_eq!(import().await.unwrap()["changed"], 1);
    let people = listed().await.unwrap();
    assert_eq!(people.as_array().unwrap().len(), 2);
    assert_eq!((&people[1]["name"], &people[1]["logon"]), (&json!("Ole Petersen-Holm"), &json!("o.petersen")));
    // one logon name twice: which line holds?
    fs_err::write(&file, format!("{good}O.PETERSEN ;Ole Petersen;approver;ole2@nordlicht.example;Kiel\n")).unwrap();
    assert!(import().await.unwrap_err().to_string().contains("line 4: an earlier line has the same logon name"));
    // two people with one address
    fs_err::write(&file, "logon,name,role,email\nother,Other,staff,inga@nordlicht.example\n").unwrap();
    assert!(import().await.unwrap_err().to_string().contains("line 2:"));
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_of_the_administrator_are_told_in_words() {
    let hub = Hub::start("mistakes").await;
    hub.sample().await;
    let facts = hub.folder.0.join("facts.json");
    fs_err::write(&facts, r#"{"name": "", "provider": "", "lists": {"colours": []}}"#).unwrap();
    for (arguments, said) in [
        (vec!["tenant", "add", "--name", "Dreier & Söhne"], "already"),
        (vec!["tenant", "add", "--name", "X", "--feature", "dativ"], "no feature is called \"dativ\""),
        (vec!["tenant", "facts", "Dreier & Söhne", facts.to_str().unwrap()], "no list is called \"colours\""),
        (vec!["tenant", "set", "Nobody & Co"], "no firm has the id or name"),
        (vec!["code", "nobody@example.org"], "no active person"),
        (vec!["password", "lea.franke@dreier.example", "--generate"], "only agents sign in with a password"),
        (
            vec!["person", "add", "--name", "A", "--email", "a@example.org", "--role", "staff"],
            "an agent belongs to no firm",
        ),
        (
            vec!["person", "add", "--tenant", "Dreier & Söhne", "--name", "A", "--email", "a", "--role", "staff"],
            "not an e-mail address",
        ),
        (vec!["audit", "verify", "--receipt", facts.to_str().unwrap()], "holds no receipt"),
    ] {
        let error = format!("{:#}", hub.admin(&arguments).await.unwrap_err());
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
    #[cfg(unix)]
    for arguments in [
        vec!["person", "import", "--tenant", "Dreier & Söhne", "/dev/zero"],
        vec!["tenant", "facts", "Dreier & Söhne", "/dev/zero"],
        vec!["audit", "verify", "--receipt", "/dev/zero"],
    ] {
        let error = format!("{:#}", hub.admin(&arguments).await.unwrap_err());
        assert!(error.contains("not a plain file"), "{arguments:?}: {error}");
    }
    let made = hub.admin(&["password", "anna.reuter@spectrum.example", "--generate"]).await.unwrap();
    assert!(made["password"].as_str().unwrap().len() >= 16);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_reads_the_files_of_a_hub_in_a_folder_that_was_there() {
    use std::os::unix::fs::PermissionsExt;
    let mut hub = Hub::start("modes").await;
    hub.stop().await;
    let open_to_all = |path: &std::path::Path| fs_err::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    // made by somebody before, and once by a hub that left its files open
    hub.configuration.data = hub.folder.0.join("given");
    fs_err::create_dir(&hub.configuration.data).unwrap();
    open_to_all(&hub.configuration.data);
    for round in 0..2 {
        hub.serve().await;
        let (staff, _, _) = hub.berger().await;
        staff.uploaded(&crate::support::png(round)).await;
        let mut looked_at = 0;
        for entry in fs_err::read_dir(&hub.configuration.data).unwrap() {
            let path = entry.unwrap().path();
            let mode = fs_err::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{} {mode:o}", path.display());
            looked_at += 1;
        }
        assert!(looked_at >= 7, "{looked_at}");
        hub.stop().await;
        open_to_all(&hub.database());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_is_migrated_and_one_of_a_newer_hub_is_left_alone() {
    let mut hub = Hub::start("migrations").await;
    hub.stop().await;
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", hub.database().display())).await.unwrap();
    let pragma = sqlx::query("pragma journal_mode").fetch_one(&mut connection).await.unwrap();
    assert_eq!(pragma.get::<String, _>(0), "wal");
    let applied = sqlx::query("select count(*) from _sqlx_migrations where success").fetch_one(&mut connection).await;
    assert_eq!(applied.unwrap().get::<i64, _>(0), 1);
    sqlx::query(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (9999, 'of a newer hub', true, x'00', 1)",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
    let error = service_tool_hub::server::start(hub.configuration.clone(), hub.ambient()).await.err().unwrap();
    assert!(format!("{error:#}").contains("migration"), "{error:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_document_is_the_one_that_is_committed() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let made = service_tool_hub::http::document_text();
    if std::env::var_os("UPDATE").is_some() {
        fs_err::write(&path, &made).unwrap();
    }
    let committed = fs_err::read_to_string(&path).unwrap_or_default();
    assert!(made == committed, "docs/openapi.json is not what the handlers say; UPDATE=1 writes it");
    for route in ["/api/v1/requests", "/api/v1/events", "/api/v1/uploads/{sha256}", "/api/v1/agent/queue"] {
        assert!(made.contains(&format!("\"{route}\"")), "{route}");
    }
}
