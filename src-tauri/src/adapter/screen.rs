//! Pictures of the screen (S1, S2). The tool's own windows are hidden while a picture is taken and come back afterwards.
//!
//! Invariant: a picture exists as a value in memory only.

use std::{
    io::Cursor,
    sync::Arc,
    time::{Duration, Instant},
};

use image::{
    DynamicImage, ImageEncoder as _, RgbImage,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};
use service_tool_core::{
    command::MonitorLine,
    host::{CaptureError, Picture, ScreenSource},
};
use xcap::{Monitor, Window, XCapError};

/// How long the system may take to unmap our windows.
const UNMAP_LIMIT: Duration = Duration::from_secs(1);
const UNMAP_STEP: Duration = Duration::from_millis(10);
/// How long the programs behind may take to draw what our windows covered.
const REDRAW: Duration = Duration::from_millis(150);

/// Takes the tool's own windows off the screen, and puts them back.
pub trait Curtain: Send + Sync {
    /// Hides the windows that are visible and says how many these were.
    fn windows_hide(&self) -> usize;
    /// Shows those again that were hidden.
    fn windows_show(&self);
    /// Where the pointer is, in pixels of the desktop.
    fn pointer(&self) -> Option<(i32, i32)>;
}

/// The screens of this session.
pub struct SystemScreen {
    curtain: Option<Arc<dyn Curtain>>,
}

impl SystemScreen {
    /// `curtain` is absent where the program has no windows.
    pub fn new(curtain: Option<Arc<dyn Curtain>>) -> Self {
        Self { curtain }
    }

    /// Does `work` while none of our windows is on the screen.
    fn without_own_windows<T>(&self, work: impl FnOnce() -> T) -> T {
        let Some(curtain) = &self.curtain else {
            return work();
        };
        if curtain.windows_hide() > 0 {
            own_windows_gone();
            std::thread::sleep(REDRAW);
        }
        let result = work();
        curtain.windows_show();
        result
    }
}

impl ScreenSource for SystemScreen {
    fn monitor_list(&self) -> Result<Vec<MonitorLine>, CaptureError> {
        let monitors = monitors()?;
        let any_primary = monitors.iter().any(|monitor| monitor.is_primary().unwrap_or(false));
        let lines = monitors.iter().zip(0u32..).map(|(monitor, number)| {
            Ok(MonitorLine {
                monitor: number,
                name: monitor.friendly_name().or_else(|_| monitor.name()).unwrap_or_default(),
                width: monitor.width()?,
                height: monitor.height()?,
                // Some systems call none of them the first.
                primary: if any_primary { monitor.is_primary().unwrap_or(false) } else { number == 0 },
            })
        });
        lines.collect::<Result<_, XCapError>>().map_err(no_screen)
    }

    fn monitor_capture(&self, monitor: u32) -> Result<Picture, CaptureError> {
        let index = usize::try_from(monitor).unwrap_or(usize::MAX);
        let monitor = monitors()?
            .into_iter()
            .nth(index)
            .ok_or_else(|| CaptureError::NoScreen(format!("there is no monitor {monitor}")))?;
        self.without_own_windows(|| capture(&monitor))
    }

    fn front_capture(&self) -> Result<Picture, CaptureError> {
        let monitors = monitors()?;
        let places: Vec<Area> = monitors.iter().map(area_of).collect();
        let pointer = || self.curtain.as_ref().and_then(|curtain| curtain.pointer());
        let number = front_window().and_then(|window| monitor_of(&places, window)).or_else(|| {
            let (x, y) = pointer()?;
            monitor_of(&places, Area { x, y, width: 1, height: 1 })
        });
        let monitor = number
            .and_then(|number| monitors.get(number))
            .or_else(|| monitors.iter().find(|monitor| monitor.is_primary().unwrap_or(false)))
            .or_else(|| monitors.first())
            .ok_or_else(|| CaptureError::NoScreen("no monitor".to_owned()))?;
        self.without_own_windows(|| capture(monitor))
    }
}

/// A rectangle of the desktop, in pixels.
#[derive(Debug, Clone, Copy, Default)]
struct Area {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
}

/// The one that shares most with `window`.
fn monitor_of(monitors: &[Area], window: Area) -> Option<usize> {
    let shared = |low: i32, length: u32, other_low: i32, other_length: u32| {
        let high = (i64::from(low) + i64::from(length)).min(i64::from(other_low) + i64::from(other_length));
        (high - i64::from(low.max(other_low))).max(0)
    };
    monitors
        .iter()
        .map(|monitor| {
            shared(monitor.x, monitor.width, window.x, window.width)
                * shared(monitor.y, monitor.height, window.y, window.height)
        })
        .enumerate()
        .filter(|(_, pixels)| *pixels > 0)
        // The first of equal ones.
        .max_by_key(|(number, pixels)| (*pixels, std::cmp::Reverse(*number)))
        .map(|(number, _)| number)
}

