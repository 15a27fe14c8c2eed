//! Finding the bag on the display: by where it stands in the panel, and by its shape.

use anyhow::{Context as _, Result, bail};
use image::{RgbImage, RgbaImage};

use crate::{
    display::{Area, Display},
    panel, wait,
};

/// Columns of bare panel that part two things; between the letters of the clock there are fewer.
const GAP: u32 = 6;

/// What stands in the panel, from left to right: whatever is not of the panel's own colour.
pub fn things(display: &Display, picture: &RgbImage) -> Vec<Area> {
    // its upper edge is a line of its own
    let (top, bottom) = (display.height - panel::HEIGHT + 3, display.height);
    let ground = picture.get_pixel(display.width / 3, bottom - panel::HEIGHT / 2);
    let drawn = |x: u32, y: u32| far(picture.get_pixel(x, y).0, ground.0);
    let mut things: Vec<Area> = Vec::new();
    for x in (0..display.width).filter(|x| (top..bottom).any(|y| drawn(*x, y))) {
        match things.last_mut() {
            Some(last) if x - last.right() < GAP => last.width = x + 1 - last.x,
            _ => things.push(Area { x, y: top, width: 1, height: bottom - top }),
        }
    }
    for thing in &mut things {
        let rows = || (top..bottom).filter(|y| (thing.x..thing.right()).any(|x| drawn(x, *y)));
        if let (Some(first), Some(last)) = (rows().next(), rows().next_back()) {
            (thing.y, thing.height) = (first, last + 1 - first);
        }
    }
    things
}

/// Where the clock stands: rightmost of all.
pub fn clock(display: &Display, picture: &RgbImage) -> Result<Area> {
    things(display, picture).pop().context("nothing stands in the panel")
}

/// Waits for a panel with nothing but its clock.
pub fn awaited_alone_clock(display: &Display) -> Result<Area> {
    wait::until("the panel shows its clock and nothing else", wait::START, || {
        let things = things(display, &display.picture()?);
        let last = things.last().copied();
        // as wide as a clock can be, as soon as it is drawn
        Ok(last.filter(|clock| things.len() == 1 && clock.width > 20 && clock.right() + 24 > display.width))
    })
}

/// Waits for something to stand left of the clock, still. Its place, and the clock's.
pub fn found(display: &Display) -> Result<(Area, Area)> {
    let mut last = None;
    wait::until("something stands left of the clock", wait::START, || {
        let now = match things(display, &display.picture()?)[..] {
            [thing, clock] if thing.width >= 8 && thing.height >= 8 => Some((thing, clock)),
            _ => None,
        };
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
