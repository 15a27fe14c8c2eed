//! The hub as a process: started, killed and started again on the same port, with its sample firms.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use fs_err as fs;
use serde_json::{Value, json};

use crate::{process::Program, programs, wait, web::Http, world::World};

const TOOL: Duration = Duration::from_secs(60);

pub struct Hub<'world> {
    world: &'world World,
    data: PathBuf,
    forms: PathBuf,
    arguments: Vec<String>,
    program: Option<Program>,
    pub url: String,
    pub authority: PathBuf,
}

/// A person of the sample firms.
#[derive(Debug, Clone)]
pub struct Enrollable {
    pub tenant: String,
    pub name: String,
    pub role: String,
    pub email: String,
    /// Names the hub's authority besides.
    pub code: String,
    /// The same code without it, for where policy names the authority.
    pub short_code: String,
}

/// What `admin sample` says.
#[derive(Debug, Clone)]
pub struct Sample {
    pub people: Vec<Enrollable>,
    pub agent_email: String,
    pub agent_password: String,
}

impl Sample {
    /// Somebody of that role in a firm that has DATEV, or in the one that has not.
    pub fn person(&self, role: &str, datev: bool) -> Result<&Enrollable> {
        // the first firm listed is the one with DATEV
        let first = &self.people.first().context("no people")?.tenant;
        self.people
            .iter()
            .find(|person| person.role == role && (person.tenant == *first) == datev)
            .with_context(|| format!("no {role} in {:?}", self.people))
    }

    fn read(value: &Value) -> Result<Self> {
        let text = |value: &Value, name: &str| -> Result<String> {
            Ok(value[name].as_str().with_context(|| format!("no {name} in {value}"))?.to_owned())
        };
        let people = value["people"].as_array().context("no people")?;
        let people = people.iter().map(|person| {
            Ok(Enrollable {
                tenant: text(person, "tenant")?,
                name: text(person, "name")?,
                role: text(person, "role")?,
                email: text(person, "email")?,
                code: text(person, "code")?,
                short_code: text(person, "short_code")?,
            })
        });
        Ok(Self {
            people: people.collect::<Result<_>>()?,
            agent_email: text(&value["agent"], "email")?,
            agent_password: text(&value["agent"], "password")?,
        })
    }
}

impl<'world> Hub<'world> {
    /// A fresh hub with the forms of the checkout in a folder of its own, so that a test can change them.
    pub fn start(world: &'world World) -> Result<Self> {
        Self::start_with(world, "hub", &[])
    }

    /// The same under another name and with more arguments.
    pub fn start_with(world: &'world World, name: &str, arguments: &[&str]) -> Result<Self> {
        let data = world.folder(name)?.join("data");
        let forms = world.folder(name)?.join("forms");
        copy_folder(&programs::checkout().join("forms"), &forms)?;
        let mut hub = Self {
            world,
            data,
            forms,
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            program: None,
            url: String::new(),
            authority: PathBuf::new(),
        };
        hub.serve("127.0.0.1:0")?;
        Ok(hub)
    }

    fn serve(&mut self, listen: &str) -> Result<()> {
        let mut program = self
            .world
            .launch(programs::program("service-tool-hub")?, "hub")
            .env("HOME", self.world.path())
            .arg("serve")
            .arg("--data")
            .arg(&self.data)
            .args(["--listen", listen, "--forms"])
            .arg(&self.forms)
            .args(&self.arguments)
            .start()?;
        let (url, authority) = program.line("where it listens", wait::START, |line| {
            let heard: Value = serde_json::from_str(line).ok()?;
            (heard["event"] == "listening").then_some(())?;
            Some((heard["url"].as_str()?.to_owned(), PathBuf::from(heard["ca"].as_str()?)))
        })?;
        self.program = Some(program);
        self.url = url.trim_end_matches('/').to_owned();
        self.authority = authority;
        let http = self.http()?;
        wait::until_true("the hub is well", wait::START, || Ok(http.get("/api/v1/health")?.good()?["ok"] == true))
    }