fn area_of(monitor: &Monitor) -> Area {
    Area {
        x: monitor.x().unwrap_or_default(),
        y: monitor.y().unwrap_or_default(),
        width: monitor.width().unwrap_or_default(),
        height: monitor.height().unwrap_or_default(),
    }
}

/// Where the window in front is, unless it is ours.
fn front_window() -> Option<Area> {
    let own = std::process::id();
    let windows = Window::all().ok()?;
    let front = windows.iter().find(|window| window.is_focused().unwrap_or(false))?;
    if front.pid().ok() == Some(own) {
        return None;
    }
    Some(Area { x: front.x().ok()?, y: front.y().ok()?, width: front.width().ok()?, height: front.height().ok()? })
}

/// Waits until the system lists no window of ours; a system that lists none at all says so at once.
fn own_windows_gone() {
    let own = std::process::id();
    let begun = Instant::now();
    while begun.elapsed() < UNMAP_LIMIT {
        let any = Window::all().is_ok_and(|windows| windows.iter().any(|window| window.pid().ok() == Some(own)));
        if !any {
            return;
        }
        std::thread::sleep(UNMAP_STEP);
    }
}

fn monitors() -> Result<Vec<Monitor>, CaptureError> {
    let monitors = Monitor::all().map_err(no_screen)?;
    if monitors.is_empty() { Err(CaptureError::NoScreen("no monitor".to_owned())) } else { Ok(monitors) }
}

fn capture(monitor: &Monitor) -> Result<Picture, CaptureError> {
    let pixels = monitor.capture_image().map_err(no_screen)?;
    let (width, height) = pixels.dimensions();
    // The screen is opaque; the fourth channel would only cost.
    let pixels = DynamicImage::ImageRgba8(pixels).into_rgb8();
    let empty = is_empty(&pixels);
    Ok(Picture { png: png(&pixels)?, width, height, empty })
}

/// One colour only.
fn is_empty(pixels: &RgbImage) -> bool {
    let mut all = pixels.as_raw().as_chunks::<3>().0.iter();
    all.next().is_none_or(|first| all.all(|pixel| pixel == first))
}

fn png(pixels: &RgbImage) -> Result<Vec<u8>, CaptureError> {
    let mut file = Cursor::new(Vec::new());
    PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::Adaptive)
        .write_image(pixels.as_raw(), pixels.width(), pixels.height(), image::ExtendedColorType::Rgb8)
        .map_err(|error| CaptureError::NoScreen(error.to_string()))?;
    Ok(file.into_inner())
}

fn no_screen(error: impl std::fmt::Display) -> CaptureError {
    CaptureError::NoScreen(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &[Area] =
        &[Area { x: 0, y: 0, width: 1920, height: 1080 }, Area { x: 1920, y: -200, width: 2560, height: 1440 }];

    #[test]
    fn the_monitor_that_shows_most_of_the_window_is_taken() {
        let table = [
            (Area { x: 100, y: 100, width: 800, height: 600 }, Some(0)),
            (Area { x: 1900, y: 100, width: 800, height: 600 }, Some(1)),
            (Area { x: 1200, y: 100, width: 800, height: 600 }, Some(0)),
            (Area { x: 3000, y: -100, width: 1, height: 1 }, Some(1)),
            (Area { x: -32000, y: -32000, width: 160, height: 28 }, None),
        ];
        for (window, monitor) in table {
            assert_eq!(monitor_of(TWO, window), monitor, "{window:?}");
        }
    }

    #[test]
    fn a_picture_of_one_colour_is_empty_and_one_pixel_changes_that() {
        let mut pixels = RgbImage::from_pixel(64, 48, image::Rgb([0, 0, 0]));
        assert!(is_empty(&pixels));
        pixels.put_pixel(63, 47, image::Rgb([0, 0, 1]));
        assert!(!is_empty(&pixels));
    }

    #[test]
    fn the_png_gives_the_same_pixels_back() {
        let pixels = RgbImage::from_fn(70, 40, |x, y| image::Rgb([x as u8, y as u8, (x * y) as u8]));
        let read = image::load_from_memory(&png(&pixels).unwrap()).unwrap();
        assert_eq!(read.to_rgb8(), pixels);
    }
}
