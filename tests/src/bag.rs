//! Finding the bag on the display: by what changed in the panel, and by its shape.

use anyhow::{Context as _, Result, bail};
use image::{RgbImage, RgbaImage};

use crate::{
    display::{Area, Display},
    panel, wait,
};

/// The part of a picture with the panel.
fn panel_of(display: &Display) -> Area {
    Area { x: 0, y: display.height - panel::HEIGHT, width: display.width, height: panel::HEIGHT }
}

/// Where the clock stands: the rightmost of what is not the panel's own colour, words close together taken as one.
pub fn clock(display: &Display, picture: &RgbImage) -> Result<Area> {
    let area = panel_of(display);
    let ground = picture.get_pixel(area.x + area.width / 3, area.y + area.height / 2);
    let columns: Vec<u32> = (area.x..area.right())
        .filter(|x| (area.y + 4..area.bottom() - 4).any(|y| far(picture.get_pixel(*x, y).0, ground.0)))
        .collect();
    let last = *columns.last().context("nothing stands in the panel")?;
    let first = columns.iter().rev().try_fold(last, |left, x| if left - x <= 12 { Ok(*x) } else { Err(left) });
    let (Ok(first) | Err(first)) = first;
    Ok(Area { x: first, y: area.y, width: last + 1 - first, height: area.height })
}

/// Where the panel differs between two pictures, left of the clock of the first.
pub fn appeared(display: &Display, before: &RgbImage, after: &RgbImage) -> Result<Option<Area>> {
    let clock = clock(display, before)?;
    let area = panel_of(display);
    let changed: Vec<(u32, u32)> = (area.y..area.bottom())
        .flat_map(|y| (area.x..clock.x).map(move |x| (x, y)))
        .filter(|(x, y)| far(before.get_pixel(*x, *y).0, after.get_pixel(*x, *y).0))
        .collect();
    let columns = || changed.iter().map(|(x, _)| *x);
    let rows = || changed.iter().map(|(_, y)| *y);
    let (Some(left), Some(right), Some(top), Some(bottom)) =
        (columns().min(), columns().max(), rows().min(), rows().max())
    else {
        return Ok(None);
    };
    Ok(Some(Area { x: left, y: top, width: right + 1 - left, height: bottom + 1 - top }))
}

/// Waits for the bag to appear in the panel; `before` was taken without it. Its place, once it stands still.
pub fn found(display: &Display, before: &RgbImage) -> Result<Area> {
    let mut last = None;
    wait::until("something new stands left of the clock", wait::START, || {
        let now = appeared(display, before, &display.picture()?)?.filter(|area| area.width >= 8 && area.height >= 8);
        let settled = now.is_some() && now == last;
        last = now;
        Ok(if settled { now } else { None })
    })
}

/// How well the picture at `area` fits the shape of an icon, from 0 to 1: the share of pixels that are drawn where the
/// icon is and bare where it is not.
pub fn likeness(picture: &RgbImage, area: Area, icon: &RgbaImage) -> Result<f64> {
    if area.width == 0 || area.height == 0 || area.right() > picture.width() || area.bottom() > picture.height() {
        bail!("{area:?} is not in the picture");
    }
    let drawn = bounds(icon)?;
    let ground = *picture.get_pixel(area.x.saturating_sub(2), area.y);
    let fitting = (0..area.height)
        .flat_map(|y| (0..area.width).map(move |x| (x, y)))
        .filter(|(x, y)| {
            let from = |at: u32, length: u32, start: u32, whole: u32| start + (2 * at + 1) * whole / (2 * length);
            let (column, row) =
                (from(*x, area.width, drawn.x, drawn.width), from(*y, area.height, drawn.y, drawn.height));
            let wanted = icon.get_pixel(column, row).0[3] > 127;
            wanted == far(picture.get_pixel(area.x + x, area.y + y).0, ground.0)
        })
        .count();
    Ok(fitting as f64 / f64::from(area.width * area.height))
}

/// The part of an icon that is drawn at all.
fn bounds(icon: &RgbaImage) -> Result<Area> {
    let drawn: Vec<(u32, u32)> =
        icon.enumerate_pixels().filter(|(_, _, pixel)| pixel.0[3] > 127).map(|(x, y, _)| (x, y)).collect();
    let (left, right) = (drawn.iter().map(|(x, _)| *x).min(), drawn.iter().map(|(x, _)| *x).max());
    let (top, bottom) = (drawn.iter().map(|(_, y)| *y).min(), drawn.iter().map(|(_, y)| *y).max());
    let (Some(left), Some(right), Some(top), Some(bottom)) = (left, right, top, bottom) else {
        bail!("an empty icon");
    };
    Ok(Area { x: left, y: top, width: right + 1 - left, height: bottom + 1 - top })
}

fn far(one: [u8; 3], other: [u8; 3]) -> bool {
    one.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(b))).sum::<u32>() > 60
}
