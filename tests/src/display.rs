//! A display without a screen: its picture, its windows, a mouse and a keyboard.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, bail};
use fs_err as fs;
use image::{Rgb, RgbImage};

use crate::{
    process::{Launch, Program},
    wait,
    world::World,
};

const TOOL: Duration = Duration::from_secs(15);

/// An X server of one test, on a number that was free.
pub struct Display {
    /// `:7`
    pub name: String,
    pub width: u32,
    pub height: u32,
    frame: PathBuf,
    log: PathBuf,
    _server: Program,
}

/// Where a window or a part of the picture is, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

impl Area {
    pub fn centre(self) -> (u32, u32) {
        (self.x + self.width / 2, self.y + self.height / 2)
    }

    pub fn right(self) -> u32 {
        self.x + self.width
    }

    pub fn bottom(self) -> u32 {
        self.y + self.height
    }
}

/// A window that can be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// As the X server counts them.
    pub id: String,
    pub title: String,
    pub area: Area,
}

impl Display {
    pub fn start(world: &World, seat: &str, width: u32, height: u32) -> Result<Self> {
        let frame = world.folder(&format!("{seat}/frame"))?;
        let mut server = world
            .launch("Xvfb", &format!("{seat}-display"))
            .args(["-displayfd", "1", "-nolisten", "tcp", "-noreset", "-ac", "-nocursor", "-screen", "0"])
            .arg(format!("{width}x{height}x24"))
            .arg("-fbdir")
            .arg(&frame)
            .start()?;
        let number: u32 = server.line("the number of its display", wait::START, |line| line.trim().parse().ok())?;
        let frame = frame.join("Xvfb_screen0");
        Ok(Self { name: format!(":{number}"), width, height, frame, log: world.log(), _server: server })
    }

    /// What can be seen at this moment.
    pub fn picture(&self) -> Result<RgbImage> {
        let bytes = fs::read(&self.frame)?;
        picture_of_dump(&bytes).with_context(|| format!("{} is not the picture of a display", self.frame.display()))
    }

    /// What can be seen once nothing has moved for `still`.
    pub fn settled_picture(&self, still: Duration) -> Result<RgbImage> {
        wait::until("the display is still", wait::SOON, || {
            let first = self.picture()?;
            let quiet = wait::throughout("still", still, || Ok(self.picture()? == first)).is_ok();
            Ok(quiet.then_some(first))
        })
    }

    fn tool(&self, program: &str) -> Launch {
        // what it says is not worth keeping, but read
        Launch::new(program, program, &self.log.join("tools")).env("DISPLAY", &self.name)
    }

    fn xdotool(&self, arguments: &[&str]) -> Result<String> {
        self.tool("xdotool").args(arguments).succeed(TOOL)
    }

    pub fn mouse_move(&self, (x, y): (u32, u32)) -> Result<()> {
        // its own waiting for the move never ends where the mouse is there already
        self.xdotool(&["mousemove", &x.to_string(), &y.to_string()])?;
        let there = format!("x:{x} y:{y} ");
        wait::until_true("the mouse is there", wait::SOON, || {
            Ok(self.xdotool(&["getmouselocation"])?.starts_with(&there))
        })
    }

    /// `button` as X counts: 1 left, 3 right.
    pub fn click(&self, place: (u32, u32), button: u32) -> Result<()> {
        self.mouse_move(place)?;
        self.xdotool(&["click", &button.to_string()]).map(drop)
    }

    pub fn double_click(&self, place: (u32, u32)) -> Result<()> {
        self.mouse_move(place)?;
        self.xdotool(&["click", "--repeat", "2", "--delay", "80", "1"]).map(drop)
    }

    /// A key or chord (`Escape`, `ctrl+a`), to the window with the focus.
    pub fn key(&self, key: &str) -> Result<()> {
        self.xdotool(&["key", "--clearmodifiers", key]).map(drop)
    }

    /// Puts the focus there.
    pub fn activate(&self, window: &Window) -> Result<()> {
        self.xdotool(&["windowactivate", &window.id])?;
        wait::until_true("the window has the focus", wait::SOON, || Ok(self.active()?.as_ref() == Some(&window.id)))
    }

    /// The window with the focus.
    pub fn active(&self) -> Result<Option<String>> {
        let finished = self.tool("xdotool").arg("getactivewindow").finish(TOOL)?;
        Ok(finished.status.success().then(|| finished.out.trim().to_owned()))
    }

    /// The windows of a program that can be seen: those that a window manager shows to people.
    pub fn windows_of(&self, process: u32) -> Result<Vec<Window>> {
        let process = process.to_string();
        let finished = self
            .tool("xdotool")
            .args(["search", "--onlyvisible", "--all", "--pid", &process, "--name", ".+"])
            .finish(TOOL)?;
        // ends badly when there is none
        finished.out.lines().filter_map(|id| self.window(id.trim()).transpose()).collect()
    }

    /// Whether a window with this title can be seen.
    pub fn has_window(&self, title: &str) -> Result<bool> {
        Ok(self.tool("xdotool").args(["search", "--onlyvisible", "--name", title]).finish(TOOL)?.status.success())
    }

    /// Nothing when it is gone by now.
    fn window(&self, id: &str) -> Result<Option<Window>> {
        let title = self.tool("xdotool").args(["getwindowname", id]).finish(TOOL)?;
        let geometry = self.tool("xdotool").args(["getwindowgeometry", "--shell", id]).finish(TOOL)?;
        if !title.status.success() || !geometry.status.success() {
            return Ok(None);
        }
        let number = |key: &str| -> Result<i64> {
            let value = geometry.out.lines().find_map(|line| line.strip_prefix(key)).context("no geometry")?;
            value.trim().parse().with_context(|| format!("{key}{value}"))
        };
        let pixel = |key: &str| Ok::<_, anyhow::Error>(u32::try_from(number(key)?.max(0))?);
        let area = Area { x: pixel("X=")?, y: pixel("Y=")?, width: pixel("WIDTH=")?, height: pixel("HEIGHT=")? };
        Ok(Some(Window { id: id.to_owned(), title: title.out.trim().to_owned(), area }))
    }
}

/// The pixels of an X window dump of 24 bits in 32.
fn picture_of_dump(bytes: &[u8]) -> Result<RgbImage> {
    let field = |index: usize| -> Result<usize> {
        let four = bytes.get(index * 4..index * 4 + 4).context("cut short")?;
        Ok(u32::from_be_bytes(four.try_into()?) as usize)
    };
    let (header, version, width, height) = (field(0)?, field(1)?, field(4)?, field(5)?);
    let (order, bits, line, colours) = (field(7)?, field(11)?, field(12)?, field(19)?);
    if version != 7 || bits != 32 {
        bail!("version {version} with {bits} bits for a pixel");
    }
    let pixels = bytes.get(header + colours * 12..).context("no pixels")?;
    if pixels.len() < line * height {
        bail!("{} bytes for {height} lines of {line}", pixels.len());
    }
    Ok(RgbImage::from_fn(u32::try_from(width)?, u32::try_from(height)?, |x, y| {
        let at = y as usize * line + x as usize * 4;
        match order {
            0 => Rgb([pixels[at + 2], pixels[at + 1], pixels[at]]),
            _ => Rgb([pixels[at + 1], pixels[at + 2], pixels[at + 3]]),
        }
    }))
}