    /// Where it listens, as `address:port`.
    pub fn listens(&self) -> Result<String> {
        let port = self.url.rsplit_once(':').context("an address without a port")?.1;
        Ok(format!("127.0.0.1:{port}"))
    }

    fn program(&mut self) -> Result<&mut Program> {
        self.program.as_mut().context("the hub does not run")
    }

    /// `kill -9`.
    pub fn kill(&mut self) -> Result<()> {
        self.program()?.kill()?;
        self.program = None;
        Ok(())
    }

    /// A clean end, which has to be a good one.
    pub fn stop(&mut self) -> Result<()> {
        let status = self.program()?.terminate(wait::SOON)?;
        if !status.success() {
            bail!("the hub ended with {status}: {}", self.program()?.err()?);
        }
        self.program = None;
        Ok(())
    }

    /// Starts it again where it was.
    pub fn restart(&mut self) -> Result<()> {
        let listen = self.listens()?;
        self.serve(&listen)
    }

    /// Stops it for a while, or lets it go on: connections are taken, but nothing is answered.
    pub fn pause(&mut self, paused: bool) -> Result<()> {
        self.program()?.pause(paused)
    }

    /// What it has logged so far, since it was started last.
    pub fn log(&mut self) -> Result<String> {
        let program = self.program()?;
        Ok(program.out()? + &program.err()?)
    }

    /// `admin …` with the hub's data; what it says.
    pub fn admin(&self, arguments: &[&str]) -> Result<String> {
        self.admin_ends(arguments)?.good()
    }

    /// `admin …`, however it ends.
    pub fn admin_ends(&self, arguments: &[&str]) -> Result<crate::process::Finished> {
        self.world
            .launch(programs::program("service-tool-hub")?, "admin")
            .env("HOME", self.world.path())
            .args(["admin", "--data"])
            .arg(&self.data)
            .args(arguments)
            .finish(TOOL)
    }

    /// The sample firms, with fresh enrolment codes.
    pub fn sample(&self) -> Result<Sample> {
        let said = self.admin(&["sample"])?;
        Sample::read(&serde_json::from_str(&said).with_context(|| said.clone())?)
    }

    /// Fails when the audit chain of a firm is broken.
    pub fn verify_audit(&self) -> Result<String> {
        self.admin(&["audit", "verify"])
    }

    /// A client that trusts this hub.
    pub fn http(&self) -> Result<Http> {
        Http::trusting(&self.url, &self.authority)
    }

    /// A policy file that names this hub.
    pub fn policy(&self, name: &str) -> Result<PathBuf> {
        policy(self.world, name, &self.url, Some(&self.authority))
    }

    /// A form as the hub reads it.
    pub fn form(&self, id: &str) -> Result<Value> {
        Ok(serde_json::from_str(&fs::read_to_string(self.form_file(id))?)?)
    }

    /// Replaces a form while the hub runs, as an author does: beside it, then renamed.
    pub fn change_form(&self, id: &str, form: &Value) -> Result<()> {
        let file = self.form_file(id);
        let beside = file.with_extension("tmp");
        fs::write(&beside, serde_json::to_vec_pretty(form)?)?;
        Ok(fs::rename(beside, file)?)
    }

    fn form_file(&self, id: &str) -> PathBuf {
        self.forms.join(format!("{id}.json"))
    }

    pub fn data(&self) -> &Path {
        &self.data
    }
}

/// Writes a policy file that names a hub.
pub fn policy(world: &World, name: &str, url: &str, authority: Option<&Path>) -> Result<PathBuf> {
    let path = world.path().join(format!("{name}.policy.json"));
    let mut policy = json!({"hub": {"url": url}, "desktop": {"allow_quit": true, "autostart": false}});
    if let Some(authority) = authority {
        policy["hub"]["ca_file"] = json!(authority);
    }
    fs::write(&path, serde_json::to_vec_pretty(&policy)?)?;
    Ok(path)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
